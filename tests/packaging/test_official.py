"""Every document that we emit, against the official schemas, for ordinary and for wicked cases."""

import copy
import random
from functools import cache
from importlib.resources import as_file, files

import pytest
from lxml import etree
from tests.packaging.conftest import EAC, EAD, ERMS, INFO, PREMIS, REPRESENTATION
from tests.packaging.test_reading import nested_case

from leverans.formats import profiles
from leverans.model import Agent, Event, Extra, Relation, Restriction
from leverans.packaging import Deviation
from leverans.testing.builders import a_case, a_file, a_full_case, a_record, many_cases
from leverans.validation import validate

WICKED = "\x00\x07\x1f <&>\"' \ud800\uffff \\u0041 Ö O\u0308 \r\n\t"


def wicked_case():
    file = a_file(b"x", f"{WICKED}.Pdf", title=WICKED, reference=WICKED, format=WICKED, format_version=WICKED)
    return a_case(
        WICKED,
        reference_code=WICKED,
        title=WICKED,
        kind=WICKED,
        type=WICKED,
        status=WICKED,
        created="inte ett datum",
        opened="2003-02-30",
        closed="1998",
        classification_code=WICKED,
        creator=WICKED,
        description=WICKED,
        retention_rule=WICKED,
        access=WICKED,
        agents=(Agent(WICKED, WICKED, id_number=WICKED, protected_identity=WICKED),),
        events=(Event(WICKED, WICKED, WICKED, "igår", WICKED), Event(WICKED, None, None, "2003")),
        restrictions=(Restriction(WICKED, WICKED, WICKED, WICKED, "snart"),),
        relations=(Relation(WICKED, WICKED), Relation("", "")),
        extras=(Extra(WICKED, WICKED, WICKED),),
        records=(
            a_record(
                WICKED, title=WICKED, number=1 << 40, direction=WICKED, medium=WICKED, created=None,
                received="00000000", type=WICKED, files=(file,), extras=(Extra(WICKED, WICKED),),
            ),
        ),
    )  # fmt: skip


CASES = {
    "all of the model": ([a_full_case()], [b"a", b"b"]),
    "paper only": ([a_case()], []),
    "a record without files": ([a_case(records=(a_record(),))], []),
    "wicked words": ([wicked_case()], [b"x"]),
    "empty file": ([a_case(records=(a_record(files=(a_file(b""),)),))], [b""]),
    "sub-cases": ([nested_case()], [b"a"]),
    "many": (list(many_cases(30, files=2)), [b"innehall"]),
}


DOCUMENTS = [
    ("mets", "METS.xml"),
    ("mets", f"{REPRESENTATION}/METS.xml"),
    ("premis", PREMIS),
    ("premis", f"{REPRESENTATION}/{PREMIS}"),
    ("erms", ERMS),
]
DEVIATION = Deviation(a_full_case().id, "MAP001", "title", "sv", "en", "KS 1", "Berit")
PROFILES = ("fgs-2.0", "eark-2.2")
BOTH = [(name, profile) for name in CASES for profile in PROFILES]


@pytest.fixture(params=BOTH, ids=": ".join)
def package(request, make):
    name, profile = request.param
    cases, contents = CASES[name]
    return make(cases, contents, profile=profiles.load(profile))


def test_the_official_schema_passes(package, schema):
    for kind, name in [*DOCUMENTS, *described(package)]:
        schema(kind, package.profile).assertValid(package.tree(name))


def described(package):
    """Give the documents of a package that tell what its cases lie in."""
    yield "ead", EAD
    yield from (("eac", name) for name in package.names() if "/eac-cpf-" in name)


def test_the_official_schematron_passes(package, rules):
    judge = rules(package.profile)
    assert judge.validate(package.tree(ERMS)), judge.error_log


def test_the_validator_passes(package):
    report = validate(package.path)
    assert (report.profile, [one.plain() for one in report.findings if one.severity == "error"]) == (
        package.profile.name, [],
    )  # fmt: skip


def test_our_own_subset_passes(package):
    for kind, name in [*DOCUMENTS, *described(package)]:
        subset(package.profile, kind).assertValid(package.tree(name))


def test_what_is_told_of_the_package_passes_its_subset(package):
    subset(package.profile, "packageinfo").assertValid(package.tree(INFO))


def test_our_own_subsets_travel_with_the_package(package):
    for name, content in package.profile.subsets().items():
        assert package.read(f"schemas/{name}") == content


@pytest.mark.parametrize(
    ("profile", "kind", "name"),
    [(profile, *one) for profile in PROFILES for one in DOCUMENTS]
    + [(PROFILES[0], "ead", EAD), (PROFILES[0], "eac", EAC)],
)
def test_what_passes_the_subset_passes_the_official_schema(make, schema, profile, kind, name):
    profile = profiles.load(profile)
    package = make([a_full_case(), nested_case()], [b"a", b"b"], profile=profile, deviations=(DEVIATION,))
    own, official, passed = subset(profile, kind), schema(kind, profile), 0
    for tree in mutated(package.read(name)):
        if own.validate(tree):
            passed += 1
            assert official.validate(tree), official.error_log
    assert passed > 20


def subset(profile, kind):
    """Give our own schema by kind, with what it imports."""
    return _loaded(profile.subset_names[kind])


@cache
def _loaded(name):
    with as_file(files("leverans.formats").joinpath("profiles", name)) as path:
        return etree.XMLSchema(etree.parse(str(path)))


def mutated(text):
    """Give a document with each element in turn dropped, doubled, emptied and with other attributes."""
    tree = etree.fromstring(text)
    for number in range(len(list(tree.iter("*")))):
        for change in (_drop, _double, _empty, _attribute):
            fresh = copy.deepcopy(tree)
            change(list(fresh.iter("*"))[number])
            yield fresh
    draw = random.Random(1)
    for _ in range(400):
        fresh = copy.deepcopy(tree)
        for change in draw.choices((_swap, _other_text, _other_value, _move), k=draw.randint(1, 2)):
            change(draw.choice(list(fresh.iter("*"))), draw)
        yield fresh


ODD = ("", " ", "0", "-1", " 7 ", "9" * 19, "9" * 20, "1e3", "true", "a b", "x:y", "2003", "2003-02-30T00:00:00",
       "2003-01-01T24:00:00", "2003-01-01T00:00:00+14:00", "http://a b/%zz", "\u00e5", "PREMIS", "0" * 64)  # fmt: skip


def _swap(element, draw):
    parent = element.getparent()
    if parent is not None and len(parent) > 1:
        parent.insert(draw.randrange(len(parent)), element)


def _move(element, draw):
    if element.getparent() is not None:
        draw.choice(list(element.getroottree().iter("*"))).append(copy.deepcopy(element))


def _other_text(element, draw):
    if not len(element):
        element.text = draw.choice(ODD)


def _other_value(element, draw):
    if element.attrib:
        element.set(draw.choice(list(element.attrib)), draw.choice(ODD))


def _drop(element):
    if element.getparent() is not None:
        element.getparent().remove(element)


def _double(element):
    parent = element.getparent()
    if parent is not None:
        parent.insert(parent.index(element), etree.fromstring(etree.tostring(element)))


def _empty(element):
    if not len(element):
        element.text = ""


def _attribute(element):
    for name in element.attrib:
        element.set(name, "annat")
