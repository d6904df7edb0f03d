import itertools
import zipfile

from lxml import etree

from leverans.formats import profiles
from leverans.model import Agent, Restriction, SubCase
from leverans.packaging import build
from leverans.packaging.objectxml import Sent
from leverans.packaging.objectxml import build as build_objects
from leverans.packaging.objectxml.protection import Protection, Shield
from leverans.testing.builders import (
    a_case,
    a_file,
    a_full_case,
    a_record,
    an_id,
    an_order,
    filled_store,
    many_cases,
)

PROFILE = profiles.load("archive-object-2.2")
NAMES = {"a": PROFILE.namespaces["object"]}
AXES = {"secrecy": "secrecy", "personal_data": "pul_personal_secrecy", "copyright": "other_secrecy"}
CLOSED = dict.fromkeys(AXES.values(), 20)


def packed(folder, cases, contents=(), sent=None):
    store = filled_store(folder / "blobs", contents)
    path = folder / "p.zip"
    order = an_order(profile=PROFILE)
    return path, build_objects(order, iter(cases), store, path, sent=None if sent is None else sent.append)


def values(element):
    pairs = [
        (one.get("name"), one.findtext("a:Value", None, NAMES))
        for one in element.iterfind("a:Attribute", NAMES)
    ]
    return {name: int(value) for name, value in pairs if name in CLOSED}


def test_each_object_is_a_folder_with_its_files_and_itself_whole(tmp_path):
    sent = []
    path, descriptor = packed(tmp_path, [a_full_case(), *many_cases(2)], [b"a", b"b", b"innehall"], sent)
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        tree = etree.fromstring(package.read("KS-2003-full/Archive.xml"))
        whole = etree.fromstring(package.read("KS-2003-full/doc/original.xml"))
    assert [name for name in names if name.startswith("KS-2003-full/")] == [
        "KS-2003-full/doc/0001-01.pdf", "KS-2003-full/doc/0001-02.pdf", "KS-2003-full/doc/original.xml",
        "KS-2003-full/Archive.xml",
    ]  # fmt: skip
    assert descriptor.objects == len(sent) == 3
    assert (tree.get("system"), tree.get("producer")) == ("Provsystem", "Byggnadsnämnden")
    assert tree.findtext(".//a:DisplayName", None, NAMES) == "KS 2003/full Ärende full"
    uris = [one.text for one in tree.iterfind(".//a:URI", NAMES)]
    assert {f"KS-2003-full/{uri.removeprefix('./')}" for uri in uris} < set(names)
    assert whole.xpath("count(//*[local-name()='ArkivobjektArende'])") == 1
    carried = {
        one.get("name"): one.findtext("a:Value", None, NAMES)
        for one in tree.iterfind("a:ArchiveObject/a:Attribute", NAMES)
    }
    assert carried["diarienummer"] == "KS 2003/full"
    assert "motpart" not in carried  # the only counterpart has a protected identity
    assert carried["sekretess_lagrum"] == "OSL 21 kap. 7 §"


def test_object_document_and_file_all_have_the_three_values(tmp_path):
    path, _ = packed(tmp_path, [a_full_case()], [b"a", b"b"])
    with zipfile.ZipFile(path) as package:
        tree = etree.fromstring(package.read("KS-2003-full/Archive.xml"))
    things = [tree[0], *tree.iterfind(".//a:Document", NAMES), *tree.iterfind(".//a:File", NAMES)]
    assert len(things) == 6
    assert all(set(values(one)) == set(CLOSED) for one in things)
    assert values(tree[0]) == {"secrecy": 20, "pul_personal_secrecy": 20, "other_secrecy": 0}


def test_every_answer_on_every_axis_gives_a_value_and_none_is_closed():
    wanted = {"full": 0, "metadata": 10, "none": 20}
    for web in itertools.product(["full", "metadata", "none", "nytt ord", None], repeat=3):
        told = [Restriction(axis, one) for axis, one in zip(AXES, web, strict=True) if one is not None]
        found = Protection(PROFILE).of(told).values
        assert found == {name: wanted.get(one, 20) for name, one in zip(AXES.values(), web, strict=True)}


def test_nothing_is_more_open_than_what_it_lies_in():
    protection = Protection(PROFILE)
    above = protection.of(
        [
            Restriction("secrecy", "metadata"),
            Restriction("personal_data", "full"),
            Restriction("copyright", "full"),
        ]
    )
    assert protection.of([], above).values == above.values
    assert protection.of([Restriction("secrecy", "full")], above).values["secrecy"] == 10
    assert protection.of([Restriction("secrecy", "none")], above).values["secrecy"] == 20


def test_an_axis_without_attribute_closes_them_all_and_protected_identity_closes_persons():
    protection = Protection(PROFILE)
    opened = [Restriction(axis, "full") for axis in AXES]
    assert protection.of([*opened, Restriction("security", "none")]).values == CLOSED
    assert set(protection.of([*opened, Restriction("security", "full")]).values.values()) == {0}
    shielded = protection.of(opened, agents=[Agent("sender", "X", protected_identity="ja")]).values
    assert shielded == {"secrecy": 0, "pul_personal_secrecy": 20, "other_secrecy": 0}


def test_the_whole_is_as_closed_as_its_most_closed_part():
    base = Shield({"secrecy": 0}, ("A",))
    assert base.over([Shield({"secrecy": 10}, ("B", "A")), Shield({"secrecy": 20})]) == Shield(
        {"secrecy": 20}, ("A", "B")
    )


def test_original_xml_is_closed_when_a_file_is(tmp_path):
    opened = tuple(Restriction(axis, "full") for axis in AXES)
    file = a_file(b"a", restrictions=(Restriction("secrecy", "none", "OSL 25:1"),))
    case = a_case(restrictions=opened, records=(a_record(files=(file,)),))
    path, _ = packed(tmp_path, [case], [b"a"])
    with zipfile.ZipFile(path) as package:
        tree = etree.fromstring(package.read("KS-2003-1/Archive.xml"))
    record, original = tree.iterfind(".//a:Document", NAMES)
    assert values(record)["secrecy"] == 0
    assert values(original) == {"secrecy": 20, "pul_personal_secrecy": 0, "other_secrecy": 0}


def test_what_a_subcase_closes_is_closed_in_all_that_lies_in_it(tmp_path):
    opened = tuple(Restriction(axis, "full") for axis in AXES)
    inner = SubCase(an_id("i"), "i", "Inre akt", restrictions=(Restriction("copyright", "metadata", "URL 2"),),
                    records=(a_record("r", files=(a_file(b"a"),)),))  # fmt: skip
    shielded = SubCase(an_id("p"), "p", "Tom akt", agents=(Agent("other", "X", protected_identity="ja"),))
    outer = SubCase(an_id("o"), "o", "Akt", restrictions=(Restriction("secrecy", "none", "OSL 26:1"),),
                    subcases=(inner, shielded))  # fmt: skip
    case = a_case(restrictions=opened, records=(a_record("own"),), subcases=(outer,))
    path, _ = packed(tmp_path, [case], [b"a"])
    with zipfile.ZipFile(path) as package:
        tree = etree.fromstring(package.read("KS-2003-1/Archive.xml"))
    own, record, original = tree.iterfind(".//a:Document", NAMES)
    assert set(values(tree[0]).values()) == set(values(own).values()) == {0}
    closed = {"secrecy": 20, "pul_personal_secrecy": 0, "other_secrecy": 10}
    assert values(record) == values(record.find("a:File", NAMES)) == closed
    assert values(original) == closed | {"pul_personal_secrecy": 20}
    grounds = [
        one.findtext("a:Value", None, NAMES)
        for one in record.iterfind("a:Attribute[@name='sekretess_lagrum']", NAMES)
    ]
    assert grounds == ["OSL 26:1", "URL 2"]


def test_the_public_builder_makes_it_too_and_twice_the_same(tmp_path):
    store = filled_store(tmp_path / "blobs", [b"a", b"b"])
    made = {build(an_order(profile=PROFILE), [a_full_case()], store, tmp_path / name).sha256 for name in "ab"}
    assert len(made) == 1


def test_what_was_sent_names_no_code_where_the_folder_does_not(tmp_path):
    sent = []
    packed(tmp_path, [a_case(route="protected"), a_case("2")], sent=sent)
    assert [one.code for one in sent] == [None, "KS 2003/2"]
    assert isinstance(sent[0], Sent)


def test_a_text_of_any_length_is_packed(tmp_path):
    path, _ = packed(tmp_path, [a_case(description="å" * 5_000_001)])
    with zipfile.ZipFile(path) as package:
        assert package.getinfo("KS-2003-1/doc/original.xml").file_size > 10_000_000
