"""A case system that nobody had seen, delivered by YAML only."""

import contextlib
import hashlib
import json
import re
import shutil
import sqlite3
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests.content import casedata_loader as loader
from tests.content.conftest import (
    ROOT,
    Work,
    assert_conserved,
    assert_nothing_new,
    assert_official,
    assert_valid,
    change,
    delivered,
    query,
    table_counts,
)

from leverans.blobs import ContentStore
from leverans.mapping import bind, load
from leverans.sources import Landing, land, load_connector, open_connector

pytestmark = pytest.mark.e2e
DELIVERY = "falun/parkeringstillstand"
LOADED = sorted(set(loader.scripts()) - {"history"}) or ["needs ../shared"]


@pytest.fixture(scope="session")
def whole(merged, untested, tmp_path_factory):
    """All scripts together, delivered once."""
    work = Work(merged, tmp_path_factory.mktemp("falun"), untested)
    return work, delivered(work, DELIVERY)


def test_all_cases_are_archived_and_every_row_is_told(whole):
    work, result = whole
    path = work.sources / "casedata.sqlite"
    assert_conserved(result, table_counts(path))
    assert result["objects"]["found"] == result["objects"]["archived"] == 28
    loose = query(
        path,
        "select count(*) from stakeholder where errand_id is null and id not in"
        " (select decided_by_id from decision where decided_by_id is not null)",
    )[0][0]
    assert loose == 2
    assert result["quarantined"] == {"MAP115": loose}
    for name, stream in result["streams"].items():
        wanted = loose if name == "db.stakeholder" else 0
        assert stream["quarantined"] == wanted, name
        assert stream["excluded"] == 0, name
    assert result["streams"]["db.case_type"]["reference"] == 278
    assert result["documents"] | {"bytes": 0} == {
        "listed": 8, "landed": 8, "archived": 8, "quarantined": 0, "excluded": 0, "held_back": 0, "bytes": 0,
    }  # fmt: skip
    assert result["entities"] == {"case": 28, "record": 17, "file": 8}


def test_a_second_run_finds_nothing_new(whole, tmp_path):
    work, result = whole
    assert_nothing_new(work, DELIVERY, result)


def test_every_package_is_valid(whole, official):
    work, result = whole
    assert_valid(work, "falun", result["packages"])
    assert_official(work, "falun", official)


def test_the_documents_in_the_archive_are_the_bytes_of_the_source(whole, tmp_path):
    work, _ = whole
    rows = query(
        work.sources / "casedata.sqlite",
        """select errand_number, content from attachment
             join errand on errand.id = coalesce(errand_id, (select errand_id from decision where id = decision_id))
           union all
           select errand_number, file from message_attachment_data d
             join message_attachment a on a.message_attachment_data_id = d.id
             join message m on m.messageid = a.messageid join errand on errand.id = m.errand_id""",
    )
    expected = {}
    for number, content in rows:
        expected.setdefault(number, []).append(hashlib.sha256(content).hexdigest())
    assert sum(map(len, expected.values())) == 8
    for number, digests in expected.items():
        folder = work.restore("falun", number, tmp_path / number)
        found = [
            hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "case.json"
        ]
        assert sorted(found) == sorted(digests), number


def test_a_decision_has_its_attachments_and_its_decider(whole):
    work, _ = whole
    erms = read_erms(work)
    case = aggregation(erms, "03-ERRAND-NUMBER-1")
    record = next(part for part in case.split("<record ")[1:] if "<title>Beslut: bifall</title>" in part)
    assert re.findall(r'<appendix name="([^"]+)"', record) == ["decision_image.png", "decision_image_2.png"]
    assert '<appendix name="errand_image.png"' in case.replace(record, "")
    decided = aggregation(erms, "04-ERRAND-NUMBER-1")
    assert "<role>ADMINISTRATOR</role>" in decided
    assert decided.count("FIRST-NAME-1 LAST-NAME-1") == 3  # the party, the event, the record


def test_unknown_is_closed(whole):
    work, _ = whole
    assert query(
        work.sources / "casedata.sqlite", "select count(*) from errand where confidential is not null"
    ) == [(0,)]
    _, answer = work.leverans("archive", "list", "falun")
    assert Counter(entry["access"] for entry in answer["objects"]) == {"staff": 28}


@pytest.mark.parametrize("name", LOADED)
def test_each_script_alone(scripts, untested, name, tmp_path):
    work = Work(tmp_path / "sources", tmp_path / "home", untested)
    work.sources.mkdir()
    path = work.sources / "casedata.sqlite"
    loader.load_script(path, name, scripts)
    rows = table_counts(path)
    result = delivered(work, DELIVERY)
    assert_conserved(result, rows)
    assert result["objects"]["archived"] == result["objects"]["found"] == rows["errand"]
    assert result["documents"]["archived"] == rows["attachment"] + rows["message_attachment_data"]
    assert_valid(work, "falun", result["packages"]) if result["packages"] else None


# -- what the scripts do not hold: written here, one row in every table, each value known again -----------


GIVEN = {
    "errand.case_type": "PARKING_PERMIT",
    "errand.status": "Under granskning",
    "errand.municipality_id": "2281",
    "errand.namespace": "MY_NAMESPACE",
    "errand.start_date": "2023-01-02",
    "errand.end_date": "2024-11-12",
    "case_type.type": "PARKING_PERMIT",
    "case_type.municipality_id": "2281",
    "case_type.namespace": "MY_NAMESPACE",
    "stakeholder_roles.roles": "APPLICANT",
    "attachment.category": "POLICE_REPORT",
    "attachment.decision_id": None,
    "message.sent": "2024-05-06T07:08:09.000000",
    "stakeholder.type": "PERSON",
}
START = datetime(2024, 3, 1, tzinfo=UTC)
ORDER = ["errand", "stakeholder", "decision", "facility", "note", "attachment", "message", "message_attachment_data",
         "message_attachment", "conversation", "email_header", "errand_extra_parameters"]  # fmt: skip


def fill(path, tables):
    """Write one errand with one row in every table; give table.column → the value written."""
    links = loader.identities(tables)
    written, number = {}, 7_770_000
    rows = {}
    names = [*ORDER, *sorted(set(tables) - set(ORDER))]
    for table in names:
        row = {}
        for column in tables[table].columns.values():
            number += 1
            place = f"{table}.{column.name}"
            target = links.get((table, column.name))
            if place in GIVEN:
                value = GIVEN[place]
            elif (
                target not in {None, (table, column.name)}
                and target[0] in rows
                and target[1] in rows[target[0]]
            ):
                value = rows[target[0]][target[1]]
            else:
                value = invented(column, place, number)
            row[column.name] = value
        rows[table] = row
        written |= {f"{table}.{name}": value for name, value in row.items()}
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for table in names:
            marks = ", ".join("?" * len(rows[table]))
            columns = ", ".join(f'"{name}"' for name in rows[table])
            connection.execute(
                f'insert into "{table}" ({columns}) values ({marks})', tuple(rows[table].values())
            )
    return written


def invented(column, place, number):
    kind = column.type.lower()
    if column.words:
        return column.words[0]
    if kind.startswith("datetime"):
        return (START + timedelta(minutes=number - 7_770_000)).strftime("%Y-%m-%d %H:%M:%S.%f")
    if kind == "bit":
        return 1
    if kind == "integer" and column.name.endswith(("_order", "_index")):
        return 0
    if kind.startswith("float"):
        return number + 0.25
    if kind in {"bigint", "integer"}:
        return number
    if kind == "longblob":
        return f"bytes of {place}".encode()
    return f"«{place}»"


def read_erms(work):
    texts = []
    for package in work.packages("falun"):
        with zipfile.ZipFile(package) as file:
            texts += [file.read(name).decode() for name in file.namelist() if name.endswith("/ERMS.xml")]
    return "\n".join(texts)


def aggregation(erms, reference):
    return next(
        part
        for part in re.findall(r"<aggregation .*?</aggregation>", erms, re.DOTALL)
        if f"<objectId>{reference}</objectId>" in part
    )


@pytest.fixture
def filled(scripts, untested, tmp_path):
    """One errand with one row in every table of the schema."""
    work = Work(tmp_path / "sources", tmp_path / "home", untested)
    work.sources.mkdir()
    path = work.sources / "casedata.sqlite"
    tables = loader.read_schema((scripts / "schema.sql").read_text(encoding="utf-8"))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        loader.create(connection, tables)
    work.written = fill(path, tables)
    return work


def ledger_of(work):
    with open_connector(
        "db",
        load_connector(ROOT / "connectors" / "casedata" / "connector.yaml", content=ROOT),
        str(work.sources / "casedata.sqlite"),
        ROOT,
    ) as connector:
        catalogue = connector.discover()
    mapping = load(
        ROOT / "mappings" / "casedata" / "tillstandsarende.yaml",
        content=ROOT,
        plan_folder=ROOT / "municipalities" / "falun" / "plan",
    )
    return bind(mapping, {"db": catalogue}).column_ledger()


def shapes(value):
    """Give the ways a value may be written in ERMS."""
    text = str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", text):
        return {text, text.replace(" ", "T"), text.replace(" ", "T").rstrip("0").rstrip(".")}
    return {text}


def test_every_mapped_value_is_in_the_package_and_every_dropped_one_has_its_reason(filled):
    result = delivered(filled, DELIVERY)
    assert_conserved(result, table_counts(filled.sources / "casedata.sqlite"))
    assert result["objects"]["archived"] == 1
    assert result["quarantined"] == {}
    for name, stream in result["streams"].items():
        if name not in {"db.errand", "db.case_type", "db.message_exchange_sync"}:
            assert stream["part_of"] == stream["rows"], name
    erms = read_erms(filled)
    ledger = ledger_of(filled)
    mapped = {f"{use.stream.removeprefix('db.')}.{use.column}" for use in ledger if use.use == "mapped"}
    translated = {  # codes, looked up or written in words; values that choose what is made
        "errand.case_type", "errand.status", "errand.priority", "errand.channel", "errand.confidential",
        "decision.decision_outcome", "decision.decision_type", "note.note_type", "message.direction",
        "message.classification", "message.internal", "facility.is_zoning_plan_area", "facility.main_facility",
        "stakeholder_addresses.is_zoning_plan_area", "attachment.category",
    }  # fmt: skip
    named = {"message_attachment.message_attachment_data_id"}  # which document it is
    missing = {
        place
        for place in mapped - translated - named
        if filled.written[place] is not None
        and not any(shape in erms for shape in shapes(filled.written[place]))
    }
    assert missing == set(), missing
    for words in ("hög", "e-post", "Polisanmälan", "bifall", "slutligt beslut", "intern", "incoming"):
        assert f">{words}<" in erms or f'"{words}"' in erms or f": {words}<" in erms, words
    assert all(use.reason for use in ledger if use.use in {"dropped", "left"})
    told = {f"{use.stream.removeprefix('db.')}.{use.column}" for use in ledger}
    assert told == set(filled.written)


@pytest.fixture(scope="module")
def changed(merged, untested, tmp_path_factory):
    """The merged database with faults, another municipality's case, and cases that are (not) confidential."""
    folder = tmp_path_factory.mktemp("changed")
    shutil.copytree(merged, folder / "sources")
    work = Work(folder / "sources", folder / "home", untested)
    change(
        work.sources / "casedata.sqlite",
        "update errand set case_type = 'NO_SUCH_TYPE' where id = 1000001",
        "update attachment set content = null where id = 1000002",  # the file is not there
        "update errand set municipality_id = '2080' where id = 1000004",
        "update stakeholder_roles set roles = 'NO_SUCH_ROLE' where stakeholder_id = 2000001",
        "update errand set start_date = '2023-02-30' where id = 2000002",
        "update errand set start_date = '2023-02-03', end_date = '2023-02-02' where id = 2000003",
        "update attachment set errand_id = null where id = 2000100",  # of no case at all
        "update errand set confidential = 1 where id = 14000001",
        "update errand set confidential = 0 where id = 14000002",
    )
    return work, delivered(work, DELIVERY)


def test_faults_of_the_source_set_their_case_aside_and_no_other(changed):
    work, result = changed
    assert_conserved(result, table_counts(work.sources / "casedata.sqlite"))
    assert result["objects"]["excluded"] == 1
    assert result["excluded"]["annan_kommun"] == 1
    _, listed = work.leverans("quarantine", "list", DELIVERY)
    aside = {entry["key"]: entry["code"] for entry in listed["quarantine"] if entry["object"]}
    assert set(aside) == {"1000001", "1000002", "2000001", "2000002", "2000003"}
    assert aside["1000002"] == "MAP120"
    assert aside["2000001"] == "MAP105"
    assert aside["2000002"] == "MAP102"
    assert result["objects"]["archived"] == 28 - 1 - 5
    loose = [(entry["stream"], entry["key"]) for entry in listed["quarantine"] if not entry["object"]]
    assert ("db.attachment", "2000100") in loose


def test_the_confidential_bit_decides_and_no_answer_stays_closed(changed):
    erms = read_erms(changed[0])
    names = ("14-ERRAND-NUMBER-1", "14-ERRAND-NUMBER-2", "15-PRH-2022-000029")
    secret, open_, unknown = (aggregation(erms, name) for name in names)
    assert "<regulation>OSL 26 kap. 1 §</regulation>" in secret
    assert "markerat som konfidentiellt i systemet" in secret
    for case, web in ((secret, "none"), (open_, "full"), (unknown, "none")):
        assert re.search(rf'<ownElement name="web.secrecy">\s*<value>{web}</value>', case)
    assert "<access>open on the web</access>" not in erms


def test_a_late_attachment_makes_the_next_version_of_its_case_only(own):
    first = delivered(own, DELIVERY)
    assert first["objects"]["archived"] == 28
    change(
        own.sources / "casedata.sqlite",
        "insert into attachment (version, created, errand_id, id, updated, category, mime_type, name, content)"
        " values (0, '2025-01-02 03:04:05.000000', 6000001, 6000900, '2025-01-02 03:04:05.000000', 'BESLUT',"
        " 'text/plain', 'sent intyg.txt', x'c3a5c3a4c3b60a')",
    )
    again = delivered(own, DELIVERY)
    assert again["objects"]["by_state"] == {"supplemented": 1, "unchanged": 27}
    assert again["packages"] == 1
    folder = own.restore("falun", "06-PRH-2022-000029", own.home.parent / "got")
    assert (folder / "sent intyg.txt").read_text(encoding="utf-8") == "åäö\n"
    assert json.loads((folder / "case.json").read_text(encoding="utf-8"))["version"] == 2


def test_what_has_no_case_of_its_own_lies_in_the_bucket_of_its_decision(merged, tmp_path):
    """In a big delivery the cases are spread; attachments of decisions and deciders must lie with theirs."""
    definition = load_connector(ROOT / "connectors" / "casedata" / "connector.yaml", content=ROOT)
    with open_connector("db", definition, str(merged / "casedata.sqlite"), ROOT) as connector:
        landed = land("m/d", [connector], root=tmp_path, store=ContentStore(tmp_path / "blobs"), buckets=11)
    landing, found = Landing.open(landed.folder), 0
    for number in range(11):
        bucket = landing.bucket(number)
        decisions = {row["id"]: row for row in bucket["db.decision"].to_pylist()}
        own = {row["id"] for row in bucket["db.attachment"].to_pylist() if row["errand_id"] is None}
        held = {row["ref"] for row in bucket["db.attachment_content"].to_pylist()}
        assert {str(key) for key in own} <= held
        for row in bucket["db.attachment"].to_pylist():
            if row["errand_id"] is None:
                assert row["decision_id"] in decisions
                found += 1
        people = {row["id"] for row in bucket["db.stakeholder"].to_pylist()}
        assert {row["decided_by_id"] for row in decisions.values()} - {None} <= people
    assert found == 2
