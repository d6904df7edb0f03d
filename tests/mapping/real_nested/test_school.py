"""SS 12000 and grades: made-up pupils, counted without the product."""

import hashlib
import json
import zipfile
from collections import Counter

import pytest
from lxml import etree
from tests.content.conftest import Work, assert_nothing_new, assert_valid, delivered
from tests.mapping.real.kit import archived_documents
from tests.mapping.real_nested.kit import conserved, packaged, told, tree
from tests.support import nested

pytestmark = pytest.mark.e2e
PUPILS, GRADES = "smedjebacken/elever", "smedjebacken/betyg"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages of pupils, delivered; (work, result, truth)."""
    sources = tmp_path_factory.mktemp("skola")
    truth = nested.school(sources / "ss12000", persons=24, seed=1)
    work = Work(sources, tmp_path_factory.mktemp("smedjebacken"))
    return work, delivered(work, PUPILS), truth


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """Grades, delivered; (work, result, truth)."""
    sources = tmp_path_factory.mktemp("betyg")
    truth = nested.grades(sources, pupils=9, seed=1)
    work = Work(sources, tmp_path_factory.mktemp("smedjebacken"))
    return work, delivered(work, GRADES), truth


def test_nothing_is_wrong_and_every_path_is_told(pages, papers):
    assert told(pages[0], PUPILS)[("api.elev", "skydd")]["use"] == "mapped"
    assert told(papers[0], GRADES)[("xml.kurs", "rattat")]["use"] == "mapped"


def test_the_generator_writes_what_the_interface_defines(pages, shared):
    """No key of a made-up pupil or group that neither the description nor its examples know."""
    text = (shared / "data" / "ss12000" / "openapi.yml").read_text(encoding="utf-8")
    samples = "".join(
        path.read_text(encoding="utf-8") for path in (shared / "data" / "ss12000" / "samples").iterdir()
    )
    for path in (pages[0].sources / "ss12000").glob("*.json"):
        for key in keys(json.loads(path.read_text(encoding="utf-8"))):
            assert f"{key}:" in text or f'"{key}"' in samples, key


def keys(value):
    """Give all keys of a JSON value."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def test_every_pupil_has_one_fate(pages):
    work, result, truth = pages
    counted = Counter()
    for path in (work.sources / "ss12000").glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        counted[path.name.split("-")[0]] += len(data) if isinstance(data, list) else 1
    conserved(result, {
        "api.person": counted["persons"], "api.grupp": counted["groups"],
        "api.organisation": counted["organisations"], "api.borttaget": counted["deletedEntities"],
    })  # fmt: skip
    objects = result["objects"]
    assert (objects["found"], objects["excluded"]) == (len(truth.persons), len(truth.deleted))
    assert objects["archived"] == len(truth.persons) - len(truth.deleted)
    assert result["streams"]["api.person"]["part_of"] == counted["persons"] - len(truth.persons) == 2
    enrolled = sum(len(one["enrolments"]) for key, one in truth.persons.items() if key not in truth.deleted)
    assert result["entities"]["record"] == enrolled


def test_a_security_marking_in_any_spelling_takes_the_protected_route(pages):
    work, result, truth = pages
    spelt = {one.get("securityMarking") for one in truth.persons.values()}
    assert {"SEKRETESSMARKERING", "ingen"} & spelt
    hidden = truth.protected - truth.deleted
    assert result["objects"]["archived_protected"] == len(hidden) > 0
    assert not hidden & set(packaged(work, "smedjebacken", "elever"))


def test_groups_and_the_latest_name_stand_in_the_archive(pages):
    work, _, truth = pages
    cases = packaged(work, "smedjebacken", "elever")
    assert set(cases) == set(truth.persons) - truth.protected - truth.deleted
    for key, text in cases.items():
        person = truth.persons[key]
        assert person["familyName"] in text
        assert person.get("middleName", "") in text
        assert text.count("medlem i ") == len(truth.memberships.get(key, []))


def test_a_marking_that_nobody_knows_is_set_aside(tmp_path):
    nested.school(tmp_path / "ss12000", persons=3, seed=2)
    path = tmp_path / "ss12000" / "persons-001.json"
    page = json.loads(path.read_text(encoding="utf-8"))
    page["data"][0]["securityMarking"] = "Delvis"
    page["data"][0]["meta"]["modified"] = "2026-01-01T10:00:00+02:00"
    nested.write(path, page)
    result = delivered(Work(tmp_path, tmp_path / "home"), PUPILS)
    assert result["quarantined"] == {"MAP105": 1}
    assert result["objects"]["quarantined"] == 1


def test_one_object_per_pupil_with_its_papers_and_courses(papers):
    work, result, truth = papers
    root = tree(work.sources / "betyg" / "export.xml")
    number = {name: len(list(root.iter(name))) for name in ("betygsobjekt", "handling")}
    assert result["entities"] == {
        "case": number["betygsobjekt"], "record": number["handling"], "file": number["handling"],
    }  # fmt: skip
    conserved(result, {"xml.betygsobjekt": number["betygsobjekt"], "xml.filhanvisning": number["handling"]})
    assert result["documents"]["archived"] == len(truth.files)
    cases = packaged(work, "smedjebacken", "betyg")
    assert set(cases) == set(truth.objects)
    for pupil in root.iter("betygsobjekt"):
        text = cases[pupil.findtext("id")]
        assert all(each.text in text for each in pupil.iter("kursnamn"))


def test_the_papers_are_the_bytes_that_came(papers):
    work, _, truth = papers
    assert {hashlib.sha256(data).hexdigest() for data in truth.files.values()} <= archived_documents(
        work, "smedjebacken"
    )


def test_grades_are_packages_of_the_newer_generation(papers, shared):
    work, result, _ = papers
    schema = etree.XMLSchema(etree.parse(shared / "specs" / "cits-erms" / "schema" / "ERMS_v3_0_2.xsd"))
    packages = work.packages("smedjebacken")
    assert len(packages) == result["packages"] > 0
    for path in packages:
        with zipfile.ZipFile(path) as package:
            read = {name.partition("/")[2]: name for name in package.namelist()}
            root = etree.fromstring(package.read(read["METS.xml"]))
            assert root.get("PROFILE").endswith("E-ARK-SIP-v2-2-0.xml")
            schema.assertValid(etree.fromstring(package.read(read["representations/rep1/data/ERMS.xml"])))


def test_the_packages_are_valid_and_a_second_run_makes_none(papers):
    work, result, _ = papers
    assert_valid(work, "smedjebacken", result["packages"])
    assert_nothing_new(work, GRADES, result)
