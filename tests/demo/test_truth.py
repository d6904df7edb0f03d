"""The counts and the expected fates follow from the sources."""

import csv

QUARANTINING = (
    "closed_before_opened",
    "unmapped_code",
    "missing_file",
    "empty_file",
    "no_register_row",
    "duplicate_reference",
)


def test_the_counts_are_those_of_the_sources(world):
    counts = world.truth["counts"]
    tables = [name for (name,) in world.sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert counts["tables"] == {table: world.sql(f'SELECT count(*) FROM "{table}"')[0][0] for table in tables}
    assert counts["files"] == len(world.files)
    assert counts["register_rows"] == len(world.register)


def test_the_cases_are_as_many_as_asked_for(world):
    assert (
        world.truth["cases"] == world.truth["counts"]["tables"]["Ärende"] == world.truth["expected"]["found"]
    )


def test_every_case_has_exactly_one_fate(world):
    expected = world.truth["expected"]
    fates = [expected[name] for name in ("quarantined", "excluded", "protected")]
    keys = [key for fate in fates for key in fate]
    assert len(keys) == len(set(keys))
    assert set(keys) <= set(world.references)
    assert expected["found"] == expected["archived_open"] + len(keys)


def test_quarantine_is_the_union_of_its_reasons(world):
    expected = world.truth["expected"]
    assert set(expected["quarantined_by_reason"]) == set(QUARANTINING)
    union = [key for keys in expected["quarantined_by_reason"].values() for key in keys]
    assert expected["quarantined"] == sorted(union, key=int)
    twice = [key for pair in world.dirt["duplicate_reference"] for key in pair["ArendeIDs"]]
    assert expected["quarantined_by_reason"]["duplicate_reference"] == sorted(twice, key=int)


def test_bad_files_quarantine_the_case_they_belong_to(world):
    owners = {row["Filnamn"]: row["DiarieNr"] for row in world.document_rows}
    for kind in ("missing_file", "empty_file"):
        codes = {owners[path] for path in world.dirt[kind]}
        ids = world.truth["expected"]["quarantined_by_reason"][kind]
        assert {world.references[key] for key in ids} == codes


def test_paper_only_cases_have_a_volume_and_no_file(world):
    with_files = {row["DiarieNr"] for row in world.document_rows}
    paper = set(world.truth["expected"]["paper_only"])
    for key, code in world.references.items():
        row = world.case_rows.get(code)
        shadow = any(key == pair["ArendeIDs"][1] for pair in world.dirt["duplicate_reference"])
        assert (key in paper) == (row is not None and code not in with_files and not shadow)
        assert key not in paper or row["Volym"]


def test_a_third_is_paper_and_there_are_five_files_to_a_case(world):
    cases = world.truth["cases"]
    assert 0.25 <= len(world.truth["expected"]["paper_only"]) / cases <= 0.35
    assert 4 <= len(world.files) / cases <= 6


def test_unclosed_cases_are_listed(world):
    rows = world.sql('SELECT ArendeID FROM "Ärende" WHERE AvslutsDatum IS NULL ORDER BY ArendeID')
    assert world.truth["expected"]["unclosed"] == [str(key) for (key,) in rows]
    assert rows


def test_the_register_is_written_as_the_office_wrote_it(world):
    data = (world.root / "sources" / "register.csv").read_bytes()
    header = "DiarieNr;Löpnr;Rubrik;Filnamn;Riktning;Datum;Makulerad;Sekretess;Lagrum;Motpart;SkyddadIdentitet;Volym\r\n"
    assert data.startswith(header.encode())
    assert data.count(b"\r\n") == data.count(b"\n") == len(world.register) + 1
    assert b'"Tj\xc3\xa4nsteskrivelse; f\xc3\xb6rslag till beslut"' in data
    assert not any(None in row for row in csv.DictReader(data.decode().splitlines(), delimiter=";"))
