"""The database has the shape of the real one and holds nobody real."""

import re

COLUMNS = {
    "Klartext": "Kodtyp varchar(2), Kod varchar(5), Klartext varchar(50)",
    "Objekt": "ObjektID int, AgarID int, ServeringsNamn varchar(40), UpplagdDatum datetime, AndradDatum datetime",
    "Ägare": "AgarID int, OrganisationsNr varchar(12), Bolagsnamn varchar(40), UpplagdDatum datetime, AndradDatum datetime",
    "Ärende": "ArendeID int, ObjektID int, ArendeTyp varchar(6), HandlaggarID varchar(5), DiarieNr varchar(30), OppnandeDatum datetime, "
    "AvslutsDatum datetime, UpplagdDatum datetime, AndradDatum datetime",
    "Ärende_Beslut": "BeslutsID int, ArendeID int, BeslutsTyp varchar(5), BeslutsDatumTid datetime",
    "Ärende_Händelser": "HandelseID int, ArendeID int, HandelseTyp varchar(5), HandelseDatumTid datetime, UpplagdDatum datetime, "
    "AndradDatum datetime, ObjektID int, DiarieNr varchar(30)",
}
INDEXES = {"IX_AgarID", "IX_ObjektID", "IX_ÄrendeID", "IX_ArendeID"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")


def checksum(digits):
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(digits)]
    return sum(v // 10 + v % 10 for v in doubled) % 10


def test_tables_columns_types_and_indexes(world):
    names = {name for (name,) in world.sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == set(COLUMNS)
    for table, wanted in COLUMNS.items():
        found = world.sql("SELECT name, type FROM pragma_table_info(?)", table)
        assert ", ".join(f"{name} {kind.lower()}" for name, kind in found) == wanted
    indexes = {
        name
        for (name,) in world.sql("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    }
    assert indexes == INDEXES
    assert world.sql("PRAGMA integrity_check") == [("ok",)]


def test_no_value_is_longer_than_its_column(world):
    for table, columns in COLUMNS.items():
        for name, size in re.findall(r"(\w+) varchar\((\d+)\)", columns):
            assert not world.sql(f'SELECT "{name}" FROM "{table}" WHERE length("{name}") > {size}')


def test_moments_are_written_as_the_source_writes_them(world):
    for table, columns in COLUMNS.items():
        for name in re.findall(r"(\w+) datetime", columns):
            values = world.sql(f'SELECT "{name}" FROM "{table}" WHERE "{name}" IS NOT NULL')
            assert all(MOMENT.fullmatch(value) for (value,) in values)


def test_codes_keep_their_leading_zeros_and_spaces(world):
    codes = set(world.sql("SELECT Kodtyp, Kod FROM Klartext"))
    assert {("B", "0100"), ("O", "0100"), ("A", "04"), ("B", "Deleg"), ("D", "REMP")} <= codes
    assert len({kind for kind, _ in codes if kind == "B "}) == 1
    assert all(isinstance(code, str) for _, code in codes)


def test_numbers_of_companies_belong_to_nobody(world):
    numbers = [number for (number,) in world.sql("SELECT OrganisationsNr FROM Ägare")]
    assert all(re.fullmatch(r"556\d{3}-\d{4}", number) for number in numbers)
    assert all(checksum(number.replace("-", "")) for number in numbers)


def test_cases_belong_to_places_that_are_there_and_are_not_numbered_without_gaps(world):
    assert not world.sql('SELECT 1 FROM "Ärende" WHERE ObjektID NOT IN (SELECT ObjektID FROM Objekt)')
    assert not world.sql("SELECT 1 FROM Objekt WHERE AgarID NOT IN (SELECT AgarID FROM Ägare)")
    ids = [key for (key,) in world.sql('SELECT ArendeID FROM "Ärende" ORDER BY ArendeID')]
    assert len(ids) == len(set(ids)) < ids[-1] - ids[0]


def test_references_name_the_year_in_which_the_case_was_opened(world):
    shadows = {pair["ArendeIDs"][1] for pair in world.dirt["duplicate_reference"]}
    for key, code, opened in world.sql('SELECT ArendeID, DiarieNr, OppnandeDatum FROM "Ärende"'):
        assert re.fullmatch(r"ALK-(199[6-9]|20[01]\d|202[0-2])-\d{5}", code)
        assert str(key) in shadows or code[4:8] == opened[:4]


def test_each_case_has_its_events_and_decisions(world):
    events = dict(world.sql('SELECT ArendeID, count(*) FROM "Ärende_Händelser" GROUP BY 1'))
    assert all(2 <= events[int(key)] <= 6 for key in world.references)
    decisions = world.sql('SELECT count(*) FROM "Ärende_Beslut" GROUP BY ArendeID')
    unmapped = 1
    assert max(count for (count,) in decisions) <= 2 + unmapped
    assert not world.sql("""SELECT 1 FROM "Ärende_Händelser" WHERE HandelseTyp = 'ÅTÖPP'""")
