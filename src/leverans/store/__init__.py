"""The archive store: OCFL 1.1."""
