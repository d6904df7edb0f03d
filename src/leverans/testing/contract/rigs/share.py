"""Document shares."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from leverans.testing.contract.declared import Declared
from leverans.testing.contract.rigs.files import HTML, deny, digest, not_there
from leverans.testing.contract.rigs.tables import big_bytes
from leverans.testing.contract.source import NAMES, Source, Variant
from leverans.testing.contract.verdicts import NotApplicable

_SMALL = {"a.txt": b"ett", "mapp/b.txt": "två\0".encode(), "mapp/å ä ö.pdf": b"%PDF-", "tom": b""}
_REFUSED: dict[Variant, str] = {
    "away": "a mounted folder that does not answer cannot be made without privileges",
    "auth": "a mounted folder has no password",
    "values": "a share has documents, no rows",
    "nulls": "a share has documents, no rows",
    "older": "a share has no columns",
}


class ShareRig:
    """Makes folder trees.

    Attributes:
        engine: the kind.
        refused: variants that there cannot be.
    """

    engine = "share"
    refused: Mapping[Variant, str] = _REFUSED

    def __init__(self, declared: Declared) -> None:
        self._declared = declared

    def make(self, variant: Variant, folder: Path) -> Source:
        """Make a tree (see `Rig`)."""
        if variant in self.refused:
            raise NotApplicable(self.refused[variant])
        root = folder / "utdelning"
        if variant in {"missing", "not-that"}:
            return not_there(self._declared.connector, root, HTML if variant == "not-that" else None)
        known = {name.rpartition("/")[2]: digest(content) for name, content in _SMALL.items()}
        for name, content in _SMALL.items():
            written(root / name, content)
        names: dict[str, tuple[str, str]] = {}
        if variant == "names":
            names = {rule: (f"{name}.txt", "") for rule, name in NAMES.items()}
            for name, _ in names.values():
                written(root / "namn" / name, b"x")
        if variant == "big":
            content = b"".join(big_bytes())
            written(root / "stor.bin", content)
            known = {"stor.bin": digest(content)}
        if variant == "outside":
            known = {"utanför": digest(b"utanfor")}
            written(folder / "utanför" / "hemlig.txt", b"utanfor")
            (root / "ut.txt").symlink_to(folder / "utanför" / "hemlig.txt")
            (root / "upp").symlink_to(folder)
        if variant == "denied":
            deny(root)
        gone = partial(written, root / "ny.txt", b"ny")
        change = (root / "a.txt").unlink if variant == "vanishing" else gone
        return Source(
            self._declared.connector, root.name, folder, names=names, documents=known, change=change
        )


def written(path: Path, content: bytes) -> None:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
