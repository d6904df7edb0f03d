"""Small archive objects and a content store for tests: what a case is when nothing else is said.

::

    store = filled_store(tmp_path / "blobs", {b"hej": "brev.txt"})
    case = a_case(records=(a_record(files=(a_file(b"hej", "brev.txt"),)),))
    descriptor = build(an_order(), [case], store, tmp_path / "p.zip")
"""

import hashlib
import io
import uuid
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from leverans.blobs import ContentStore, commit
from leverans.formats import profiles
from leverans.model import Agent, Case, Event, Extra, File, Location, Record, Restriction, Row
from leverans.packaging import Organisation, PackageOrder, Software

_SPACE = uuid.UUID("6f0c1a52-6f4c-5a0e-9d0e-0b6f2f4f6a11")
REFERENCE_TIME = "2026-01-01T12:00:00Z"


def an_id(name: str) -> str:
    """Give an object id that is always the same for the same name."""
    return str(uuid.uuid5(_SPACE, ascii(name)))


def a_file(content: bytes, name: str = "brev.txt", key: str = "", **fields: Any) -> File:
    """Give a file of these bytes; `key` tells files of equal bytes and names apart."""
    digest = hashlib.sha256(content).hexdigest()
    values: dict[str, Any] = {
        "id": an_id(f"file/{digest}/{name}/{key}"),
        "name": name,
        "sha256": digest,
        "size": len(content),
        "crc32": zlib.crc32(content),
        **fields,
    }
    return File(**values)


def a_record(key: str = "1", **fields: Any) -> Record:
    """Give an incoming record with a date."""
    values: dict[str, Any] = {
        "id": an_id(f"record/{key}"),
        "key": key,
        "title": f"Handling {key}",
        "number": None,
        "direction": "incoming",
        "created": "2003-04-02",
        **fields,
    }
    return Record(**values)


def a_case(key: str = "1", **fields: Any) -> Case:
    """Give a closed case file without records."""
    values: dict[str, Any] = {
        "id": an_id(f"case/{key}"),
        "key": key,
        "partition": "2003",
        "reference_code": f"KS 2003/{key}",
        "title": f"Ärende {key}",
        "status": "closed",
        "opened": "2003-04-02",
        "closed": "2003-09-30",
        "created": "2003-04-02",
        "digest": hashlib.sha256(ascii(key).encode()).hexdigest(),
        **fields,
    }
    return Case(**values)


def a_full_case(key: str = "full", contents: Iterable[bytes] = (b"a", b"b")) -> Case:
    """Give a case that uses every part of the model, with one file per content in one record."""
    axes = (
        Restriction("secrecy", "none", "OSL 21 kap. 7 §", "Sekretess", "2073-09-30"),
        Restriction("personal_data", "metadata", None, "Personuppgifter"),
        Restriction("copyright", "full"),
    )
    files = tuple(
        a_file(content, f"Ritning {place} å ä ö.PDF", f"{key}/{place}", puid="fmt/18", format="PDF",
               format_version="1.4", mime="application/pdf", basis="signature", title="Plan <1>",
               reference=f"2003/{place}/ritning å.PDF", restrictions=axes[:1],
               extras=(Extra("sidor", "3", "int"),), signature="exists" if place == 1 else "removed",
               signature_type="PAdES", signature_date="2004-01-02T03:04:05Z")
        for place, content in enumerate(contents, start=1)
    )  # fmt: skip
    record = a_record(
        f"{key}.1", number=1, reference_code=f"KS 2003/{key}:1", type="ritning", direction="internal",
        received="2003-04-03", sent="2003-04-04T08:30:00+02:00", medium="digital",
        description="En ritning & mer", files=files, agents=(Agent("sender", "Bo Ek"),),
        events=(Event("event", "skannad", "Skannad", "2004"),),
        restrictions=axes[:1], locations=(Location("F1a:12"),), extras=(Extra("pärm", "blå"),),
    )  # fmt: skip
    agents = (
        Agent(
            "counterpart",
            "Eva <Ö>",
            "Ek & Co",
            "Enhet",
            "000000-0000",
            "personnummer",
            "sökande",
            "sekretessmarkering",
            "Storgatan 1",
            "000 00",
            "Provstad",
            "Sverige",
            "000-00 00 00",
            "eva@example.se",
            "nås efter 17",
        ),
        Agent("byggherre", "Åsa", city="Provstad"),
    )
    return a_case(
        key, kind="personfil", type="Bygglov", classification_code="3.4.1", classification_title="Bygglov",
        creator="Byggnadsnämnden", description="Beskrivning", retention_rule="10",
        retention_authority="KF 2001 § 9", access="staff", version=2,
        replaces=an_id("package/before"), records=(record,), agents=agents,
        events=(Event("decision", "beslut", "Bifall", "2003-09-01", "BN"),
                Event("decision", None, "Muntligt")),
        restrictions=axes, locations=(Location("F1a:12"), Location("F1a:13", "declared")),
        extras=(Extra("fastighet", "Mora 1:2"),),
        rows=(Row("db.Ärenden", key, '{"Id":"1","Ord":"å\\u0001"}'),),
    )  # fmt: skip


def many_cases(number: int, files: int = 1, content: bytes = b"innehall") -> Iterator[Case]:
    """Yield `number` cases with `files` files each, all of the same bytes, one at a time."""
    for place in range(number):
        found = tuple(a_file(content, "handling.txt", f"{place}/{at}") for at in range(files))
        row = Row("db.arenden", str(place), f'{{"id":{place}}}')
        yield a_case(str(place), records=(a_record(f"{place}.1", files=found),), rows=(row,))


def filled_store(root: Path, contents: Iterable[bytes]) -> ContentStore:
    """Make a content store that holds these bytes."""
    store = ContentStore(root)
    with commit(root) as group:
        for content in dict.fromkeys(contents):
            store.add(io.BytesIO(content), group)
    return store


def an_order(**fields: Any) -> PackageOrder:
    """Give an order for one package of the profile ``fgs-2.0`` with every optional field filled."""
    values: dict[str, Any] = {
        "id": an_id("package"),
        "delivery": "mora/prov",
        "partition": "2003",
        "route": "open",
        "status": "NEW",
        "profile": profiles.load("fgs-2.0"),
        "reference_time": REFERENCE_TIME,
        "agreement": {"id": "LÖ-2026-1", "previous": "LÖ-2019-3"},
        "municipality": Organisation("Provkommun", "212000-0000"),
        "creator": Organisation("Provnämnden"),
        "submitter": Organisation("Provkommun", "212000-0000"),
        "preservation": Organisation("Provarkivet"),
        "system": Software("Provsystem", "5.2"),
        "software": Software("Leverans", "0.1.0"),
        "information_type": "ärenden",
        "documentation": {"kolumner.csv": b"kolumn\n", "avtal/överenskommelse.yaml": b"id: 1\n"},
        "lineage": ({"field": "title", "from": "db.Arenden.Rubrik"},),
        "reference_code": "PROV/1",
        **fields,
    }
    return PackageOrder(**values)
