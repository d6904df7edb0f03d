"""Exports of accounts (SIE): the fixture, and what is changed in it."""

from pathlib import Path

from leverans.testing.contract.declared import Declared
from leverans.testing.contract.rigs.files import HTML, appender, copied, deny, digest, not_there
from leverans.testing.contract.rigs.tables import MANY
from leverans.testing.contract.source import DECIMAL, DST, LONG, ZEROS, Planted, Source, Variant
from leverans.testing.contract.verdicts import NotApplicable

_REFUSED: dict[Variant, str] = {
    "away": "a folder has no network",
    "auth": "a folder has no password",
    "older": "the tables of SIE are the kind's own",
    "names": "labels are the kind's own",
    "nulls": "tables are the kind's own; a field that is left out is NULL in the fixture already",
    "big": "a document is the file itself, opened as a file of a share is",
    "outside": "links in the folder are passed over",
}
_VALUES = (
    ("value-zeros", ZEROS),
    ("value-empty", ""),
    ("value-decimal", DECIMAL),
    ("value-dst", DST),
    ("value-long", LONG),
)
_CANNOT = {
    "value-nul": "a field of SIE holds no control characters",
    "value-misread": "the encoding of a whole file is judged by its signs: told as a finding",
}


class SieRig:
    """Copies the fixture of a connector."""

    engine = "sie"

    def __init__(self, declared: Declared) -> None:
        self._declared = declared

    def make(self, variant: Variant, folder: Path) -> Source:
        """Make a folder (see `Rig`)."""
        if variant in _REFUSED:
            raise NotApplicable(_REFUSED[variant])
        if variant == "missing":
            return not_there(self._declared.connector, folder / "sie")
        place = copied(self._declared, folder)
        files = sorted(place.iterdir())
        file = files[0]
        planted: tuple[Planted, ...] = ()
        if variant == "not-that":
            for path in files:
                path.write_bytes(HTML)
        if variant == "values":
            lines = [f'#KONTO {9000 + number} "{value}"\r\n' for number, (_, value) in enumerate(_VALUES)]
            appender(file, "".join(lines).encode("cp437"))()
            planted = tuple(
                Planted(rule, "konto", ("kontonr", str(9000 + number)), "kontonamn", value)
                for number, (rule, value) in enumerate(_VALUES)
            )
        if variant == "many":
            appender(file, "".join(f'#KONTO {n} "x"\r\n' for n in range(10_000, 10_000 + MANY)).encode())()
        if variant == "denied":
            deny(place)
        if variant == "vanishing":
            return Source(self._declared.connector, place.name, folder, change=file.unlink)
        known = {path.name: digest(path.read_bytes()) for path in files} if variant == "plain" else {}
        return Source(
            self._declared.connector, place.name, folder, planted=planted, refused=_CANNOT, documents=known,
            change=appender(file, b'#KONTO 9999 "ny"\r\n'),
        )  # fmt: skip
