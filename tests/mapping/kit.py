"""A small system to map: one diary with records, files, a unit table and a code table."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from leverans.contracts import Catalogue, Column, Stream
from leverans.mapping import Context, MappedBucket, Plan, bind, load

BASE = """\
mapping: 1
id: diarium
information_type: diarium
source: d
partition: {by: OPENED, take: year}
codes:
  kind: {values: {A: Ansökan, B: Beslut}}
  status: {file: codes/status.csv, key: KOD, value: TERM}
  term: {table: KODER, where: {TYP: {in: [B, "B "]}}, key: KOD, value: TERM}
  plan: {file: "plan:ihp.csv", key: process}
entities:
  case:
    from: ARENDE
    key: [ID]
    where:
      makulerat: {keep: {VOID: {not_in: [J]}}, otherwise: void, because: makulerat i diariet}
    join:
      unit: {table: ENHET, on: {UNIT: ENH_ID}, cardinality: many_to_one, missing: null}
    fields:
      reference_code: {from: DNR}
      title: {from: TITLE, required: true}
      type: {from: KIND, code: term}
      status: {from: STATUS, code: status}
      opened: {from: OPENED, date: "%Y-%m-%d"}
      created: {from: OPENED, date: "%Y-%m-%d", on_error: null}
      retention: {lookup: plan, by: PROCESS, take: [rule, authority]}
    unique: [reference_code]
    agents:
      - fields:
          type: {constant: counterpart}
          name: {from: PERSON}
          protected_identity: {from: SKYDD, null_if: [""]}
    extras:
      Enhet: {from: unit.NAMN}
    restrict:
      secrecy:
        - {when: {SEKR: {in: [S]}}, law: {from: LAG}}
        - {when: {SEKR: {in: [""]}}, none: true}
      personal_data:
        - {otherwise: true, web: metadata}
      copyright:
        - {otherwise: true, web: full}
    children:
      records: {entity: record, on: {ID: CASE}, order: [NR]}
    drop:
      TOUCHED: {technical: tidpunkt för senaste läsning}
  record:
    from: HANDLING
    key: [HID]
    where:
      utkast: {keep: {DRAFT: {not_in: ["1"]}}, otherwise: exclude, because: utkast}
    fields:
      number: {from: NR, type: int}
      title: {from: RUBRIK, required: true}
    children:
      fil: {entity: file, same_row: true}
  file:
    from: HANDLING
    key: [HID]
    fields:
      content: {document: DOK, by: PATH, absent: skip}
checks:
  - {id: ARK-1, on: case, order: [created, opened], text: {sv: Fel, en: Wrong}}
leave:
  LOGG: {technical: driftlogg}
"""

DOCUMENT = {
    "ref": pa.string(),
    "name": pa.string(),
    "size": pa.int64(),
    "sha256": pa.string(),
    "crc32": pa.int64(),
    "status": pa.string(),
}
FILES = {
    "mappings/x/codes/status.csv": "KOD;TERM\n01;closed\n1;open\n",
    "mappings/_tables/osl.csv": "law;years;start\nOSL 30 kap. 23 §;20;created\n",
    "municipalities/y/plan/ihp.csv": "process,rule,authority\nP1,keep,KS § 1\nP2,10,KS § 2\n",
}
KEYS = {
    "ARENDE": ("ID",),
    "HANDLING": ("HID",),
    "ENHET": ("ENH_ID",),
    "KODER": ("TYP", "KOD"),
    "DOK": ("ref",),
    "LOGG": (),
}
_TYPES = {"ID": pa.int64(), "CASE": pa.int64(), "NR": pa.int64(), "UNIT": pa.int64(), "ENH_ID": pa.int64()}
_NAMES = {pa.string(): "string", pa.int64(): "int64", pa.float64(): "double", pa.bool_(): "bool"}


def case(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A clean row of a case."""
    row = {
        "ID": number,
        "DNR": f"D {number}",
        "TITLE": f"Ärende {number}",
        "KIND": "0100",
        "STATUS": "01",
        "OPENED": "2003-04-02",
        "PROCESS": "P1",
        "PERSON": "Anna Ek",
        "SKYDD": "",
        "SEKR": "",
        "LAG": "",
        "UNIT": 7,
        "VOID": "N",
        "TOUCHED": "2020-01-01",
    }
    return row | changes


def record(number: int, of: int = 1, **changes: Any) -> dict[str, Any]:
    """A clean row of a record with its file."""
    row = {
        "HID": f"h{number}",
        "CASE": of,
        "NR": number,
        "RUBRIK": "Brev",
        "DRAFT": "0",
        "PATH": f"{of}/{number}.pdf",
    }
    return row | changes


def document(ref: str, **changes: Any) -> dict[str, Any]:
    """A landed document."""
    row = {
        "ref": ref,
        "name": ref.rpartition("/")[2],
        "size": 5,
        "sha256": "ab" * 32,
        "crc32": 1,
        "status": "landed",
    }
    return row | changes


def table(rows: list[dict[str, Any]], like: dict[str, Any]) -> pa.Table:
    """Columns of rows; `like` tells the columns when there are none."""
    kinds = DOCUMENT if "sha256" in like else {}
    schema = pa.schema([(name, kinds.get(name, _TYPES.get(name, pa.string()))) for name in like])
    return pa.Table.from_pylist(rows, schema=schema)


def world(
    cases: list[dict[str, Any]],
    records: list[dict[str, Any]] = (),
    documents: list[dict[str, Any]] | None = None,
    *,
    units: list[dict[str, Any]] | None = None,
    codes: list[dict[str, Any]] | None = None,
) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """A bucket and the shared streams; without `documents` every record's document is there."""
    if documents is None:
        documents = [document(row["PATH"]) for row in records if row["PATH"]]
    units = [{"ENH_ID": 7, "NAMN": "Kansliet"}] if units is None else units
    terms = [
        {"TYP": "B", "KOD": "0100", "TERM": "Tillstånd"},
        {"TYP": "B ", "KOD": "0320", "TERM": "Avslag"},
        {"TYP": "A", "KOD": "0999", "TERM": "annan tabell"},
    ]
    bucket = {
        "d.ARENDE": table(cases, case()),
        "d.HANDLING": table(list(records), record(1)),
        "d.DOK": table(documents, document("x")),
    }
    shared = {
        "d.ENHET": table(units, {"ENH_ID": 1, "NAMN": ""}),
        "d.KODER": table(terms if codes is None else codes, terms[0]),
    }
    return bucket, shared


def catalogues(*tables: dict[str, pa.Table], personal: tuple[str, ...] = ()) -> dict[str, Catalogue]:
    """The catalogue of the source ``d``, with a table that the mapping leaves."""
    streams = {name: entry for group in tables for name, entry in group.items()}
    streams.setdefault("d.LOGG", pa.table({"TEXT": pa.array([], pa.string())}))
    made = []
    for name, entry in streams.items():
        short = name.removeprefix("d.")
        columns = tuple(Column(field.name, _NAMES[field.type]) for field in entry.schema)
        kind = "documents" if short == "DOK" else "table"
        made.append(Stream(short, kind, columns, KEYS.get(short, ()), personal=short in personal))
    return {"d": Catalogue("d", "diariet", tuple(made))}


def write(root: Path, text: str, files: dict[str, str] | None = None) -> Path:
    """Write a content root and give the mapping's path."""
    for name, content in (FILES | (files or {}) | {"mappings/x/m.yaml": text}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root / "mappings/x/m.yaml"


def loaded(root: Path, text: str = BASE, files: dict[str, str] | None = None, **more: Any) -> Any:
    """Load a mapping from a content root made for it."""
    return load(write(root, text, files), content=root, plan_folder=root / "municipalities/y/plan", **more)


def context(**changes: Any) -> Context:
    """What a delivery would say."""
    known = {
        "municipality": "y",
        "system": "diariet",
        "secret": b"s" * 32,
        "creators": (("Nämnden", date(1990, 1, 1), date(2010, 12, 31)),),
        "reference_time": datetime(2026, 1, 1, tzinfo=UTC),
        "period": None,
    }
    return Context(**(known | changes))


def plan_for(root: Path, data: tuple[dict[str, pa.Table], ...], text: str = BASE, **more: Any) -> Plan:
    """Load and bind."""
    return bind(loaded(root, text, **more), catalogues(*data))


def run(
    root: Path,
    cases: list[dict[str, Any]],
    records: list[dict[str, Any]] = (),
    documents: list[dict[str, Any]] | None = None,
    *,
    text: str = BASE,
    said: Context | None = None,
    files: dict[str, str] | None = None,
    overlay: dict[str, Any] | None = None,
    **shared: Any,
) -> MappedBucket:
    """Map one bucket of this small system."""
    data = world(cases, records, documents, **shared)
    plan = plan_for(root, data, text, files=files, overlay=overlay)
    return plan.execute(*data, said or context())


def codes_of(mapped: MappedBucket) -> list[tuple[str, str, str]]:
    """The verdicts as (code, disposition, rule)."""
    return [(row["code"], row["disposition"], row["rule"]) for row in mapped.verdicts.to_pylist()]


def one(mapped: MappedBucket, name: str = "case") -> dict[str, Any]:
    """The only row of a table."""
    (row,) = mapped.tables[name].to_pylist()
    return row


def with_field(line: str, base: str = BASE) -> str:
    """The base mapping with another title line."""
    return base.replace("      title: {from: TITLE, required: true}\n", f"      {line}\n")
