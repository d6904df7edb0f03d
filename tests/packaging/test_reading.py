"""What is written is read back equal: nothing of the model is lost in ERMS, whatever the source said."""

import dataclasses
import io
from importlib.resources import as_file, files

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.support.objects import CASES

from leverans.formats import profiles
from leverans.model import Agent, Class, Custody, Event, Fonds, Place, Relation, Restriction, SubCase
from leverans.packaging.erms import ErmsWriter
from leverans.packaging.names import document_paths
from leverans.packaging.opening import read_package
from leverans.packaging.reading import read_cases
from leverans.testing.builders import a_case, a_file, a_full_case, a_record, an_id, an_order
from leverans.validation import validate

FGS = profiles.load("fgs-2.0")
EARK = profiles.load("eark-2.2")
PROFILES = [FGS, EARK]
FACTS = ("id", "sha256", "size", "crc32", "format", "format_version", "mime", "basis", "reference")
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def nested_case():
    inner = SubCase(
        an_id("sub/2"), "2", "Bilagor", kind="volume", reference_code="KS 1/1/B", records=(a_record("inner"),),
        classes=(Class("3.4", "Bygga", "Diarieplan", "1998-01-01", "2014-12-31"),),
    )  # fmt: skip
    outer = SubCase(
        an_id("sub/1"), "1", "Överklagande", status="closed", retention_rule="5", created="2004-01-02",
        records=(a_record("outer", files=(a_file(b"a"),)),), subcases=(inner,),
        places=(Place("fastighet", "MORA 1:2", north="6765000.5", east="478000.1", crs="EPSG:3006"),),
    )  # fmt: skip
    return a_case(
        records=(a_record("own", retention_rule="keep"),), subcases=(outer,),
        creator="Byggnadsnämnden", creator_from="1992-01-01", creator_to="2006-12-31",
        fonds=(Fonds("Byggnadsnämnden", "SE/X/1", "Byggnadsnämnden", "212000-0000", "1992-01-01", "2006-12-31"),),
        custody=(Custody("Stadsarkivet", "successor", "2020-01-01", None, "KF § 3"),),
    )  # fmt: skip


def untranslated_case():
    """Words that the standard has, but the model does not: they are not taken for the model's own."""
    return a_case(
        restrictions=(Restriction("confidential", "none", "x"), Restriction("secrecy", "none", "y")),
        events=(Event("decision_date", date="2003-01-02"), Event("decision", date="2003-01-02")),
        agents=(Agent("contact_person", "A"), Agent("other", "B")),
        records=(
            a_record("1", medium="digitial", direction="internal_memo_without_follow-up"),
            a_record("2", medium="physical_and_digital", direction="internal"),
        ),
    )


def written(case, profile=FGS):
    writer = ErmsWriter(an_order(profile=profile))
    paths = document_paths("K", case)
    inner = writer.aggregation(case, paths)
    return (writer.head() + inner + writer.tail()).encode(), paths


def told(file, name):
    """Give what PREMIS tells of a file: of what may be missing nothing blank, and no unknown format."""
    value = getattr(file, name)
    may_lack = name in {"reference", "format", "format_version"} and value is not None
    return None if may_lack and (not value.strip() or (name, value) == ("format", "unknown")) else value


def read_back(case, profile):
    text, paths = written(case, profile)
    files = [file for record in case.all_records() for file in record.files]
    known = dict(zip((path for names in paths for path in names), files, strict=True))
    facts = {path: {name: told(file, name) for name in FACTS} for path, file in known.items()}
    (found,) = read_cases(io.BytesIO(text), profile, facts.__getitem__)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(CASES, st.sampled_from(PROFILES))
@example(a_full_case(), EARK)
@example(nested_case(), EARK)
@example(a_full_case(), FGS)
@example(nested_case(), FGS)
@example(a_case(), FGS)
@example(untranslated_case(), FGS)
@example(untranslated_case(), EARK)
def test_every_object_of_the_model_comes_back_from_erms_as_it_was(case, profile):
    assert read_back(case, profile) == dataclasses.replace(case, rows=())


def coded(*codes, number=None):
    """Records by their codes, the second with the number."""
    return tuple(
        a_record(str(place), reference_code=code, number=number if place == 2 else None)
        for place, code in enumerate(codes, start=1)
    )


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        (coded(None, "X:1"), ["X:1.2", "X:1"]),
        (coded("X:2", None), ["X:2", "X:2.2"]),
        (coded(None, None, number=0), ["X:1", "X:0"]),
        (coded(None, None, number=1), ["X:1", "X:1.2"]),
        (coded("X:1.2", None, "X:1", None, number=1), ["X:1.2", "X:1.3", "X:1", "X:4"]),
        (coded("X:1", "X:2"), ["X:1", "X:2"]),
    ],
)
def test_a_made_code_is_never_that_of_a_sibling(records, wanted):
    case = a_case(reference_code="X", records=records)
    for profile in PROFILES:
        tree = etree.fromstring(written(case, profile)[0])
        codes = [one.text for one in tree.iterfind(".//{*}record/{*}objectId")]
        assert codes == wanted
        assert read_back(case, profile) == dataclasses.replace(case, rows=())


def test_a_made_code_of_a_sub_case_is_never_that_of_a_sibling():
    parts = tuple(
        SubCase(an_id(f"sub/{key}"), str(key), "Del", reference_code=code)
        for key, code in ((1, None), (2, "X/1"))
    )
    case = a_case(reference_code="X", subcases=parts)
    tree = etree.fromstring(written(case)[0])
    assert [one.text for one in tree.iterfind(".//{*}aggregation/{*}objectId")] == ["X", "X/1.2", "X/1"]
    assert read_back(case, FGS) == dataclasses.replace(case, rows=())


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
@pytest.mark.parametrize("description", [None, " ", "Mer om det"])
def test_an_aggregation_without_a_title_to_read_has_a_description(make, blank, description):
    """ERMS211: of the case, of the sub-case, and of what holds the records beside it."""
    part = SubCase(an_id("sub/1"), "1", blank, description=description)
    case = a_case(title=blank, description=description, records=(a_record(),), subcases=(part,))
    package = make([case])
    assert [one.code for one in validate(package.path).findings if one.severity == "error"] == []
    assert list(read_package(package.path, FGS)) == [case]


def test_a_case_with_sub_cases_is_valid_and_holds_one_kind_of_thing():
    text, _paths = written(nested_case())
    tree = etree.fromstring(text)
    with as_file(files("leverans.formats").joinpath("profiles", FGS.subset_names["erms"])) as path:
        etree.XMLSchema(etree.parse(path)).assertValid(tree)
    names = {"e": FGS.namespaces["erms"]}
    for one in tree.iterfind(".//e:aggregation", names):
        assert one.find("e:record", names) is None or one.find("e:aggregation", names) is None
    titles = [one.findtext("e:title", None, names) for one in tree.iterfind(".//e:aggregation", names)]
    assert titles == ["Ärende 1", "Ärende 1", "Överklagande", "Överklagande", "Bilagor"]
    assert tree.findtext(".//e:archivalHistory/e:historyLine", None, names) == (
        "Stadsarkivet; successor; 2020-01-01–; KF § 3"
    )
    assert tree.findtext(".//e:identification[@identificationType='fonds']", None, names) == "SE/X/1"
    assert [one.get("classificationId") for one in tree.iterfind(".//e:classification", names)] == [
        "Diarieplan"
    ]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_what_goes_into_a_package_comes_out_of_it(make, profile):
    cases = [a_full_case(), nested_case(), a_case("paper")]
    package = make(cases, [b"a", b"b"], profile=profile)
    found = list(read_package(package.path, profile))
    assert found == cases


@pytest.mark.parametrize("profile", PROFILES, ids=["fgs", "eark"])
def test_a_text_of_any_length_is_read_back(make, profile):
    long = "å" * 5_000_001  # more bytes than the parser takes in one text unless told
    case = a_case(description=long, records=(a_record(files=(a_file(b"x", reference=long),)),))
    assert list(read_package(make([case], [b"x"], profile=profile).path, profile)) == [case]


@pytest.mark.parametrize("profile", PROFILES, ids=["fgs", "eark"])
@pytest.mark.parametrize("empty", ["", " "])
def test_blank_values_make_a_valid_package_and_come_back(make, profile, empty):
    file = a_file(
        b"x", name=empty, reference=empty, format=empty, format_version=empty, puid=empty, title=empty
    )
    unknown = a_file(b"x", "b", format="unknown")
    record = a_record(files=(file, unknown), direction=empty, relations=(Relation(empty, "x"),))
    case = a_case(
        kind=empty,
        records=(record,),
        agents=(Agent(empty, "A"), Agent("sender", "B")),
        relations=(Relation("replaces", "y"), Relation(empty, "x")),
        events=(Event(empty, date="2003-01-02"), Event(empty)),
        restrictions=(Restriction("secrecy", "full"), Restriction("secrecy", "full", text=""),
                      Restriction("secrecy", "full"), Restriction("secrecy", "none", "OSL 1")),
    )  # fmt: skip
    package = make([case], [b"x"], profile=profile)
    assert [one.code for one in validate(package.path).findings if one.severity == "error"] == []
    assert list(read_package(package.path, profile)) == [case]
