"""Further representations of a package beside its cases: a database, tables, a collection of files."""

import hashlib
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leverans.model import File

_PIECE = 1 << 20
_SPACE = uuid.UUID("1c7ad3a0-2b0e-5d3c-8f52-52bcbf1b7a53")


@dataclass(frozen=True, slots=True)
class Content:
    """One file of a representation.

    Attributes:
        path: where it goes, below the representation's ``data`` folder; made safe where it must be.
        file: what is known of it; its id is not used.
        place: where its bytes are; None for those that are in the content store.
    """

    path: str
    file: File
    place: Path | None = None


@dataclass(frozen=True, slots=True)
class Representation:
    """A representation of its own.

    Attributes:
        name: name of its folder, e.g. ``rep2``; ``rep1`` is that of the cases.
        kind: which content it is: a name of the profile's table ``information``.
        files: its files, in the order they shall have.
        form: ``@csip:OTHERCONTENTINFORMATIONTYPE``, where it is another one than the profile's.
    """

    name: str
    kind: str
    files: Sequence[Content]
    form: str | None = None


def content_of(place: Path, path: str, **known: Any) -> Content:
    """Describe a file by its bytes, which are read once for that.

    Args:
        place: where it is.
        path: where it goes, below the representation's ``data`` folder.
        known: more fields of `File`: ``puid``, ``format``, ``mime`` …

    Raises:
        OSError: it cannot be read.
    """
    sha, size, crc = hashlib.sha256(), 0, 0
    with place.open("rb") as stream:
        while piece := stream.read(_PIECE):
            sha.update(piece)
            size += len(piece)
            crc = zlib.crc32(piece, crc)
    name = path.rpartition("/")[2]
    told: dict[str, Any] = {"name": name, "reference": path, **known}
    own = str(uuid.uuid5(_SPACE, path))
    return Content(path, File(id=own, sha256=sha.hexdigest(), size=size, crc32=crc, **told), place)
