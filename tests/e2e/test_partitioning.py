"""How a delivery is cut into packages, by the public command."""

import zipfile

import pytest
from lxml import etree
from tests.support.worlds import AT

from leverans.formats import profiles
from leverans.packaging.opening import read_package

pytestmark = pytest.mark.e2e
NAMES = {"p": "http://www.loc.gov/premis/v3"}
RELATED = "//p:relationship[p:relationshipSubType='has sibling']//p:relatedObjectIdentifierValue/text()"


def parts(world):
    """Give package id → (part, what they are parts of, ids of the others), as the packages themselves say."""
    found = {}
    for path in world.packages():
        with zipfile.ZipFile(path) as package:
            root = package.namelist()[0].partition("/")[0]
            tree = etree.fromstring(package.read(f"{root}/metadata/preservation/premis.xml"))
        own = tree.xpath("//p:objectIdentifier[p:objectIdentifierType='part']/p:objectIdentifierValue/text()",
                         namespaces=NAMES)  # fmt: skip
        whole = tree.xpath(
            "//p:objectIdentifier[p:objectIdentifierType='delivery']/*[2]/text()", namespaces=NAMES
        )
        found[root.removeprefix("uuid-")] = (*own, *whole, set(tree.xpath(RELATED, namespaces=NAMES)))
    return found


def test_one_object_a_package_when_the_delivery_says_so_and_a_missing_part_is_told(fresh):
    path = fresh.path / "municipalities/mora/alkt.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\npackages: {objects: 1}\n", encoding="utf-8")
    status, told = fresh.run("--at", AT)
    assert status == 0, told
    profile = profiles.load("fgs-2.0")
    assert {len(list(read_package(one, profile))) for one in fresh.packages()} == {1}
    found = parts(fresh)
    wholes = {whole for _, whole, _ in found.values()}
    assert len(found) > len(wholes) > 1, "several years, and several packages in a year"
    for whole in wholes:
        same = {own for own, told in found.items() if told[1] == whole}
        assert sorted(part for part, one, _ in found.values() if one == whole) == sorted(
            f"{number}/{len(same)}" for number in range(1, len(same) + 1)
        )
        for own in same:
            assert found[own][2] == same - {own}


def test_limits_that_are_no_numbers_are_refused(fresh):
    path = fresh.path / "municipalities/mora/alkt.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\npackages: {objects: 0}\n", encoding="utf-8")
    status, told = fresh.run("--at", AT)
    assert status != 0
    assert "REG004" in str(told)


def test_by_year_is_as_the_mapping_says(delivered):
    assert {whole.partition("#")[2].count("/") for _, whole, _ in parts(delivered).values()} == {2}
    years = [whole for _, whole, _ in parts(delivered).values()]
    assert len(years) == len(set(years)), "one package a year"


def test_by_class_when_the_partition_is_the_class(fresh):
    path = next(iter(fresh.path.glob("mappings/alkt/serveringstillstand.yaml")))
    text = path.read_text(encoding="utf-8")
    line = next(one for one in text.splitlines() if one.startswith("partition:"))
    path.write_text(text.replace(line, "partition: {by: ArendeTyp}"), encoding="utf-8")
    status, told = fresh.run("--at", AT)
    assert status == 0, told
    profile = profiles.load("fgs-2.0")
    kinds = [{case.type for case in read_package(one, profile)} for one in fresh.packages()]
    assert len(kinds) > 1
    assert all(len(one) == 1 for one in kinds)
