"""Folders of XML or JSON answers and exports: one row per root element, its text kept as it came."""
