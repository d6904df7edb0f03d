"""Protection: three axes, access classes, the separate route; closed where nothing is said."""

import re

import pytest
from tests.mapping.kit import BASE, FILES, case, codes_of, document, one, record, run


def restriction(mapped, axis="secrecy"):
    (row,) = [row for row in mapped.tables["restriction"].to_pylist() if row["axis"] == axis]
    return {name: row[name] for name in ("web", "law", "text", "until")}


def test_open_as_metadata(tmp_path):
    mapped = run(tmp_path, [case()], [record(1)])
    assert one(mapped)["access"] == one(mapped, "record")["access"] == "metadata open, file by order"
    assert restriction(mapped) == {"web": "full", "law": None, "text": None, "until": None}


def test_secret_by_law_with_years_from_the_table(tmp_path):
    mapped = run(tmp_path, [case(SEKR="S", LAG="OSL 30 kap. 23 §")], [record(1)])
    assert one(mapped)["access"] == one(mapped, "record")["access"] == "staff"
    assert restriction(mapped) == {
        "web": "none",
        "law": "OSL 30 kap. 23 §",
        "text": None,
        "until": "2023-04-02",
    }
    assert codes_of(mapped) == []


@pytest.mark.parametrize(("opened", "until"), [("2004-02-29", "2024-02-29"), ("2003-12-31", "2023-12-31")])
def test_the_end_of_secrecy(tmp_path, opened, until):
    mapped = run(tmp_path, [case(SEKR="S", LAG="OSL 30 kap 23 § 1 st", OPENED=opened)])
    assert restriction(mapped)["until"] == until


def test_a_leap_day_in_a_year_without(tmp_path):
    files = FILES | {"mappings/_tables/osl.csv": "law;years;start\nOSL 30 kap. 23 §;1;created\n"}
    mapped = run(tmp_path, [case(SEKR="S", LAG="OSL 30:23", OPENED="2004-02-29")], files=files)
    assert restriction(mapped)["until"] == "2005-03-01"


@pytest.mark.parametrize(
    ("law", "code", "kept"),
    [
        ("OSL 99 kap. 1 §", "MAP153", "OSL 99 kap. 1 §"),
        ("se akten", "MAP153", "se akten"),
        ("", "MAP154", None),
        (None, "MAP154", None),
    ],
)
def test_a_law_that_is_not_known_keeps_the_object_closed(tmp_path, law, code, kept):
    mapped = run(tmp_path, [case(SEKR="S", LAG=law)])
    assert codes_of(mapped) == [(code, "warn", "case.restrict.secrecy")]
    assert restriction(mapped) == {"web": "none", "law": kept, "text": None, "until": None}
    assert one(mapped)["access"] == "staff"


def test_the_old_law_is_not_the_new_one(tmp_path):
    mapped = run(tmp_path, [case(SEKR="S", LAG="SekrL 30 kap. 23 §")])
    assert [code for code, *_ in codes_of(mapped)] == ["MAP153"]


@pytest.mark.parametrize("word", ["X", "s", " ", None])
def test_no_match_is_not_on_the_web(tmp_path, word):
    mapped = run(tmp_path, [case(SEKR=word)])
    assert restriction(mapped)["web"] == "none"
    assert one(mapped)["access"] == "staff"


def test_an_axis_that_nobody_answers_is_closed(tmp_path):
    text = BASE.replace("      copyright:\n        - {otherwise: true, web: full}\n", "")
    assert one(run(tmp_path, [case()], text=text))["access"] == "staff"


def test_first_match_wins(tmp_path):
    text = BASE.replace(
        "- {otherwise: true, web: metadata}",
        "- {when: {VOID: {in: [N]}}, web: full}\n        - {otherwise: true, web: none}",
    )
    assert one(run(tmp_path, [case()], text=text))["access"] == "open on the web"
    assert one(run(tmp_path, [case(VOID="J")], text=text))["access"] == "staff"


RECORD = """    restrict:
      secrecy:
        - {when: {RUBRIK: {in: [hemlig]}}, law: {constant: OSL 30 kap. 23 §}, text: {constant: ritning}}
        - {otherwise: true, none: true}
    children:
      fil:"""


def test_a_record_is_never_more_open_than_its_case(tmp_path):
    text = BASE.replace("    children:\n      fil:", RECORD)
    mapped = run(
        tmp_path,
        [case(1), case(2, SEKR="S")],
        [record(1, RUBRIK="hemlig"), record(2), record(3, of=2)],
        text=text,
    )
    access = {row["key"]: row["access"] for row in mapped.tables["record"].to_pylist()}
    assert access == {"h1": "staff", "h2": "metadata open, file by order", "h3": "staff"}
    assert [row["text"] for row in mapped.tables["restriction"].to_pylist() if row["law"]] == ["ritning"]


def test_hidden(tmp_path):
    text = BASE.replace("law: {from: LAG}}", "law: {from: LAG}, hidden: true}")
    mapped = run(tmp_path, [case(SEKR="S", LAG="OSL 30 kap. 23 §")], [record(1)], text=text)
    assert one(mapped)["access"] == one(mapped, "record")["access"] == "existence hidden"
    assert one(mapped)["route"] == "open"


@pytest.mark.parametrize("word", ["sekretessmarkering", "skyddad folkbokföring", "okänt ord", " "])
def test_protected_identity_takes_the_separate_route(tmp_path, word):
    mapped = run(tmp_path, [case(SKYDD=word)], [record(1)])
    assert one(mapped)["route"] == "protected"
    assert one(mapped)["access"] == one(mapped, "record")["access"] == "existence hidden"
    assert one(mapped, "agent")["protected_identity"] == word


def test_an_unmapped_word_of_protection_still_protects(tmp_path):
    text = BASE.replace('{from: SKYDD, null_if: [""]}', '{from: SKYDD, null_if: [""], code: kind}')
    mapped = run(tmp_path, [case(SKYDD="SM")], text=text)
    assert one(mapped)["route"] == "protected"
    (row,) = mapped.verdicts.to_pylist()
    assert (row["code"], row["key"], row["detail"]) == ("MAP105", None, "")


@pytest.mark.parametrize("name", ["", None])
def test_a_protected_person_without_a_name_is_not_lost(tmp_path, name):
    mapped = run(tmp_path, [case(SKYDD="SM", PERSON=name)])
    assert one(mapped)["route"] == "protected"
    assert codes_of(mapped) == [("MAP133", "quarantine", "case.agent.name")]


def test_a_join_that_multiplies_does_not_hide_a_protected_person(tmp_path):
    text = BASE.replace("{from: SKYDD, null_if", "{from: unit.NAMN, null_if").replace(
        "{from: PERSON}", "{constant: någon}"
    )
    text = text.replace(
        "TOUCHED: {", "SKYDD: {technical: xx}\n      PERSON: {technical: xx}\n      TOUCHED: {"
    )
    units = [{"ENH_ID": 7, "NAMN": ""}, {"ENH_ID": 7, "NAMN": "SM"}]
    mapped = run(tmp_path, [case()], units=units, text=text)
    assert one(mapped)["route"] == "protected"
    assert [row["key"] for row in mapped.verdicts.to_pylist()] == [None]


def test_nothing_of_a_protected_case_shows(tmp_path):
    secret = case(
        41,
        DNR="HEMLIG-41",
        TITLE="Åke \x07 Skyddad",
        PERSON="Åke Skyddad",
        SKYDD="SM",
        KIND="X9",
        VOID="J",
        OPENED="x",
    )
    records = [
        record(1, of=41, HID="hemlig-1", RUBRIK="", PATH="hemlig-41/a.pdf"),
        record(2, of=41, HID="hemlig-2", DRAFT="1", PATH=""),
    ]
    documents = [document("hemlig-41/a.pdf"), document("hemlig-41/Åke kopia.pdf"), document("annat/b.pdf")]
    mapped = run(tmp_path, [secret, case(1)], records, documents)
    told = [row["key"] for row in mapped.rows.to_pylist()]
    told += [row[name] for row in mapped.verdicts.to_pylist() for name in ("key", "detail")]
    shown = " ".join(re.sub(r"^p-[0-9a-f]{20}$", "", text or "") for text in told)
    for word in ("41", "hemlig", "Åke", "HEMLIG", "Skyddad", "X9", "x"):
        assert word not in shown, word
    loose = {row["key"] for row in mapped.verdicts.to_pylist() if row["code"] == "MAP123"}
    assert "annat/b.pdf" in loose
    assert len(loose) == 2
