"""Parses municipality, agreement, plan and delivery; discovers content by path."""
