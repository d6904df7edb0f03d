"""The tables that a SIE file becomes; their columns have the standard's own names."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from leverans.contracts import Column


@dataclass(frozen=True, slots=True)
class Label:
    """One label of the standard.

    Attributes:
        table: the table that its lines belong to.
        fields: the columns of its fields in order; ``objekt`` takes an object list.
        least: how many fields there must be.
    """

    table: str
    fields: tuple[str, ...]
    least: int


_BALANCE = ("arsnr", "konto", "saldo", "kvantitet")
_OBJECT_BALANCE = ("arsnr", "konto", "objekt", "saldo", "kvantitet")
_PERIOD = ("arsnr", "period", "konto", "objekt", "saldo", "kvantitet")
_TRANS = ("konto", "objekt", "belopp", "transdat", "transtext", "kvantitet", "sign")

LABELS: Mapping[str, Label] = {
    "KONTO": Label("konto", ("kontonr", "kontonamn"), 1),
    "KTYP": Label("kontouppgift", ("kontonr", "varde"), 2),
    "ENHET": Label("kontouppgift", ("kontonr", "varde"), 2),
    "SRU": Label("kontouppgift", ("kontonr", "varde"), 2),
    "DIM": Label("dimension", ("dimensionsnr", "namn"), 2),
    "UNDERDIM": Label("dimension", ("dimensionsnr", "namn", "superdimension"), 3),
    "OBJEKT": Label("objekt", ("dimensionsnr", "objektnr", "objektnamn"), 2),
    "RAR": Label("rakenskapsar", ("arsnr", "start", "slut"), 3),
    "IB": Label("saldo", _BALANCE, 3),
    "UB": Label("saldo", _BALANCE, 3),
    "RES": Label("saldo", _BALANCE, 3),
    "OIB": Label("saldo", _OBJECT_BALANCE, 4),
    "OUB": Label("saldo", _OBJECT_BALANCE, 4),
    "PSALDO": Label("saldo", _PERIOD, 5),
    "PBUDGET": Label("saldo", _PERIOD, 5),
    "VER": Label("verifikation", ("serie", "vernr", "verdatum", "vertext", "regdatum", "sign"), 3),
    "TRANS": Label("transaktion", _TRANS, 3),
    "RTRANS": Label("transaktion", _TRANS, 3),
    "BTRANS": Label("transaktion", _TRANS, 3),
}
OTHER = Label("uppgift", (), 0)
"""Every other label, also one that the standard does not know."""

HEAD = "fil"
"""The table with one row per file; its column `CONTENT` can be landed as a document: the file itself."""
CONTENT = "innehall"

COMPANY: Mapping[str, tuple[str, ...]] = {
    "FNAMN": ("fnamn",),
    "ORGNR": ("orgnr",),
    "FNR": ("fnr",),
    "SIETYP": ("sietyp",),
    "PROGRAM": ("program", "version"),
    "GEN": ("gen_datum", "gen_sign"),
    "KPTYP": ("kptyp",),
    "VALUTA": ("valuta",),
    "FORMAT": ("format",),
}
"""What `HEAD` tells of a file: the first line of each of these labels, which is also a row of its own."""

_VOUCHER = Column("ver", "int64")
_OWN = (Column("fil", "string", nullable=False), Column("rad", "int64", nullable=False))
_REST = Column("ovrigt", "string")


def _columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "string") for name in names)


def _table(*columns: Column) -> tuple[Column, ...]:
    return (*_OWN, *columns, _REST)


TABLES: Mapping[str, tuple[Column, ...]] = {
    HEAD: (
        _OWN[0],
        *_columns(*(name for names in COMPANY.values() for name in names), "start", "slut"),
        Column("teckenkod", "string"),
        Column(CONTENT, "string"),
    ),
    "rakenskapsar": _table(*_columns("arsnr", "start", "slut")),
    "konto": _table(*_columns("kontonr", "kontonamn")),
    "kontouppgift": _table(*_columns("etikett", "kontonr", "varde")),
    "dimension": _table(*_columns("etikett", "dimensionsnr", "namn", "superdimension")),
    "objekt": _table(*_columns("dimensionsnr", "objektnr", "objektnamn")),
    "saldo": _table(*_columns("etikett", "arsnr", "period", "konto", "objekt", "saldo", "kvantitet")),
    "verifikation": _table(
        Column("ver", "int64", nullable=False),
        *_columns("serie", "vernr", "verdatum", "vertext", "regdatum", "sign"),
    ),
    "transaktion": _table(
        _VOUCHER,
        *_columns("etikett", "konto", "objekt", "belopp", "transdat", "transtext", "kvantitet", "sign"),
    ),
    "uppgift": (*_OWN, _VOUCHER, *_columns("etikett", "varden")),
}
"""Every table of the kind. ``fil`` is the file's name, ``rad`` the line (from 1), ``ver`` the number of the
voucher in its file (from 1), ``ovrigt`` and ``varden`` the fields that have no column, as the standard
writes them; a field that is not there is NULL, an empty one an empty text."""

KEYS: Mapping[str, tuple[str, ...]] = {
    name: (("fil",) if name == HEAD else ("fil", "ver") if name == "verifikation" else ("fil", "rad"))
    for name in TABLES
}


def schema(table: str) -> pa.Schema:
    """Give the Arrow schema of a table."""
    types = {"string": pa.string(), "int64": pa.int64()}
    return pa.schema([(column.name, types[column.type]) for column in TABLES[table]])


def label(name: str) -> Label:
    """Give what is known of a label (capitals, without ``#``)."""
    return LABELS.get(name, OTHER)
