"""Bad input: each failure of the field becomes a finding with code, source key and line; nothing is lost.

One table: what the source says, and what must come of it. Whatever the row, the laws at the end hold: every
row and document stands exactly once, the bad object is set aside, its neighbour is archived as it is, and no
text is made up.
"""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from tests.mapping.kit import BASE, case, context, document, record, world
from tests.mapping.kit import plan_for as planned

from leverans.quality import Facts, evaluate

TEXT = (
    BASE.replace("    unique: [ref", "      closed: {from: TOUCHED, null_if: [\"\"], datetime: ['%Y-%m-%d %H:%M', '%Y-%m-%d'], zone: Europe/Stockholm}\n      description: {from: LAG, match: '(?:[A-Z]+ \\d{4}/\\d+)?'}\n    unique: [ref")
    .replace("    drop:\n      TOUCHED: {technical: tidpunkt för senaste läsning}\n", "")
    .replace("          name: {from: PERSON}\n", "          name: {from: PERSON}\n          id_number: {from: VOID, null_if: [N, J], identity: auto}\n")
    .replace('      created: {from: OPENED, date: "%Y-%m-%d", on_error: null}\n', "")
    .replace("order: [created, opened]", "order: [opened, closed]")
)  # fmt: skip
TWO = [case(1, TOUCHED=""), case(2, TOUCHED="")]


@dataclass(frozen=True)
class Bad:
    """Rows of the source and the findings about case 1 (or about rows of nobody): (code, rule, key)."""

    changes: dict = field(default_factory=dict)
    found: tuple = ()
    more: tuple = ()
    records: tuple = ()
    documents: tuple = None
    units: tuple = None
    codes: tuple = None


def value(rule, code, **changes):
    return Bad(changes, ((code, rule, "1"),))


INPUT = {
    "unmapped code": value("case.status", "MAP105", STATUS="77"),
    "unmapped code of a shared table": value("case.type", "MAP105", KIND="0999"),
    "code with a leading zero too many": value("case.status", "MAP105", STATUS="001"),
    "code that lost its leading zero": value("case.type", "MAP105", KIND="100"),
    "code with a blank behind it": value("case.status", "MAP105", STATUS="01 "),
    "empty code": value("case.status", "MAP105", STATUS=""),
    "row of the plan that is not there": value("case.retention", "MAP108", PROCESS="P9"),
    "pattern mismatch": value("case.description", "MAP103", LAG="dnr okänt"),
    "pattern and a line break behind it": value("case.description", "MAP103", LAG="BYGG 2021/771\n"),
    "impossible month": Bad({"OPENED": "1998-13-01"}, (("MAP102", "case.opened", "1"), ("MAP130", "case.partition", "1"))),
    "impossible day": Bad({"OPENED": "1999-02-29"}, (("MAP102", "case.opened", "1"), ("MAP130", "case.partition", "1"))),
    "day of another layout": Bad({"OPENED": "19981231"}, (("MAP101", "case.opened", "1"), ("MAP130", "case.partition", "1"))),
    "00000000": Bad({"OPENED": "00000000"}, (("MAP101", "case.opened", "1"), ("MAP130", "case.partition", "1"))),
    "0000-00-00": Bad({"OPENED": "0000-00-00"}, (("MAP102", "case.opened", "1"), ("MAP130", "case.partition", "1"))),
    "time in the gap of summer time": value("case.closed", "MAP201", TOUCHED="2003-03-30 02:30"),
    "time that came twice": value("case.closed", "MAP202", TOUCHED="2003-10-26 02:30"),
    "year 100": Bad({"OPENED": "0100-01-01"}, (("MAP132", "case.creator", "1"), ("MAP131", "case.partition", "1"))),
    "year 9999": Bad({"OPENED": "9999-12-31"}, (("MAP132", "case.creator", "1"), ("MAP131", "case.partition", "1"))),
    "time of the year 100 in a zone": value("case.closed", "MAP203", TOUCHED="0100-01-01 00:00"),
    "time of the year 9999 in a zone": value("case.closed", "MAP203", TOUCHED="9999-12-31 23:59"),
    "mojibake": value("case.title", "MAP152", TITLE="AnsÃ¶kan om serveringstillstÃ¥nd"),
    "mojibake of capitals": value("case.agent.name", "MAP152", PERSON="Ã…ke Ã–berg"),
    "destroyed text": value("case.title", "MAP151", TITLE="Ans\ufffdkan"),
    "NUL": value("case.title", "MAP150", TITLE="a\x00b"),
    "escape": value("case.title", "MAP150", TITLE="a\x1b[31m"),
    "a character of Latin-1's upper controls": value("case.title", "MAP150", TITLE="a\x85b"),
    "5 MB of text in a title": value("case.title", "MAP217", TITLE="ö" * 2_500_000),
    "title that is NULL": value("case.title", "MAP106", TITLE=None),
    "title that is empty": value("case.title", "MAP107", TITLE=""),
    "title of a blank": value("case.title", "MAP107", TITLE=" "),
    "title of blanks that no eye tells": value("case.title", "MAP107", TITLE="\u00a0\u3000\u2028"),
    "title of no width": value("case.title", "MAP107", TITLE="\ufeff\u200b\u2060"),
    "reference code that two cases have": Bad({"DNR": "D 2"}, (("MAP100", "case.reference_code", "1"), ("MAP100", "case.reference_code", "2"))),
    "key that two rows have": Bad(more=(case(1, TOUCHED="", DNR="D 9"),), found=(("MAP113", "case", "1"),) * 2),
    "key that is NULL": Bad(more=(case(None, TOUCHED="", DNR="D 9"),), found=(("MAP114", "case", ""),)),
    "identity number with a wrong check digit": value("case.agent.id_number", "MAP213", VOID="198112189877"),
    "identity number of a day that is none": value("case.agent.id_number", "MAP212", VOID="198102309870"),
    "identity number that is none": value("case.agent.id_number", "MAP211", VOID="okänd"),
    "orphan": Bad(records=(record(1, of=77),), documents=(), found=(("MAP115", "orphan", "h1"),)),
    "child with a key that two have": Bad(records=(record(1), record(1, PATH=None)), found=(("MAP113", "record", "h1"),) * 2),
    "join that multiplies": Bad(
        {"UNIT": 8}, (("MAP111", "unit", "1"),),
        units=({"ENH_ID": 7, "NAMN": "Kansliet"}, {"ENH_ID": 8, "NAMN": "b"}, {"ENH_ID": 8, "NAMN": "c"}),
    ),
    "code with two meanings": Bad(
        {"KIND": "0320"}, (("MAP109", "case.type", "1"),),
        codes=({"TYP": "B", "KOD": "0100", "TERM": "Tillstånd"}, {"TYP": "B", "KOD": "0320", "TERM": "b"}, {"TYP": "B ", "KOD": "0320", "TERM": "c"}),
    ),
    "document that is not there": Bad(records=(record(1),), documents=(), found=(("MAP120", "file.content", "h1"),)),
    "document without bytes": Bad(records=(record(1),), documents=(document("1/1.pdf", size=0),), found=(("MAP121", "file.content", "h1"),)),
    "document that nobody names": Bad(documents=(document("lös.pdf"),), found=(("MAP123", "unregistered", "lös.pdf"),)),
}  # fmt: skip
LINES = {"case.creator": "partition:", "orphan": "records:", "unregistered": "content:"}
"""Rules that are not called as the key that asked for them."""

PERIOD = context().creators[0][1:]


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return planned(tmp_path_factory.mktemp("bad"), world(TWO, [record(1)]), TEXT)


def mapped(plan, bad):
    cases = [TWO[0] | bad.changes, TWO[1], *bad.more]
    documents = None if bad.documents is None else list(bad.documents)
    more = {name: list(rows) for name, rows in (("units", bad.units), ("codes", bad.codes)) if rows}
    data = world(cases, list(bad.records), documents, **more)
    return plan.execute(*data, context(period=PERIOD)), data


@pytest.mark.parametrize("name", INPUT)
def test_the_finding_has_code_key_and_line(plan, name):
    found, _data = mapped(plan, INPUT[name])
    told = [(row["code"], row["rule"], row["key"]) for row in found.verdicts.to_pylist()]
    assert sorted(told) == sorted(INPUT[name].found)
    for row in found.verdicts.to_pylist():
        assert row["disposition"] == "quarantine"
        file, line, column = row["where"].rsplit(":", 2)
        assert (file, column.isdigit()) == ("mappings/x/m.yaml", True)
        asked = LINES.get(row["rule"], row["rule"].rpartition(".")[2] + ":")
        assert asked in TEXT.splitlines()[int(line) - 1]


@pytest.mark.parametrize("name", INPUT)
def test_every_row_and_document_stands_exactly_once(plan, name):
    found, (bucket, _shared) = mapped(plan, INPUT[name])
    given = Counter({stream: table.num_rows for stream, table in bucket.items() if stream != "d.DOK"})
    assert Counter(row["stream"] for row in found.rows.to_pylist()) == +given
    listed = [row["ref"] for row in found.documents.to_pylist()]
    assert len(listed) == len(set(listed))
    assert set(listed) >= set(bucket["d.DOK"]["ref"].to_pylist())
    keys = {row["ID"] for row in bucket["d.ARENDE"].to_pylist()} - {None}
    assert len(found.tables["case"]) == len(keys)


@pytest.mark.parametrize("name", INPUT)
def test_no_text_is_made_up(plan, name):
    """Whatever stands in the archive stood in the source, in a table or in the mapping."""
    found, (bucket, shared) = mapped(plan, INPUT[name])
    known = {
        "Ansökan",
        "closed",
        "open",
        "keep",
        "KS § 1",
        "10",
        "KS § 2",
        "Nämnden",
        "caseFile",
        "counterpart",
        "Enhet",
    }
    for table in (*bucket.values(), *shared.values()):
        for row in table.to_pylist():
            known |= {str(cell) for cell in row.values() if cell is not None}
    for model in ("case", "record", "agent", "extra", "event", "location"):
        for row in found.tables[model].to_pylist():
            for column in {
                "title",
                "reference_code",
                "type",
                "status",
                "opened",
                "description",
                "creator",
                "name",
                "value",
                "id_number",
                "retention_rule",
                "retention_authority",
            } & set(row):
                assert row[column] is None or row[column] in known, (model, column)


def test_the_neighbour_of_a_bad_object_is_archived_as_it_would_be_alone(plan):
    alone = plan.execute(*world([TWO[1]]), context(period=PERIOD))
    (wanted,) = alone.tables["case"].to_pylist()
    for name, bad in INPUT.items():
        if "two cases" in name:
            continue
        found, _data = mapped(plan, bad)
        (row,) = [row for row in found.tables["case"].to_pylist() if row["id"] == wanted["id"]]
        assert {**row, "seq": 0} == {**wanted, "seq": 0}, name


def test_null_and_empty_text_stay_apart(plan):
    for text in (None, ""):
        found = plan.execute(*world([case(1, TOUCHED="", LAG=text)]), context(period=PERIOD))
        (row,) = found.tables["case"].to_pylist()
        assert row["description"] == text
        assert len(found.verdicts) == 0


@pytest.mark.parametrize(("closed", "told"), [("2003-04-01 10:00", 1), ("2003-04-02 10:00", 0), ("", 0)])
def test_closed_before_opened(plan, closed, told):
    found = plan.execute(*world([case(1, TOUCHED=closed)]), context(period=PERIOD))
    assert len(found.verdicts) == 0
    verdicts = evaluate(plan.checks, found.tables, Facts(as_of=context().as_of)).to_pylist()
    line = next(at for at, text in enumerate(TEXT.splitlines(), 1) if "id: ARK-1" in text)
    assert [(row["disposition"], row["rule"], row["where"]) for row in verdicts] == [
        ("quarantine", "ARK-1", f"mappings/x/m.yaml:{line}:5")
    ] * told
    assert [row["root"] for row in verdicts] == found.tables["case"]["root"].to_pylist()[:told]
