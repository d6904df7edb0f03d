"""Access files: nothing here writes them, so they are copies of real ones, changed in place."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from leverans.testing.contract.declared import Declared
from leverans.testing.contract.rigs import Servers
from leverans.testing.contract.rigs.files import HTML, deny, not_there
from leverans.testing.contract.source import NAMES, VALUES, Files, Source, Variant
from leverans.testing.contract.verdicts import NotApplicable, NotHere

_REFUSED: Mapping[Variant, str] = {
    "away": "a file has no network",
    "auth": "a file has no password",
    "nulls": "nothing here writes Access: the real file has no table whose every value is NULL",
    "many": "nothing here writes Access: the real file has no table of several batches (tests of the kind)",
    "big": "nothing here writes Access: the real file's documents have 10 KB (tests of the kind)",
    "vanishing": "documents stand in rows of the one file",
    "outside": "documents stand in rows and lead nowhere",
}


class AccessRig:
    """Copies Access files for a connector whose tables they have."""

    engine = "Access"

    def __init__(self, declared: Declared, servers: Servers) -> None:
        self._declared = declared
        self._servers = servers

    def make(self, variant: Variant, folder: Path) -> Source:
        """Copy a file (see `Rig`)."""
        if variant in _REFUSED:
            raise NotApplicable(_REFUSED[variant])
        files = cast("Files | None", self._servers("access"))
        if files is None:
            raise NotHere("needs mdbtools, and real Access files")
        path = folder / "källa å.mdb"
        if variant in {"missing", "not-that"}:
            return not_there(self._declared.connector, path, HTML if variant == "not-that" else None)
        read = {stream.name for stream in self._declared.definition.streams}
        planted, names = files.make(variant, path)
        planted = tuple(one for one in planted if one.stream in read)
        there = {one.rule for one in planted}
        refused = {one: files.reason(one) for one in VALUES if one not in there}
        refused |= {one: files.reason(one) for one in NAMES if one not in names}
        if variant == "denied":
            deny(path)
        return Source(
            self._declared.connector, path.name, folder, planted=planted, names=names, refused=refused,
            change=lambda: files.change(path),
        )  # fmt: skip
