"""Ingest, catalogue, fixity and dissemination."""
