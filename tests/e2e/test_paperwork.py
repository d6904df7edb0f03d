"""What travels in a package and what is kept beside it, by a real run."""

import hashlib
import json
import shutil
import zipfile

import pytest
from lxml import etree
from tests.support.worlds import AT

from leverans.formats import profiles

pytestmark = pytest.mark.e2e
PREMIS = "{http://www.loc.gov/premis/v3}"


def test_the_papers_travel_in_every_package(delivered):
    for path in delivered.packages():
        with zipfile.ZipFile(path) as package:
            names = {name.partition("/")[2]: name for name in package.namelist()}
            papers = {name for name in names if name.startswith("documentation/")}
            described = package.read(names["documentation/leveransbeskrivning.md"]).decode()
            annex = package.read(names["documentation/metadatabilaga.html"]).decode()
        assert {f"documentation/{name}" for name in (
            "about.txt", "additionalPackageInfo.xml", "agreement.json", "column-ledger.csv", "mapping.yaml",
            "objects.jsonl",
        )} < papers  # fmt: skip
        assert "# Leveransbeskrivning mora/alkt" in described
        assert "Metadatabilaga" in annex


def test_premis_tells_with_which_connectors_and_mapping_a_package_was_made(delivered):
    receipt = next((delivered.home / "mora").rglob("receipts/**/*.json"))
    told = json.loads(receipt.read_text(encoding="utf-8"))["receipt"]
    manifest = next((delivered.home / "mora").rglob("manifest.json"))
    sources = json.loads(manifest.read_text(encoding="utf-8"))["sources"]
    assert set(sources) == {"db", "register", "share"}
    for path in delivered.packages():
        with zipfile.ZipFile(path) as package:
            ending = "rep1/metadata/preservation/premis.xml"
            name = next(name for name in package.namelist() if name.endswith(ending))
            premis = package.read(name).decode()
        assert told["mapping"] in premis
        assert all(
            f"connector of {source} (SHA-256 {digest})" in premis for source, digest in sources.items()
        )


def test_what_happened_to_a_package_stands_beside_it(delivered):
    beside = sorted((delivered.home / "mora/runs/alkt").rglob("*.premis.xml"))
    packages = {path.stem: path for path in delivered.packages() + delivered.packages("packages-protected")}
    assert {path.name.partition(".")[0] for path in beside} == set(packages)
    own = profiles.load("fgs-2.0").subset_names["premis"]
    schema = etree.XMLSchema(etree.fromstring(profiles.load("fgs-2.0").subsets()[own]))
    for path in beside:
        tree = etree.parse(str(path))
        schema.assertValid(tree)
        kinds = [one.text for one in tree.iter(f"{PREMIS}eventType")]
        assert kinds == ["packing", "validation", "ingestion"]
        digest = hashlib.sha256(packages[path.name.partition(".")[0]].read_bytes()).hexdigest()
        assert tree.findtext(f".//{PREMIS}messageDigest") == digest


def test_official_schemas_are_carried_and_held_to_their_digests(fresh, tmp_path, shared, monkeypatch):
    folder = tmp_path / "schemas"
    folder.mkdir()
    every = [path for path in (shared / "specs").rglob("*") if path.suffix in {".xsd", ".sch"}]
    known = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in every}
    wanted = profiles.load("fgs-2.0").schemas
    for schema in wanted:
        shutil.copyfile(known[schema.sha256], folder / schema.file_name)
    monkeypatch.setenv("LEVERANS_SCHEMAS", str(folder))
    (folder / "ead3.xsd").write_bytes(b"<schema/>")
    status, told = fresh.run("--at", AT)
    assert status != 0
    assert "PKG012" in str(told)
    (folder / "ead3.xsd").unlink()
    assert "PKG011" in str(fresh.run("--at", AT)[1])
    schema = next(one for one in wanted if one.file_name == "ead3.xsd")
    shutil.copyfile(known[schema.sha256], folder / "ead3.xsd")
    status, told = fresh.run("--at", AT)
    assert status == 0, told
    with zipfile.ZipFile(fresh.packages()[0]) as package:
        names = {name.partition("/schemas/")[2] for name in package.namelist() if "/schemas/" in name}
        assert {one.file_name for one in wanted} < names
