"""Databases as SIARD 2 files: form, layout, metadata, rows, large objects; alone or inside a package."""

from leverans.validation.siard.archive import check_siard

__all__ = ["check_siard"]
