"""The shipped mappings and the reference."""

import sqlite3
from collections import defaultdict
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from tests.mapping.kit import DOCUMENT, document

from leverans.contracts import Catalogue, Column, Stream
from leverans.mapping import Context, bind, load
from leverans.mapping.reference import render
from leverans.model import assemble

HEADER = [
    "DiarieNr",
    "Löpnr",
    "Rubrik",
    "Filnamn",
    "Riktning",
    "Datum",
    "Makulerad",
    "Sekretess",
    "Lagrum",
    "Motpart",
    "SkyddadIdentitet",
    "Volym",
]
KEYS = {
    "Ärende": ("ArendeID",),
    "Ärende_Beslut": ("BeslutsID",),
    "Ärende_Händelser": ("HandelseID",),
    "Objekt": ("ObjektID",),
    "Ägare": ("AgarID",),
    "Klartext": ("Kodtyp", "Kod"),
}
SHARED = ("db.Objekt", "db.Ägare", "db.Klartext")


def test_the_reference_is_current(root):
    assert (root / "docs/mapping-reference.md").read_text(encoding="utf-8") == render()


def test_no_product_is_named_in_the_room(root):
    texts = [
        path.read_text(encoding="utf-8").lower()
        for path in (root / "src/leverans/mapping").rglob("*.*")
        if path.suffix in {".py", ".md"}
    ]
    for word in ("alkt", "casedata", "iipax", "ciceron", "mora"):
        assert not [text for text in texts if word in text.replace("memora", "")]


def read(database):
    """The real database as Arrow tables."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as source:
        for name in KEYS:
            cursor = source.execute(f'SELECT * FROM "{name}"')
            names = [entry[0] for entry in cursor.description]
            kinds = {entry[1]: entry[2] for entry in source.execute(f'PRAGMA table_info("{name}")')}
            rows = [dict(zip(names, row, strict=True)) for row in cursor]
            schema = pa.schema(
                [(column, pa.int64() if kinds[column] == "int" else pa.string()) for column in names]
            )
            plain = [
                {
                    key: value if value is None or kinds[key] == "int" else str(value)
                    for key, value in row.items()
                }
                for row in rows
            ]
            yield f"db.{name}", pa.Table.from_pylist(plain, schema=schema)


def streams(tables, prefix, keys, kind="table"):
    made = []
    for name, table in tables.items():
        if name.startswith(prefix):
            columns = tuple(
                Column(field.name, "int64" if field.type == pa.int64() else "string")
                for field in table.schema
            )
            short = name.removeprefix(prefix)
            made.append(Stream(short, kind, columns, keys.get(short, ())))
    return tuple(made)


@pytest.fixture
def alkt(root, shared):
    """The AlkT mapping on the real database, with a register of the test's own."""

    def execute(register, documents=()):
        tables = dict(read(shared / "data/alkt_sqlserver/alkt.sqlite"))
        rows = [dict.fromkeys(HEADER, "") | row for row in register]
        tables["register.register"] = pa.Table.from_pylist(
            rows, schema=pa.schema([(name, pa.string()) for name in HEADER])
        )
        tables["share.share"] = pa.Table.from_pylist(
            list(documents), schema=pa.schema(list(DOCUMENT.items()))
        )
        catalogues = {
            "db": Catalogue("db", "alkt", streams(tables, "db.", KEYS)),
            "register": Catalogue(
                "register", "r", streams(tables, "register.", {"register": ("DiarieNr", "Löpnr")})
            ),
            "share": Catalogue("share", "s", streams(tables, "share.", {"share": ("ref",)}, "documents")),
        }
        mapping = load(
            root / "mappings/alkt/serveringstillstand.yaml",
            content=root,
            plan_folder=root / "municipalities/mora/plan",
        )
        plan = bind(mapping, catalogues)
        whole = {name: tables.pop(name) for name in SHARED}
        said = Context(
            municipality="mora",
            system="alkt",
            secret=b"k" * 32,
            creators=(("Nämnden", date(1986, 1, 1), None),),
            reference_time=datetime(2026, 1, 1, tzinfo=UTC),
            period=(date(1996, 1, 1), date(2025, 12, 31)),
        )
        return plan, plan.execute(tables, whole, said)

    return execute


def case_row(number, **changes):
    return {
        "DiarieNr": number,
        "Löpnr": "0",
        "Rubrik": f"Ärende {number}",
        "Makulerad": "N",
        "Motpart": "Anna Ek",
    } | changes


def record_row(number, at, **changes):
    return {
        "DiarieNr": number,
        "Löpnr": str(at),
        "Rubrik": "Ansökan",
        "Filnamn": f"1996/{number}/{at}.pdf",
        "Riktning": "I",
        "Datum": "1996-01-20",
    } | changes


REAL = ("1234567", "2345678", "3456789")


def told(mapped):
    found = defaultdict(set)
    keys = {row["root"]: row["reference_code"] for row in mapped.tables["case"].to_pylist()}
    for row in mapped.verdicts.to_pylist():
        found[row["code"]].add(keys.get(row["root"], row["key"]))
    return dict(found)


def test_the_real_cases_map_cleanly(alkt):
    rows = [case_row(number, Volym="F1a:12") for number in REAL] + [
        record_row(number, at) for number in REAL for at in (10, 9)
    ]
    plan, mapped = alkt(rows, [document(row["Filnamn"]) for row in rows if "Filnamn" in row])
    assert told(mapped) == {}
    first, *_others = assemble(mapped.tables)
    assert (first.reference_code, first.type, first.status, first.partition) == (
        "1234567",
        "Tillstånd, slutet sällskap",
        "closed",
        "1996",
    )
    assert (first.opened, first.closed) == ("1996-01-18T00:00:00.000",) * 2
    assert [(event.kind, event.type) for event in first.events] == [
        ("decision", "Delegationsbeslut SKÅL"),
        ("event", "Remiss till polisen"),
    ]
    assert [record.number for record in first.records] == [9, 10]
    assert [(agent.type, agent.name) for agent in first.agents] == [
        ("responsible_person", "JOS"),
        ("counterpart", "Anna Ek"),
        ("owner", "Kalle Ankas Aktiebolag"),
    ]
    assert (first.locations[0].place, first.extras[0].value) == ("F1a:12", "Kalles Uteservering")
    assert (first.retention_rule, first.classification_code) == ("keep", "6.3.2")
    assert first.access == first.records[0].access == "metadata open, file by order"
    assert [check.id for check in plan.checks][:2] == ["ARK-012", "ALK-R01"]
    columns = sum(len(names) for names in plan.columns.values()) - len(DOCUMENT)
    assert len({(use.stream, use.column) for use in plan.column_ledger()}) == columns


def test_what_the_register_can_say(alkt):
    rows = [
        case_row("1234567", Makulerad="J"),
        case_row("2345678", SkyddadIdentitet="sekretessmarkering"),
        case_row("3456789", Sekretess="S", Lagrum="OSL 30 kap. 23 §"),
        record_row("3456789", 1, Filnamn=""),
        record_row("3456789", 2, Sekretess="S", Lagrum="OSL 30 kap. 23 §"),
    ]
    _plan, mapped = alkt(rows, [document("1996/3456789/2.pdf")])
    assert told(mapped) == {"MAP141": {"1234567"}}
    cases = {row["reference_code"]: row for row in mapped.tables["case"].to_pylist()}
    assert (cases["2345678"]["route"], cases["2345678"]["access"]) == ("protected", "existence hidden")
    assert cases["3456789"]["access"] == "staff"
    ends = {row["until"] for row in mapped.tables["restriction"].to_pylist() if row["law"]}
    assert ends == {"2016-01-16", "2016-01-20"}
    assert [row["medium"] for row in mapped.tables["record"].to_pylist()] == ["physical", "digital"]


def test_without_a_row_in_the_register_nothing_is_archived(alkt):
    _plan, mapped = alkt([case_row("1234567")])
    assert told(mapped) == {"MAP110": {"2345678", "3456789"}}
    assert {row["access"] for row in mapped.tables["case"].to_pylist() if row["title"] is None} == {"staff"}


def test_documents_and_register_must_agree(alkt):
    rows = [
        *map(case_row, REAL),
        record_row("1234567", 1),
        record_row("2345678", 1),
        record_row("9999999", 1),
    ]
    _plan, mapped = alkt(rows, [document("1996/2345678/1.pdf", size=0), document("1996/arbetskopia.pdf")])
    assert told(mapped) == {
        "MAP120": {"1234567"},
        "MAP121": {"2345678"},
        "MAP115": {"9999999|1"},
        "MAP123": {"1996/arbetskopia.pdf"},
    }
