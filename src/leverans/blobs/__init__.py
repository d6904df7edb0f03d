"""Digests, the crash-safe `commit` that every room uses, and the content store."""

from leverans.blobs.commit import Group, commit, sweep
from leverans.blobs.digest import Digest, canonical_digest, digest_file
from leverans.blobs.filesystem import Filesystem, LocalFilesystem, filesystem, use
from leverans.blobs.store import Blob, ContentStore

__all__ = [
    "Blob",
    "ContentStore",
    "Digest",
    "Filesystem",
    "Group",
    "LocalFilesystem",
    "canonical_digest",
    "commit",
    "digest_file",
    "filesystem",
    "sweep",
    "use",
]
