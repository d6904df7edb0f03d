"""Keeping what must never be lost: backup and restore, and a ledger made anew from what is archived.

::

    backup(settings, "mora", folder, by=…) -> BackedUp
    restore(settings, "mora", folder, by=…) -> Restored
    rebuild(settings, "mora", by=…) -> Rebuilt
"""

from leverans.delivery.keeping.backup import BackedUp, backup
from leverans.delivery.keeping.rebuild import Rebuilt, rebuild
from leverans.delivery.keeping.restore import Restored, restore

__all__ = ["BackedUp", "Rebuilt", "Restored", "backup", "rebuild", "restore"]
"""The three doors of the room."""
