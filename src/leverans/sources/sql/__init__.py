"""Relational databases, read through SQLAlchemy."""
