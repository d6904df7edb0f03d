import hashlib
import re
from importlib.resources import as_file, files

import pytest
from lxml import etree

from leverans.errors import ConfigurationError
from leverans.formats import profiles

OFFICIAL = {
    "METS 1.12": "xsd/mets_1_12.xsd",
    "XLink for METS": "xsd/xlink.xsd",
    "E-ARK CSIP extension of METS": "csip/schema/DILCISExtensionMETS.xsd",
    "E-ARK SIP extension of METS": "sip/schema/DILCISExtensionSIPMETS.xsd",
    "PREMIS 3.0": "xsd/premis_3_0.xsd",
    "EAD3 1.1.1": "xsd/ead3_1_1_1.xsd",
    "EAC-CPF 2.0": "xsd/eac-cpf-2-0_eac.xsd",
    "CITS ERMS 2.1.2": "cits-erms/schema/ERMS_v2_1_2.xsd",
    "CITS ERMS 2.1.2, co-occurrence rules": "cits-erms/schema/erms_v2_1_2.sch",
    "CITS ERMS 3.0.2": "cits-erms/schema/ERMS_v3_0_2.xsd",
    "CITS ERMS 3.0, co-occurrence rules": "cits-erms/schema/erms_v3.sch",
}
ADDRESSED = {"2.1.0": "E-ARK-SIP-v2-1-0.xml", "2.2.0": "E-ARK-SIP-v2-2-0.xml"}
TREES = [name for name in profiles.names() if profiles.load(name).form == "csip"]


@pytest.fixture(params=TREES)
def profile(request):
    return profiles.load(request.param)


def test_an_unknown_profile_is_refused_with_the_known_names():
    with pytest.raises(ConfigurationError, match=r"PKG010.*fgs-2\.0"):
        profiles.load("../fgs-2.0")


@pytest.mark.parametrize("name", TREES)
def test_every_profile_loads_with_its_subset_schema(name):
    loaded = profiles.load(name)
    with as_file(files("leverans.formats").joinpath("profiles")) as folder:
        for subset in loaded.subset_names.values():
            etree.XMLSchema(etree.parse(folder / subset))
    assert set(loaded.agents) == {"packager", "archivist", "submitter", "preservation", "system"}


def test_words_of_the_model_become_words_of_the_standard():
    profile = profiles.load("fgs-2.0")
    assert profile.term("medium", "digital") == "digitial"  # the standard's own spelling
    assert profile.term("case_status", "closed") == "closed"
    assert profile.term("case_status", "avslutat") is None
    assert profile.term("medium", "digitial") is None  # it would come back as the other word


def test_a_profile_with_a_base_holds_only_what_differs():
    below, above = profiles.load("fgs-2.0"), profiles.load("eark-2.2")
    assert above.term("medium", "digital") == "digital"
    assert above.terms["relation_type"] == below.terms["relation_type"]
    assert [one.namespace for one in above.schemas] == [one.namespace for one in below.schemas]
    assert above.words["missing"] == below.words["missing"]


def test_every_translation_is_a_term(profile):
    for place, words in profile.words.items():
        for word in words:
            if place in profile.terms:
                assert profile.term(place, word) is not None, (place, word)


def test_the_digests_are_those_of_the_official_files(profile, shared):
    for schema in profile.schemas:
        content = (shared / "specs" / OFFICIAL[schema.name]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == schema.sha256, schema.name


def test_terms_are_those_of_the_official_schema(profile, shared):
    tree = etree.parse(str(shared / "specs" / OFFICIAL[f"CITS ERMS {profile.versions['erms']}"]))
    listed = {
        frozenset(kind.xpath(".//*[local-name()='enumeration']/@value"))
        for kind in tree.xpath("//*[local-name()='restriction']")
    }
    closing = {
        "aggregation_type": {"own_aggregation_definition"},
        "case_status": set(),
        "agent_type": {"other"},
        "relation_type": {"own_relation_definition"},
        "restriction_type": {"other_type"},
        "medium": set(),
        "direction": {"other"},
        "maintenance_status": set(),
    }
    for place, last in closing.items():
        assert frozenset(profile.terms[place] | last) in listed, place


def test_the_mets_profile_and_vocabularies_are_the_published_ones(profile, shared):
    text = (shared / "specs/sip/profile" / ADDRESSED[profile.versions["sip"]]).read_text(encoding="utf-8")
    assert profile.mets_profile in text
    for place, name in (
        ("content_category", "csip/schema/CSIPVocabularyContentCategory.xml"),
        ("content_information_type", "csip/schema/CSIPVocabularyContentInformationType.xml"),
        ("package_type", "csip/schema/CSIPVocabularyOAISPackageType.xml"),
    ):
        terms = etree.parse(str(shared / "specs" / name)).xpath("//*[local-name()='Term']/text()")
        assert getattr(profile, place) in terms, place


def test_no_version_and_no_address_stands_in_the_code(root):
    for room in ("packaging", "identify"):
        for path in (root / "src/leverans" / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"https?://|citserms|\b[23]\.[01]\.\d\b", text), path


def test_media_types_by_suffix(profile):
    assert profile.media_type("a/b.CSV") == "text/csv"
    assert profile.media_type("a/b.unknown") == "application/octet-stream"
