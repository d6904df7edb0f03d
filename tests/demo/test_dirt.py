"""Every kind of dirt is there, where the truth says, and nowhere else: found again from the sources alone."""

import re
import unicodedata

import pytest

KINDS = {
    "orphan_events",
    "closed_before_opened",
    "unmapped_code",
    "duplicate_reference",
    "missing_file",
    "empty_file",
    "no_register_row",
    "twins_case",
    "twins_unicode",
    "control_characters",
    "mojibake",
    "wrong_extension",
    "voided",
    "secret",
    "secret_documents",
    "protected_identity",
    "unregistered_files",
}
SIGNATURES = {
    ".pdf": b"%PDF-",
    ".docx": b"PK\3\4",
    ".jpg": b"\xff\xd8\xff",
    ".png": b"\x89PNG",
    ".xml": b"<?xml",
    ".eml": b"Return-Path:",
}


def in_order(keys):
    return sorted(map(str, keys), key=int)


def test_every_kind_is_there_and_says_by_what_key_it_is_listed(world):
    assert set(world.dirt) == KINDS == set(world.truth["keys"])
    assert all(world.dirt.values())


def test_each_case_carries_one_kind_at_most(world):
    carriers = [key for keys in world.truth["dirt_cases"].values() for key in keys]
    assert len(carriers) == len(set(carriers))


def test_orphan_events(world):
    query = 'SELECT HandelseID FROM "Ärende_Händelser" WHERE ArendeID NOT IN (SELECT ArendeID FROM "Ärende")'
    assert world.dirt["orphan_events"] == in_order(key for (key,) in world.sql(query))


def test_closed_before_opened(world):
    query = 'SELECT ArendeID FROM "Ärende" WHERE AvslutsDatum < OppnandeDatum'
    assert world.dirt["closed_before_opened"] == in_order(key for (key,) in world.sql(query))


def test_unmapped_codes_are_of_no_type_at_all_and_sit_in_all_three_columns(world):
    known = {code for (code,) in world.sql("SELECT Kod FROM Klartext")}
    found = {}
    for table, column in (
        ("Ärende", "ArendeTyp"),
        ("Ärende_Beslut", "BeslutsTyp"),
        ("Ärende_Händelser", "HandelseTyp"),
    ):
        rows = world.sql(f'SELECT ArendeID, "{column}" FROM "{table}"')
        found[table] = {str(key) for key, code in rows if code not in known}
    orphans = {str(key) for (key,) in world.sql('SELECT ArendeID FROM "Ärende_Händelser"')} - set(
        world.references
    )
    found["Ärende_Händelser"] -= orphans
    assert all(found.values())
    assert world.dirt["unmapped_code"] == in_order(set().union(*found.values()))


def test_clean_codes_are_of_their_own_type(world):
    codes = set(world.sql("SELECT Kodtyp, Kod FROM Klartext"))
    unmapped = set(world.dirt["unmapped_code"])
    for table, column, types in (
        ("Ärende", "ArendeTyp", "A"),
        ("Ärende_Händelser", "HandelseTyp", "D"),
        ("Ärende_Beslut", "BeslutsTyp", "B"),
    ):
        for key, code in world.sql(f'SELECT ArendeID, "{column}" FROM "{table}"'):
            assert str(key) in unmapped or (types, code) in codes or (f"{types} ", code) in codes


def test_a_code_that_exists_only_with_a_trailing_space_in_its_type(world):
    (code,) = {code for (code,) in world.sql("SELECT Kod FROM Klartext WHERE Kodtyp = 'B '")}
    assert not world.sql("SELECT 1 FROM Klartext WHERE Kodtyp = 'B' AND Kod = ?", code)
    rows = world.sql('SELECT DISTINCT ArendeID FROM "Ärende_Beslut" WHERE BeslutsTyp = ?', code)
    listed = world.truth["code_in_type_b_space"]
    assert in_order(key for (key,) in rows) == in_order(pair["ArendeID"] for pair in listed)
    assert all(world.references[pair["ArendeID"]] == pair["DiarieNr"] for pair in listed)


def test_reference_given_twice_has_one_row_in_the_register(world):
    rows = world.sql('SELECT DiarieNr, ArendeID FROM "Ärende" ORDER BY ArendeID')
    keys = {}
    for code, key in rows:
        keys.setdefault(code, []).append(str(key))
    pairs = [{"DiarieNr": code, "ArendeIDs": ids} for code, ids in sorted(keys.items()) if len(ids) > 1]
    assert world.dirt["duplicate_reference"] == pairs
    rows = [row["DiarieNr"] for row in world.register if row["Löpnr"] == "0"]
    assert len(rows) == len(set(rows))
    assert all(pair["DiarieNr"] in rows for pair in pairs)


def test_missing_files(world):
    assert world.dirt["missing_file"] == sorted({row["Filnamn"] for row in world.document_rows} - world.files)


def test_unregistered_files_inside_and_outside_of_case_folders(world):
    found = sorted(world.files - {row["Filnamn"] for row in world.document_rows})
    assert world.dirt["unregistered_files"] == found
    assert {bool(re.search(r"/ALK-", path)) for path in found} == {True, False}


def test_empty_files(world):
    assert world.dirt["empty_file"] == sorted(
        path for path in world.files if not (world.share / path).stat().st_size
    )


def test_cases_without_a_row_in_the_register(world):
    absent = [key for key, code in world.references.items() if code not in world.case_rows]
    assert world.dirt["no_register_row"] == in_order(absent)


@pytest.mark.parametrize(
    ("kind", "fold"),
    [("twins_case", str.casefold), ("twins_unicode", lambda path: unicodedata.normalize("NFC", path))],
)
def test_twins_differ_on_disk_and_in_content(world, kind, fold):
    groups = {}
    for path in world.files:
        groups.setdefault(fold(path), []).append(path)
    twins = [group for group in groups.values() if len(group) > 1]
    assert world.dirt[kind] == sorted(path for group in twins for path in group)
    for one, other in twins:
        assert (world.share / one).read_bytes() != (world.share / other).read_bytes()
        assert {one, other} <= {row["Filnamn"] for row in world.document_rows}


def test_control_characters_in_titles_of_cases_and_documents(world):
    hits = [row for row in world.register if re.search(r"[\x00-\x1f]", row["Rubrik"])]
    assert {row["Löpnr"] == "0" for row in hits} == {True, False}
    codes = {row["DiarieNr"] for row in hits}
    assert world.dirt["control_characters"] == in_order(
        k for k, code in world.references.items() if code in codes
    )
    assert not any(
        re.search(r"[\x00-\x1f]", "".join(row.values()).replace(row["Rubrik"], "")) for row in world.register
    )


def test_mojibake(world):
    assert world.dirt["mojibake"] == world.ids_where(lambda row: "Ã" in row["Rubrik"])
    broken = next(row["Rubrik"] for row in world.case_rows.values() if "Ã" in row["Rubrik"])
    assert broken.encode("cp1252").decode().startswith("Ansökan om tillstånd")


def test_wrong_extensions(world):
    wrong = set()
    for path in world.files - set(world.dirt["empty_file"]):
        data = (world.share / path).read_bytes()
        suffix = "." + path.rpartition(".")[2]
        true = next((kind for kind, start in SIGNATURES.items() if data.startswith(start)), ".txt")
        if suffix != true:
            wrong.add(path)
    assert world.dirt["wrong_extension"] == sorted(wrong)


def test_voided_secret_and_protected_cases(world):
    assert world.dirt["voided"] == world.ids_where(lambda row: row["Makulerad"] == "J")
    assert world.dirt["secret"] == world.ids_where(lambda row: row["Sekretess"] == "S")
    assert world.dirt["protected_identity"] == world.ids_where(lambda row: row["SkyddadIdentitet"])
    values = {row["SkyddadIdentitet"] for row in world.case_rows.values()}
    assert values == {"", "sekretessmarkering", "skyddad folkbokföring", "fingerade uppgifter"}
    assert {row["Makulerad"] for row in world.case_rows.values()} == {"J", "N"}


def test_secrecy_always_has_its_ground(world):
    assert all((row["Sekretess"] == "S") == row["Lagrum"].startswith("OSL ") for row in world.register)
    secret = sorted(row["Filnamn"] for row in world.document_rows if row["Sekretess"])
    assert world.dirt["secret_documents"] == secret
