"""Fields of sub-cases and of what has no element in ERMS are found where the package holds them."""

from dataclasses import replace

import pytest
from lxml import etree
from tests.packaging.test_reading import FGS, PROFILES, nested_case, written

from leverans.delivery.archived import Evidence
from leverans.delivery.erms_values import value_at
from leverans.delivery.fieldpath import parse_field
from leverans.errors import UsageError
from leverans.testing.builders import a_full_case


@pytest.fixture(scope="module")
def evidence():
    return archived(nested_case(), FGS)


def archived(case, profile):
    text, _paths = written(case, profile)
    tree = etree.fromstring(text)
    for one in tree.iter():
        one.tag = etree.QName(one).localname
    told = {
        "records": [{"files": [{} for _ in record.files]} for record in case.all_records()],
        "sub_cases": [],
    }
    return Evidence("o", 1, "p", told, tree.find("aggregations/aggregation"), (), (), (), None, ())


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agents[0].address", "Storgatan 1"),
        ("agents[0].phone", "000-00 00 00"),
        ("agents[0].note", "nås efter 17"),
        ("agents[1].city", "Provstad"),
        ("agents[1].address", None),
        ("records[0].files[0].signature", "exists"),
        ("records[0].files[0].signature_type", "PAdES"),
        ("records[0].files[0].signature_date", "2004-01-02T03:04:05Z"),
        ("records[0].files[1].signature", "removed"),
        ("records[0].files[1].signature_date", "2004-01-02T03:04:05Z"),
    ],
)
def test_where_an_agent_is_reached_and_how_a_file_was_signed(profile, field, value):
    assert value_at(archived(a_full_case(), profile), parse_field(field)) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Ärende 1"),
        ("creator_from", "1992-01-01"),
        ("subcases[0].title", "Överklagande"),
        ("subcases[1].title", "Bilagor"),
        ("subcases[1].kind", "volume"),
        ("subcases[0].places[0].designation", "MORA 1:2"),
        ("subcases[1].classes[0].scheme", "Diarieplan"),
        ("fonds[0].reference_code", "SE/X/1"),
        ("custody[0].kind", "successor"),
        ("records[0].title", "Handling own"),
        ("records[0].retention_rule", "keep"),
        ("records[1].title", "Handling outer"),
        ("records[2].title", "Handling inner"),
        ("records[1].files[0].name", None),
    ],
)
def test_the_value_of_a_field(evidence, field, value):
    path = parse_field(field)
    assert path.text == field
    if value is not None:
        assert value_at(evidence, path) == value


def test_there_are_no_more_than_there_are(evidence):
    for field in ("subcases[2].title", "records[3].title", "subcases[0].classes[0].code"):
        with pytest.raises(UsageError) as raised:
            value_at(evidence, parse_field(field))
        assert raised.value.code == "MTL013"


def test_own_elements_are_still_fields_of_the_source():
    assert parse_field("ownElement[2]/value").model == "extra"
    with pytest.raises(UsageError):
        parse_field("subcases[0].route")


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_words_and_numbers_that_the_standard_has_no_place_for_are_told_as_archived(profile):
    case = nested_case()
    record = replace(case.subcases[0].records[0], medium="mikrofilm", number=1 << 40)
    part = replace(case.subcases[0], status="BESLUTAT", records=(record, *case.subcases[0].records[1:]))
    strange = replace(case, status="AVSLUTAT", records=(), subcases=(part, *case.subcases[1:]))
    made = archived(strange, profile)
    wanted = {"status": "AVSLUTAT", "subcases[0].status": "BESLUTAT",
              "records[0].medium": "mikrofilm", "records[0].number": str(1 << 40)}  # fmt: skip
    assert {name: value_at(made, parse_field(name)) for name in wanted} == wanted


def test_the_basis_of_a_place_is_told_as_the_mapping_says_it():
    found = archived(a_full_case(), FGS)
    told = [value_at(found, parse_field(f"locations[{number}].basis")) for number in (0, 1)]
    assert told == ["source", "declared"]


def test_an_axis_by_its_name_alone_is_what_it_says_of_the_web():
    assert parse_field("restrictions[gdpr]") == parse_field("restrictions[personal_data].web")
