"""Connectors and landing: read-only extraction of rows and documents."""
