"""Leverans."""
