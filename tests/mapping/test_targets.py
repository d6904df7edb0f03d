"""Every type of the archive model can be filled by a mapping, goes into a package and comes out of it."""

import io

import pytest
from tests.mapping.kit import BASE, case, loaded, one, record, run
from tests.mapping.kit import context as said

from leverans.errors import ConfigurationError
from leverans.formats import profiles
from leverans.mapping.tools.modelpage import render
from leverans.model import Class, Custody, Fonds, Place, assemble
from leverans.packaging.erms import ErmsWriter
from leverans.packaging.names import document_paths
from leverans.packaging.reading import read_cases
from leverans.testing.builders import an_order

PARTS = """\
    fonds:
      - fields: {name: {from: unit.NAMN}, reference_code: {constant: SE/Y/1}, valid_to: {constant: "2010-12-31"}}
    classes:
      - fields: {code: {from: PROCESS}, scheme: {constant: Diarieplan}, valid_from: {constant: "1998-01-01"}}
    places:
      - fields: {designation: {from: LAG}, type: {constant: fastighet}}
      - fields: {north: {constant: "6765000.5"}, east: {constant: "478000"}, crs: {constant: "EPSG:3006"}}
    custody:
      - fields: {holder: {from: unit.NAMN}}
      - fields: {holder: {constant: Bolaget AB}, kind: {constant: successor}, authority: {constant: KF § 1}}
    agents:
"""
BELOW = """\
    children:
      akter: {entity: akt, on: {ID: CASE}, order: [NR]}
    drop:
      TOUCHED: {technical: tidpunkt för senaste läsning}
  akt:
    model: subcase
    from: HANDLING
    key: [HID]
    where:
      utkast: {keep: {DRAFT: {not_in: ["1"]}}, otherwise: exclude, because: utkast}
    fields:
      title: {concat: [{constant: "Akt "}, RUBRIK]}
      classification: {lookup: plan, by: {constant: P1}, take: [rule, authority]}
    places:
      - fields: {address: {from: RUBRIK}}
    children:
      records: {entity: record, same_row: true}
  record:
    from: HANDLING
    key: [HID]
    fields:
      number: {from: NR, type: int}
      title: {from: RUBRIK, required: true}
      retention: {lookup: plan, by: {constant: P2}, take: [rule, authority]}
"""
TEXT = (
    BASE[: BASE.index("    children:\n")].replace("    agents:\n", PARTS)
    + BELOW
    + BASE[BASE.index("    children:\n      fil:") :]
)


def test_every_part_of_a_case_is_made(tmp_path):
    mapped = run(tmp_path, [case(LAG="MORA 1:2")], text=TEXT)
    (made,) = assemble(mapped.tables)
    assert made.fonds == (Fonds("Kansliet", "SE/Y/1", valid_to="2010-12-31"),)
    assert made.classes == (Class("P1", scheme="Diarieplan", valid_from="1998-01-01"),)
    assert made.places == (
        Place("fastighet", "MORA 1:2"),
        Place(north="6765000.5", east="478000", crs="EPSG:3006"),
    )
    assert made.custody == (Custody("Kansliet"), Custody("Bolaget AB", "successor", authority="KF § 1"))
    assert (made.creator, made.creator_from, made.creator_to) == ("Nämnden", "1990-01-01", "2010-12-31")


def test_a_place_without_a_place_is_none(tmp_path):
    mapped = run(tmp_path, [case(LAG="")], text=TEXT)
    assert one(mapped, "place")["north"] == "6765000.5"  # a type alone is no place


def test_an_open_creator_has_no_last_day(tmp_path):
    mapped = run(tmp_path, [case()], said=said(creators=(("Nämnden", None, None),)))
    assert (one(mapped)["creator"], one(mapped)["creator_from"], one(mapped)["creator_to"]) == (
        "Nämnden", None, None,
    )  # fmt: skip


def test_sub_cases_hold_their_records_and_inherit_protection(tmp_path):
    rows = [record(1), record(2, RUBRIK="Karta"), record(3, DRAFT="1")]
    mapped = run(tmp_path, [case()], rows, text=TEXT)
    (made,) = assemble(mapped.tables)
    assert [(part.title, part.kind, part.classification_code) for part in made.subcases] == [
        ("Akt Brev", "subfile", "keep"),
        ("Akt Karta", "subfile", "keep"),
    ]
    assert [[r.title for r in part.records] for part in made.subcases] == [["Brev"], ["Karta"]]
    assert {r.retention_rule for r in made.all_records()} == {"10"}
    assert {part.access for part in made.all_subcases()} == {made.access}
    assert made.subcases[1].places == (Place(address="Karta"),)
    assert [file.name for r in made.all_records() for file in r.files] == ["1.pdf", "2.pdf"]
    roles = {row["key"]: row["root"] for row in mapped.rows.to_pylist() if row["stream"] == "d.HANDLING"}
    assert roles == {"h1": made.id, "h2": made.id, "h3": None}


def test_nothing_below_a_protected_person_is_seen(tmp_path):
    mapped = run(tmp_path, [case(SKYDD="J")], [record(1)], text=TEXT)
    (made,) = assemble(mapped.tables)
    assert {thing.access for thing in (made, *made.all_subcases(), *made.all_records())} == {
        "existence hidden"
    }


def test_what_a_mapping_made_goes_through_a_package_unchanged(tmp_path):
    (made,) = assemble(run(tmp_path, [case(LAG="MORA 1:2")], [record(1), record(2)], text=TEXT).tables)
    writer, paths = ErmsWriter(an_order()), document_paths("K", made)
    text = writer.head() + writer.aggregation(made, paths) + writer.tail()
    files = {path: file for names, r in zip(paths, made.all_records(), strict=True)
             for path, file in zip(names, r.files, strict=True)}  # fmt: skip
    names = ("id", "sha256", "size", "crc32", "format", "format_version", "mime", "basis", "reference")
    facts = {path: {name: getattr(file, name) for name in names} for path, file in files.items()}
    (found,) = read_cases(io.BytesIO(text.encode()), profiles.load("fgs-2.0"), facts.__getitem__)
    rows = made.rows
    assert {row.stream for row in rows} == {"d.ARENDE", "d.HANDLING"}
    assert [found] == [type(made)(**{name: getattr(made, name) for name in made.__slots__} | {"rows": ()})]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("    places:\n      - fields: {address: {from: RUBRIK}}\n",
         "    fonds:\n      - fields: {name: {from: RUBRIK}}\n", "MAP054"),
        ("kind: {constant: successor}", "kind: {constant: arving}", "MAP063"),
        ("      - fields: {holder: {from: unit.NAMN}}\n", "      - fields: {kind: {constant: successor}}\n", "MAP055"),
    ],
)  # fmt: skip
def test_what_the_model_lacks_is_told_before_any_row_is_read(tmp_path, old, new, code):
    text = TEXT.replace(old, new)
    assert text != TEXT
    with pytest.raises(ConfigurationError) as raised:
        run(tmp_path, [case()], text=text)
    assert code in {problem.code for problem in raised.value.problems}


def test_a_record_holds_no_sub_case(tmp_path):
    text = TEXT.replace(
        "      fil: {entity: file, same_row: true}", "      fil: {entity: akt, same_row: true}"
    )
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, text)
    assert "MAP027" in {problem.code for problem in raised.value.problems}


def test_the_page_of_the_model_is_current(root):
    assert (root / "docs/archive-model.md").read_text(encoding="utf-8") == render()
