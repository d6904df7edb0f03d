import zipfile
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from leverans.packaging import build
from leverans.testing.builders import an_order, filled_store

REPRESENTATION = "representations/rep1"
ERMS = f"{REPRESENTATION}/data/ERMS.xml"
PREMIS = "metadata/preservation/premis.xml"
EAD = "metadata/descriptive/ead.xml"
INFO = "documentation/additionalPackageInfo.xml"
EAC = "metadata/descriptive/eac-cpf-1.xml"
NAMES = {
    "m": "http://www.loc.gov/METS/",
    "x": "http://www.w3.org/1999/xlink",
    "p": "http://www.loc.gov/premis/v3",
    "e": "https://DILCIS.eu/XML/ERMS",
    "i": "http://xml.ra.se/e-arkiv/implementation-IP/version10/SNAadditionalPackageInfo",
    "ead": "http://ead3.archivists.org/schema/",
    "csip": "https://DILCIS.eu/XML/METS/CSIPExtensionMETS",
    "sip": "https://DILCIS.eu/XML/METS/SIPExtensionMETS",
}


class Package:
    """A built package, opened with the standard library."""

    def __init__(self, path, descriptor, profile):
        self.path = path
        self.profile = profile
        self.descriptor = descriptor
        self.zip = zipfile.ZipFile(path)
        self.root = self.zip.namelist()[0].partition("/")[0]

    def names(self):
        return [name.removeprefix(f"{self.root}/") for name in self.zip.namelist()]

    def read(self, name):
        return self.zip.read(f"{self.root}/{name}")

    def tree(self, name):
        return etree.fromstring(self.read(name))

    def find(self, name, path):
        return self.tree(name).xpath(path, namespaces=NAMES)


@pytest.fixture
def make(tmp_path):
    """Build a package of cases; `contents` are the bytes in the store."""
    made = []

    def build_package(cases, contents=(), store=None, **fields):
        path = tmp_path / f"{len(made)}.zip"
        store = store or filled_store(tmp_path / f"blobs{len(made)}", contents)
        order = an_order(**fields)
        made.append(Package(path, build(order, iter(cases), store, path), order.profile))
        return made[-1]

    yield build_package
    for package in made:
        package.zip.close()


class _Local(etree.Resolver):
    def __init__(self, folder):
        self.folder = folder

    def resolve(self, address, public, context):
        return self.resolve_filename(str(self.folder / address.rsplit("/", 1)[-1]), context)


OFFICIAL = {
    "2.1.2": ("ERMS_v2_1_2.xsd", "erms_v2_1_2.sch"),
    "3.0.2": ("ERMS_v3_0_2.xsd", "erms_v3.sch"),
}


@pytest.fixture(scope="session")
def schema(shared):
    """Give the official schema by short name; what it imports comes from the same folder."""
    loaded = {}

    def give(name, profile):
        version = profile.versions["erms"]
        places = {
            "mets": "xsd/mets_1_12.xsd",
            "premis": "xsd/premis_3_0.xsd",
            "ead": "xsd/ead3_1_1_1.xsd",
            "eac": "xsd/eac-cpf-2-0_eac.xsd",
            "erms": f"cits-erms/schema/{OFFICIAL[version][0]}",
        }
        if places[name] not in loaded:
            path = Path(shared / "specs" / places[name])
            parser = etree.XMLParser()
            parser.resolvers.add(_Local(path.parent))
            loaded[places[name]] = etree.XMLSchema(etree.parse(str(path), parser))
        return loaded[places[name]]

    return give


@pytest.fixture(scope="session")
def rules(shared):
    """The official Schematron of ERMS, without the attribute that lxml refuses."""
    from lxml.isoschematron import Schematron

    @cache
    def give(name):
        tree = etree.parse(str(shared / "specs/cits-erms/schema" / name))
        del tree.getroot().attrib["queryBinding"]
        return Schematron(tree)

    return lambda profile: give(OFFICIAL[profile.versions["erms"]][1])
