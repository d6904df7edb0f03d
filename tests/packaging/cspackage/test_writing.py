"""What is written is valid, the same twice, and read back: what the standard cannot say is reported, never lost."""

import dataclasses
import hashlib
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.packaging.cspackage.conftest import PROFILE, packed, received
from tests.packaging.test_official import wicked_case
from tests.packaging.test_reading import nested_case, untranslated_case
from tests.support.objects import CASES

from leverans.errors import ConfigurationError
from leverans.formats import xmltext
from leverans.model import Agent, Case, Record, Restriction, SubCase
from leverans.packaging import Organisation
from leverans.packaging.cspackage import streaming
from leverans.packaging.cspackage.beyond import amended, differences, leaves
from leverans.packaging.cspackage.build import build
from leverans.packaging.cspackage.cases import CaseWriter, arranged_case, arranged_record
from leverans.packaging.cspackage.nesting import nested, skeletons
from leverans.testing.builders import a_case, a_file, a_full_case, a_record, an_order, many_cases
from leverans.validation import validate

BARE = dataclasses.replace(PROFILE, words=PROFILE.words | {"beyond": {"carried": "none"}})
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
FAST = [Phase.explicit, Phase.reuse, Phase.generate]  # shrinking cases takes minutes
CONTENT = b"innehall"
REAL = {"sha256": hashlib.sha256(CONTENT).hexdigest(), "size": len(CONTENT), "crc32": zlib.crc32(CONTENT)}


def grounded(thing):
    """Give every file of a case bytes that are there, and every record and file an id of its own."""

    def record(one, place):
        files = (
            dataclasses.replace(file, id=f"{place}-{at}", **REAL)
            for at, file in enumerate(one.files, start=1)
        )
        return dataclasses.replace(one, id=str(place), files=tuple(files))

    counter = iter(range(1, 10_000))

    def branch(one):
        return dataclasses.replace(
            one,
            records=tuple(record(each, next(counter)) for each in one.records),
            subcases=tuple(map(branch, one.subcases)),
        )

    return branch(thing)


def round_trip(folder, case, profile=PROFILE):
    left = []
    path, _ = packed_reporting(folder, case, profile, left)
    package, (found,) = received(path)
    assert package.findings == []
    assert found.findings == ()
    return found, left


def packed_reporting(folder, case, profile, left):
    from leverans.testing.builders import filled_store

    store = filled_store(folder / "blobs", [CONTENT])
    path = folder / "package.zip"
    return path, build(an_order(profile=profile), [case], store, path, report=left.append)


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW, phases=FAST)
@given(case=CASES)
@example(case=a_full_case(contents=[CONTENT, CONTENT]))
@example(case=nested_case())
@example(case=untranslated_case())
@example(case=wicked_case())
@example(case=a_case())
def test_every_object_of_the_model_comes_back_as_it_was(tmp_path_factory, case):
    case = grounded(case)
    found, left = round_trip(tmp_path_factory.mktemp("p"), case)
    assert found.case == case
    assert all(one.beside for one in left)
    assert set(found.places) == {file.id for record in case.all_records() for file in record.files}


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW, phases=FAST)
@given(case=CASES)
@example(case=a_full_case(contents=[CONTENT]))
@example(case=nested_case())
@example(case=wicked_case())
def test_without_places_of_its_own_what_is_reported_is_exactly_what_is_not_read_back(tmp_path_factory, case):
    case = grounded(case)
    found, left = round_trip(tmp_path_factory.mktemp("p"), case, BARE)
    assert not any(one.beside for one in left)
    pairs = [(arranged_case(case), dataclasses.replace(found.case, records=(), rows=()))]
    pairs += zip(map(arranged_record, case.all_records()), found.case.records, strict=True)
    for (wanted, order), read in pairs:
        lost = differences(wanted, read) + order
        told = [(one.field, one.count) for one in left if one.object == wanted.id and one.field != "rows"]
        assert told == [(one.field, one.leaves) for one in lost]
        assert amended(read, differences(wanted, read)) == wanted
    assert sum(one.count for one in left if one.field == "rows") == len(case.rows)


@pytest.mark.parametrize("name", ["sip.xml", "arendehantering.xml"])
@pytest.mark.parametrize(
    ("cases", "contents"),
    [
        ([a_full_case()], [b"a", b"b"]),
        ([nested_case()], [b"a"]),
        ([wicked_case()], [b"x"]),
        ([a_case(records=(a_record(files=(a_file(b""),)),))], [b""]),
        (list(many_cases(20, files=2)), [CONTENT]),
    ],
    ids=["full", "nested", "wicked", "empty file", "many"],
)
def test_the_official_schemas_pass(tmp_path, official, name, cases, contents):
    import zipfile

    path, _ = packed(tmp_path, cases, contents)
    with zipfile.ZipFile(path) as package:
        official[name].assertValid(etree.fromstring(package.read(name)))


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW, phases=FAST)
@given(case=CASES, carried=st.sampled_from([PROFILE, BARE]))
def test_every_document_of_any_case_passes_the_official_schema(official, case, carried):
    case = grounded(case)
    writer = CaseWriter(carried)
    paths = [
        [f"content/{place}-{at}" for at, _ in enumerate(one.files)]
        for place, one in enumerate(case.all_records())
    ]
    text = writer.head([]) + writer.case(case, paths) + writer.tail()
    official["arendehantering.xml"].assertValid(etree.fromstring(text.encode()))


def test_the_same_package_twice_is_the_same_bytes(tmp_path):
    digests = set()
    for place in ("a", "b"):
        folder = tmp_path / place
        folder.mkdir()
        _, descriptor = packed(folder, [a_full_case(), nested_case()], [b"a", b"b"])
        digests.add(descriptor.sha256)
    assert len(digests) == 1


def test_every_file_but_sip_xml_is_listed_in_it_and_it_comes_last(tmp_path):
    import zipfile

    path, descriptor = packed(tmp_path, list(many_cases(3, files=2)), [CONTENT])
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        tree = etree.fromstring(package.read("sip.xml"))
    hrefs = tree.xpath("//@*[local-name()='href']")
    assert names[-1] == "sip.xml"
    assert sorted(href.removeprefix("file:///") for href in hrefs) == sorted(names[:-1])
    assert descriptor.counts["left_out"] == 0


def test_the_three_agents_and_the_agreement_that_a_receiver_asks_for(tmp_path):
    path, _ = packed(tmp_path, [a_case()])
    package, _found = received(path)
    about = package.about()
    roles = [(one.role, one.type) for one in about.parties]
    assert roles[:3] == [
        ("ARCHIVIST", "ORGANIZATION"),
        ("ARCHIVIST", "SOFTWARE"),
        ("CREATOR", "ORGANIZATION"),
    ]
    assert ("SUBMISSIONAGREEMENT", "LÖ-2026-1") in about.references


def test_a_restriction_that_lets_everything_be_shown_is_not_told_as_one():
    open_case = a_case(
        restrictions=(Restriction("secrecy", "full"), Restriction("copyright", "none", "URL 2 §"))
    )
    text = CaseWriter(PROFILE).case(open_case, [])
    assert 'Typ="Sekretess"' not in text
    assert 'Typ="Annan typ" AnnanTyp="copyright"' in text


def test_a_sender_and_recipients_stand_where_the_standard_has_them():
    agents = (
        Agent("recipient", "A"),
        Agent("sender", "B"),
        Agent("responsible_person", "C", role="byggchef"),
    )
    record = a_record(agents=agents)
    text = CaseWriter(PROFILE).case(a_case(records=(record,)), [[]])
    assert (
        text.index("<Avsandare><Namn>B")
        < text.index("Handläggare: byggchef")
        < text.index("<Mottagare><Namn>A")
    )


def test_counting_values_leaves_out_what_stands_for_itself():
    assert leaves(None) == 0
    assert leaves((Record("1", "", ""),)) == 0
    assert leaves(Agent("sender", "B")) == 2


def test_sub_cases_find_their_records_again_and_lost_ones_hurt_nobody():
    case = nested_case()
    flat = dataclasses.replace(case, records=tuple(case.all_records()), subcases=skeletons(case.subcases))
    assert nested(flat) == case
    assert nested(dataclasses.replace(flat, records=())).subcases[0].records == ()


def test_differences_of_another_kind_are_passed_over():
    from leverans.packaging.cspackage.beyond import Difference

    case = a_case()
    for path in (
        ("nothing",),
        ("agents", "7", "name"),
        ("agents", "x"),
        ("title", "1", "y"),
        ("agents", "order"),
    ):
        assert amended(case, [Difference(path, "1 2")]) == case
    assert isinstance(case, Case)
    assert xmltext.unescape("\\u0041") == "A"


def test_a_made_code_is_never_that_of_a_sibling(tmp_path):
    records = (
        a_record("1", reference_code=None),
        a_record("2", reference_code="X:1"),
        a_record("3", reference_code=None, number=0),
    )
    case = grounded(a_case(reference_code="X", records=records))
    path, _ = packed_reporting(tmp_path, case, PROFILE, [])
    with zipfile.ZipFile(path) as package:
        (name,) = [one for one in package.namelist() if one.endswith("arendehantering.xml")]
        tree = etree.fromstring(package.read(name))
    assert [one.findtext("{*}ArkivobjektID") for one in tree.iterfind(".//{*}ArkivobjektHandling")] == [
        "X:1.2", "X:1", "X:0",
    ]  # fmt: skip
    _, (found,) = received(path)
    assert found.case == case


def test_what_closes_a_subcase_is_told_of_every_record_in_it_and_read_back(tmp_path):
    law = Restriction("secrecy", "none", "OSL 26:1")
    hidden = Agent("counterpart", "Skyddad", protected_identity="ja")
    inner = SubCase("i", "i", "Inre akt", records=(a_record("r", restrictions=(law,)), a_record("s")))
    outer = SubCase("o", "o", "Akt", restrictions=(law, Restriction("copyright", "full")),
                    agents=(hidden, Agent("editor", "Öppen")), subcases=(inner,))  # fmt: skip
    case = grounded(a_case(records=(a_record("own"),), subcases=(outer,)))
    path, _ = packed_reporting(tmp_path, case, PROFILE, [])
    with zipfile.ZipFile(path) as package:
        tree = etree.fromstring(package.read("arendehantering.xml"))
    told = [
        [(one.get("Typ"), one.findtext("{*}Lagrum")) for one in record.iterfind("{*}Restriktion")]
        for record in tree.iterfind(".//{*}ArkivobjektHandling")
    ]
    assert told == [[], [("Sekretess", "OSL 26:1"), ("Integritet", None)],
                    [("Sekretess", "OSL 26:1"), ("Integritet", None)]]  # fmt: skip
    parties = tree.findall(".//{*}ArkivobjektArende/{*}Motpart")
    assert [one.findtext("{*}SkyddadIdentitet") for one in parties] == ["true"]
    _, (found,) = received(path)
    assert found.case == case


LONG = "å" * 5_000_001  # more bytes than the parser takes in one text unless told


def test_a_text_of_any_length_is_written_and_read(tmp_path):
    case = grounded(a_case(description=LONG, records=(a_record(type=LONG),)))
    path, _ = packed_reporting(tmp_path, case, PROFILE, [])
    package, (found,) = received(path)
    assert package.findings == []
    assert found.case == case


def test_a_text_longer_than_the_bound_is_a_finding(tmp_path, monkeypatch):
    path, _ = packed(tmp_path, [a_case(title="x" * 200_000)])
    monkeypatch.setattr(streaming, "LONGEST", 100_000)
    package, _found = received(path)
    assert [one.code for one in package.findings] == ["CSP002"]


@pytest.mark.parametrize(
    "fields",
    [{"creator": Organisation(" ")}, {"submitter": Organisation("")}, {"agreement": {"id": ""}}],
    ids=["creator", "submitter", "agreement"],
)
def test_an_order_without_what_a_receiver_asks_for_is_refused(tmp_path, fields):
    with pytest.raises(ConfigurationError, match="PKG014"):
        packed(tmp_path, [a_case()], **fields)
    assert not list(tmp_path.glob("*.zip"))


def test_a_blank_date_title_and_description_make_a_valid_package(tmp_path):
    case = grounded(a_case(closed="２００３-04-02", records=(a_record(title=" ", description="", sent=" "),)))
    path, _ = packed_reporting(tmp_path, case, PROFILE, [])
    assert [one.code for one in validate(path).findings if one.severity == "error"] == []
    _, (found,) = received(path)
    assert found.case == case
