"""Folder trees of documents."""
