"""A small source whose answers lie in columns as XML or JSON."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from tests.mapping.kit import context, write

from leverans.contracts import Catalogue, Column, Stream
from leverans.mapping import MappedBucket, Plan, bind, load

XML = """\
mapping: 1
id: bygg
information_type: bygg
source: d
partition: {by: ar}
nested:
  arende:
    from: svar.dokument
    format: xml
    namespaces: {default: "urn:b"}
    each: Arende
    columns: {arendeId: arendeId, ar: "@ar", mening: mening}
    drop: {teknik: {technical: intern spårning}}
  handelse:
    within: arende
    each: handelseLista/handelse
    columns: {handelseId: "@id", rubrik: rubrik}
  ord:
    within: handelse
    each: sokord
    columns: {ord: text()}
entities:
  case:
    from: arende
    key: [arendeId]
    fields:
      reference_code: {from: arendeId}
      title: {from: mening}
    children:
      records: {entity: record, on: {_row: _parent}, order: [_no]}
  record:
    from: handelse
    key: [handelseId]
    where:
      utkast: {keep: {rubrik: {not_in: [UTKAST]}}, otherwise: exclude, because: utkast}
    fields:
      title: {from: rubrik}
    extra_rows:
      - {from: ord, on: {_row: _parent}, fields: {name: {constant: sökord}, value: {from: ord}}}
"""

JSON = (
    XML.replace("format: xml\n", "format: json\n")
    .replace('    namespaces: {default: "urn:b"}\n', "")
    .replace("each: Arende", "each: .")
    .replace('"@', '"')
    .replace("handelseLista/handelse", "handelser")
)


def xml(number: int = 1, *records: str, more: str = "", year: str = "2003") -> str:
    """One answer: a case with records."""
    return (
        f'<Arende xmlns="urn:b" ar="{year}"><arendeId>A{number}</arendeId><mening>Ärende {number}</mening>'
        f"<handelseLista>{''.join(records)}</handelseLista>{more}</Arende>"
    )


def record(number: int, title: str = "Brev", *words: str, more: str = "") -> str:
    """One record of an answer."""
    listed = "".join(f"<sokord>{word}</sokord>" for word in words)
    return f'<handelse id="h{number}"><rubrik>{title}</rubrik>{listed}{more}</handelse>'


def catalogue(*, personal: bool = False, key: tuple[str, ...] = ("id",), kind: str = "string") -> Any:
    """The source: one table of answers."""
    columns = (Column("id", "string"), Column("dokument", kind))
    return {"d": Catalogue("d", "diariet", (Stream("svar", "table", columns, key, personal=personal),))}


def plan_of(root: Path, text: str = XML, given: Any = None, **more: Any) -> Plan:
    """Load and bind."""
    mapping = load(write(root, text), content=root, plan_folder=root / "municipalities/y/plan", **more)
    return bind(mapping, given or catalogue())


def mapped(plan: Plan, *answers: str | bytes | None) -> MappedBucket:
    """Map answers; their keys are s1, s2 …"""
    keys = [f"s{number}" for number, _answer in enumerate(answers, start=1)]
    kind = pa.binary() if any(isinstance(answer, bytes) for answer in answers) else pa.string()
    table = pa.table({"id": keys, "dokument": pa.array(answers, kind)})
    return plan.execute({"d.svar": table}, {}, context())


def verdicts(found: MappedBucket) -> list[tuple[str, str, str, str]]:
    """The verdicts as (code, disposition, key, detail)."""
    return [
        (row["code"], row["disposition"], row["key"], row["detail"]) for row in found.verdicts.to_pylist()
    ]
