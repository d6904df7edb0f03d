"""The writer of OCFL 1.1 storage roots: one object per archived thing, versions added in crash-safe groups.

Beside the root ``<name>`` lie ``<name>.staging`` (only while something is being written) and ``<name>.lock``;
inside it lies nothing that OCFL does not define.
"""

from leverans.store.layout import Layout
from leverans.store.root import StorageRoot
from leverans.store.version import NewVersion, Stored, StoredFile, User, Writer

__all__ = ["Layout", "NewVersion", "StorageRoot", "Stored", "StoredFile", "User", "Writer"]
