"""The evidence of a package: its METS, PREMIS, documentation and schemas, in an object of their own."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from leverans.archive.sip import Sip
from leverans.errors import IntegrityError
from leverans.store import StoredFile

NAME = "package.json"


def write(folder: Path, sip: Sip, package_sha256: str, cases: int) -> Sequence[StoredFile]:
    """Write the evidence below `folder`.

    Args:
        folder: where to.
        sip: the package.
        package_sha256: digest of the package.
        cases: how many cases it holds.

    Raises:
        IntegrityError: ARC003 a file's name leads out of the package, ARC001 the zip is damaged.
        OSError: the disk is full.
    """
    stored = [_copy(folder, sip, name) for name in sorted(set(sip.evidence()))]
    plain = {"schema_version": 1, "id": sip.id, "sha256": package_sha256, "cases": cases}
    text = (json.dumps(plain, indent=1) + "\n").encode()
    (folder / NAME).write_bytes(text)
    return [StoredFile(NAME, hashlib.sha256(text).hexdigest(), len(text)), *stored]


def _copy(folder: Path, sip: Sip, name: str) -> StoredFile:
    if name == NAME or any(part in {"", ".", ".."} for part in name.split("/")):
        raise IntegrityError("ARC003", name, reason="path")
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    sha, size = hashlib.sha256(), 0
    with target.open("xb") as stream:
        for piece in sip.members.pieces(name):
            sha.update(piece)
            size += len(piece)
            stream.write(piece)
    return StoredFile(name, sha.hexdigest(), size)
