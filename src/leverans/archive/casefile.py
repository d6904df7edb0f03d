"""``case.json``: what a case in the archive is, readable without this software."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from leverans.archive.sip import Document, SipCase
from leverans.errors import IntegrityError
from leverans.formats.ocfl import Malformed, ObjectInventory, read_content

NAME = "case.json"
SCHEMA_VERSION = 1

Place = tuple[str, str]
"""Container (a zip of the object) and path inside it."""


def compose(
    case: SipCase, places: Mapping[str, Place], package_id: str, package_sha256: str
) -> dict[str, Any]:
    """Give the content of ``case.json``.

    Args:
        case: the case.
        places: where the bytes of each document are, by SHA-256.
        package_id: the package it came with.
        package_sha256: digest of that package.
    """
    aggregation = case.aggregation
    return {
        "schema_version": SCHEMA_VERSION,
        "id": aggregation.id,
        "version": aggregation.version,
        **aggregation.told,
        "content_digest": aggregation.digest,
        "package": {"id": package_id, "sha256": package_sha256},
        "records": [
            {**told, "files": [_file(document, places[document.stated.sha256]) for document in documents]}
            for (told, _), documents in zip(aggregation.records, case.documents, strict=True)
        ],
    }


def _file(document: Document, place: Place) -> dict[str, Any]:
    stated, appendix = document.stated, document.appendix
    container, path = place
    return {
        "title": appendix.title,
        "original_name": appendix.name,
        "format": {"puid": appendix.puid, "name": stated.format, "version": stated.format_version},
        "mime": stated.mime,
        "sha256": stated.sha256,
        "size": stated.size,
        "container": container,
        "path": path,
    }


def write(plain: Mapping[str, Any]) -> bytes:
    """Write it for people and programs: UTF-8, a line for each field of the case, each record, each file.

    ``json.dumps(indent=…)`` would take a quarter of the whole ingest.
    """
    lines = [f" {_json(name)}: {_json(value)}" for name, value in plain.items() if name != "records"]
    records = ",".join(map(_record_text, plain["records"]))
    return ("{\n" + ",\n".join([*lines, f' "records": [{records}\n ]']) + "\n}\n").encode()


def _record_text(record: Mapping[str, Any]) -> str:
    told = {name: value for name, value in record.items() if name != "files"}
    found = ",".join(f"\n   {_json(file)}" for file in record["files"])
    return f'\n  {_json(told)[:-1]}, "files": [{found}]}}'


_json = json.JSONEncoder(ensure_ascii=False).encode


def read(folder: Path, inventory: ObjectInventory, version: int | None = None) -> dict[str, Any]:
    """Read the ``case.json`` of an archived case, held against its digest.

    Raises:
        IntegrityError: ARC005 it is not what the inventory says, or the object is no case.
    """
    try:
        plain = json.loads(read_content(folder, inventory, NAME, version))
    except (Malformed, ValueError, KeyError) as error:
        raise IntegrityError("ARC005", f"{folder.name}/{NAME}", reason=type(error).__name__) from error
    if not isinstance(plain, dict):
        raise IntegrityError("ARC005", f"{folder.name}/{NAME}", reason="no object")
    return plain


def is_case(inventory: ObjectInventory) -> bool:
    """Say whether an object is a case (and not the evidence of a package)."""
    return NAME in inventory.version().state


def files(plain: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every file of every record."""
    for record in plain["records"]:
        yield from record["files"]


def places(versions: Iterable[Mapping[str, Any]]) -> dict[str, Place]:
    """Give where the bytes of each document of earlier versions are, by SHA-256."""
    return {file["sha256"]: (file["container"], file["path"]) for plain in versions for file in files(plain)}
