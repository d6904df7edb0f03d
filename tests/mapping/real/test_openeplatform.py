"""Open ePlatform: the real schema of 201 tables with made-up answers of every kind of question."""

import contextlib
import sqlite3

import pytest
from tests.content.conftest import Work, assert_nothing_new, assert_valid, change, delivered, query
from tests.mapping.real.kit import (
    aggregations,
    archived_documents,
    assert_checked,
    assert_every_column_told,
    erms,
    schema,
    sql,
)
from tests.support import openeplatform as oep

pytestmark = pytest.mark.e2e
GENERAL, SERVICE = "avesta/etjanster", "avesta/felanmalan"


@pytest.fixture(scope="module")
def columns(shared):
    return shared / "data" / "openeplatform" / "openeplatform_mysql_schema.csv"


@pytest.fixture(scope="module")
def sources(columns, tmp_path_factory):
    """The whole platform, and an extract of one service; (folder, truth of each)."""
    folder = tmp_path_factory.mktemp("oep")
    truth = oep.build(columns, folder, cases=9)
    apart = oep.build(columns, folder / "apart", cases=9, service=oep.FAULT_REPORT)
    (folder / "apart" / oep.DATABASE).rename(folder / "felanmalan.sqlite")
    (folder / "apart" / oep.FILES).rename(folder / "felanmalan-filer")
    return folder, truth, apart


@pytest.fixture(scope="module")
def whole(sources, tmp_path_factory):
    """Both deliveries in one archive; (work, result of the platform, result of the service)."""
    work = Work(sources[0], tmp_path_factory.mktemp("avesta"))
    return work, delivered(work, GENERAL), delivered(work, SERVICE)


def test_the_tables_are_the_real_ones(whole):
    work, _, _ = whole
    tables = schema(work.sources / oep.DATABASE)
    assert (len(tables), sum(map(len, tables.values()))) == (201, 1317)


@pytest.mark.parametrize("name", [GENERAL, SERVICE])
def test_nothing_is_wrong_and_every_column_of_201_tables_is_told(whole, name):
    work, _, _ = whole
    assert_checked(work, name)
    ledger = assert_every_column_told(work, name, work.sources / oep.DATABASE)
    left = {stream for (stream, _column), entry in ledger.items() if entry["use"] == "left"}
    assert len(left) == 134
    for kind in ("_query_instances", "_instance_alternatives", "_instance_values"):
        assert not [stream for stream in left if stream.endswith(kind)]


def test_every_row_of_every_table_is_told(whole):
    work, general, service = whole
    for result, database in ((general, oep.DATABASE), (service, "felanmalan.sqlite")):
        assert (result["status"], result["balanced"], result["quarantined"]) == ("complete", True, {})
        for table in schema(work.sources / database):
            shown = result["streams"][f"db.{table}"]
            rows = sql(work, database, f'select count(*) from "{table}"')[0][0]
            assert shown["rows"] == rows == sum(shown.values()) - shown["rows"], table


def test_drafts_and_what_has_a_delivery_of_its_own_are_excluded_by_name(whole, sources):
    _, general, service = whole
    _, truth, apart = sources
    other = {key for key, family in truth.cases.items() if family == oep.SICK_LEAVE} - truth.drafts
    assert general["objects"]["archived"] == len(other) == 3
    assert general["objects"]["excluded"] == len(truth.cases) - len(other)
    assert service["objects"]["archived"] == len(set(apart.cases) - apart.drafts) == 4
    assert service["objects"]["excluded"] == len(apart.drafts) == 2


def test_every_answer_stands_under_its_question(whole, sources):
    work, _, _ = whole
    cases = aggregations(erms(work, "avesta", "etjanster"))
    for key, case in cases.items():
        records = case.split("<record ")[1:]
        for name, value in sql(
            work, oep.DATABASE,
            """select q.name, v.value from text_field_query_instance_values v
                 join flowengine_query_instance_descriptors d using (queryInstanceID)
                 join flowengine_query_descriptors q using (queryID) where d.flowInstanceID = ?
               union all select q.name, a.name from checkbox_query_instance_alternatives c
                 join checkbox_query_alternatives a using (alternativeID)
                 join flowengine_query_instance_descriptors d using (queryInstanceID)
                 join flowengine_query_descriptors q on q.queryID = d.queryID where d.flowInstanceID = ?""",
            key, key,
        ):  # fmt: skip
            (record,) = (one for one in records if f"<title>{name}</title>" in one)
            assert f"<value>{value}</value>" in record, (key, name)
        assert len([one for one in records if ">fråga i e-tjänst<" in one or "<title>Fråga om" in one]) == 20


def test_the_fields_of_both_versions_become_the_cases_own(whole, sources):
    """Other numbers in each version of the form, one title in the archive."""
    work, _, _ = whole
    _, _, apart = sources
    cases = aggregations(erms(work, "avesta", "felanmalan"))
    assert {apart.versions[int(key)] for key in cases} == {31, 41}
    for key, case in cases.items():
        assert f"<title>Felanmälan, {apart.streets[int(key)]}</title>" in case


def test_a_version_that_nobody_knew_is_set_aside(whole, sources, tmp_path, columns):
    oep.build(columns, tmp_path / "new", cases=3, service=oep.FAULT_REPORT)
    (tmp_path / "new" / oep.DATABASE).rename(tmp_path / "new" / "felanmalan.sqlite")
    (tmp_path / "new" / oep.FILES).rename(tmp_path / "new" / "felanmalan-filer")
    change(
        tmp_path / "new" / "felanmalan.sqlite",
        "insert into text_fields (textFieldID, queryID, label, sortIndex) values (414, 41018, 'Ny', 4)",
        "insert into text_field_query_instance_values values (99, 500118, 414, 'x')",
    )
    work = Work(tmp_path / "new", tmp_path / "home")
    result = delivered(work, SERVICE)
    assert (result["quarantined"], result["objects"]["quarantined"]) == ({"MAP171": 1}, 1)
    assert result["balanced"] is True


def test_the_files_are_the_bytes_of_the_source(whole, sources):
    work, general, service = whole
    _, truth, apart = sources
    stored = archived_documents(work, "avesta")
    assert general["documents"]["archived"] + service["documents"]["archived"] <= len(stored)
    with contextlib.closing(sqlite3.connect(work.sources / "felanmalan.sqlite")) as connection:
        assert connection.execute("select count(*) from file_upload_files").fetchone()[0] == len(apart.cases)
    assert general["documents"]["listed"] == len(truth.documents)
    assert service["documents"]["listed"] == len(apart.documents)


def test_documents_of_several_tables_with_one_key_are_told_apart(whole):
    """Attachments of cases and of messages have the same numbers; a package takes each name once."""
    work, _, _ = whole
    names = ("flowengine_flow_instance_attachments", "flowengine_external_message_attachments")
    keys = [
        {key for (key,) in query(work.sources / oep.DATABASE, f"select attachmentID from {name}")}
        for name in names
    ]
    assert keys[0] & keys[1]
    assert_valid(work, "avesta", len(work.packages("avesta")))


def test_a_second_run_finds_nothing_new(whole):
    work, general, _ = whole
    assert_nothing_new(work, GENERAL, general)
