"""Leverans: from a legacy system to an archived, reconciled delivery.

The package imports nothing heavy at start-up; each room is imported where it is used.
"""

__version__ = "0.1.0"
