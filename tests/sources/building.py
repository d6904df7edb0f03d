"""Small sources for the tests, and definitions without files."""

import sqlite3
from pathlib import Path
from typing import Any

from leverans.blobs import ContentStore
from leverans.sources import Connector, Definition, LandingResult, land, load_connector, open_connector

NO_DIGEST = "0" * 64


def database(path: Path, script: str = "", **tables: list[tuple[Any, ...]]) -> Path:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(script)
    for table, rows in tables.items():
        for row in rows:
            connection.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(row))})', row)
    connection.close()
    return path


def definition(folder: Path, kind: str, streams: str, options: str = "", **overrides: Any) -> Definition:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "connector.yaml"
    extra = f"options: {options}\n" if options else ""
    file.write_text(
        f"connector: 1\nsystem: t\nsystem_name: T\nkind: {kind}\n{extra}streams:\n{streams}", encoding="utf-8"
    )
    return load_connector(file, folder, overrides)


def sql(tmp: Path, path: Path, streams: str, name: str = "db") -> Connector:
    return open_connector(name, definition(tmp / f"c-{name}", "sql", streams), path.name, path.parent)


def flat(tmp: Path, path: Path, streams: str, options: str, name: str = "register") -> Connector:
    made = definition(tmp / f"c-{name}", "flat", streams, options)
    return open_connector(name, made, path.name, path.parent)


def share(tmp: Path, path: Path, name: str = "share", **overrides: Any) -> Connector:
    made = definition(tmp / f"c-{name}", "share", "  share: {root: {by: [ref]}}\n", **overrides)
    return open_connector(name, made, path.name, path.parent)


def landed(tmp: Path, *sources: Connector, buckets: int | None = None) -> LandingResult:
    for_store = ContentStore(tmp / "blobs")
    return land("m/d", sources, root=tmp / "outbox", store=for_store, buckets=buckets)


def values(connector: Connector, stream: str) -> list[dict[str, Any]]:
    return [row for batch in connector.read(stream) for row in batch.rows.to_pylist()]


CASES = """
CREATE TABLE "Ärende" ("Id" int primary key, "Nr" text);
CREATE TABLE "Händelse" ("HId" integer primary key, "Id" int, "Text" text);
CREATE TABLE "Kod" ("Typ" text, "Kod" text);
CREATE TABLE "Logg" ("x" int);
"""
CASE_STREAMS = """
  Ärende: {key: [Id], root: {by: [Nr]}}
  Händelse: {key: [HId], root: {via: Ärende, on: {Id: Id}}}
  Kod: {key: [Typ, Kod], shared: true}
"""
REGISTER = '{delimiter: ";", encoding: utf-8}'
REGISTER_STREAMS = "  register: {key: [Nr, Löp], root: {by: [Nr]}}\n"


def world(tmp: Path, cases: int = 12) -> tuple[Connector, Connector, Connector]:
    """A database, its register and its share; every third case has an event too many, without its case."""
    tmp.mkdir(parents=True, exist_ok=True)
    tree = tmp / "share"
    lines = ["Nr;Löp;Filnamn"]
    for number in range(cases):
        folder = tree / f"{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"å {number}.txt").write_bytes(b"document %d" % number)
        lines += [f"N-{number};0;", f"N-{number};1;{number % 3}/å {number}.txt"]
    (tree / "loose.txt").write_bytes(b"loose")
    (tmp / "register.csv").write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    database(
        tmp / "cases.sqlite",
        CASES,
        Ärende=[(number, f"N-{number}") for number in range(cases)],
        Händelse=[(number, number * 3 // 2, "") for number in range(cases)],
        Kod=[("B", "1"), ("B ", "1")],
        Logg=[(1,), (2,)],
    )
    return open_world(tmp)


def open_world(tmp: Path) -> tuple[Connector, Connector, Connector]:
    joined = {"share": {"via": "register.register", "on": {"ref": "Filnamn"}}}
    return (
        sql(tmp, tmp / "cases.sqlite", CASE_STREAMS),
        flat(tmp, tmp / "register.csv", REGISTER_STREAMS, REGISTER),
        share(tmp, tmp / "share", **joined),
    )
