"""Exports of accounts in SIE, types 1 to 4 (SIE-Gruppen, SIE filformat version 4B)."""
