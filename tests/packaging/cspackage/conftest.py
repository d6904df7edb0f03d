import zipfile

import pytest
from lxml import etree

from leverans.formats import profiles
from leverans.formats.container import open_container
from leverans.packaging import build
from leverans.packaging.cspackage import CasePackage
from leverans.testing.builders import an_order, filled_store

PROFILE = profiles.load("fgs-1.2")


class _Local(etree.Resolver):
    def __init__(self, folder):
        self.folder = folder

    def resolve(self, address, public, context):
        return self.resolve_filename(str(self.folder / address.rsplit("/", 1)[-1]), context)


@pytest.fixture(scope="session")
def official(shared):
    """Give the official schema of sip.xml, or of the cases."""
    folder = shared / "specs/fgs12"
    parser = etree.XMLParser()
    parser.resolvers.add(_Local(folder))
    # METS has room for the extension's attributes without naming its schema; both are joined here.
    joined = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        '<xs:import namespace="http://www.loc.gov/METS/" schemaLocation="CSPackageMETS.xsd"/>'
        '<xs:import namespace="ExtensionMETS" schemaLocation="CSPackageExtensionMETS.xsd"/></xs:schema>'
    )
    sip = etree.XMLSchema(etree.fromstring(joined, parser, base_url=str(folder / "joined.xsd")))
    cases = shared / "specs/fgs-arendehantering-1.0/Arendehantering.xsd"
    return {"sip.xml": sip, "arendehantering.xml": etree.XMLSchema(etree.parse(str(cases)))}


def packed(folder, cases, contents=(), **fields):
    """Build a package and give its path and descriptor."""
    fields.setdefault("profile", PROFILE)
    store = filled_store(folder / "blobs", contents)
    path = folder / "package.zip"
    return path, build(an_order(**fields), iter(cases), store, path)


def received(path):
    """Read a package and give (package, what it gave)."""
    with open_container(path) as container:
        package = CasePackage(container, PROFILE)
        return package, list(package.cases())


def zipped(path, files):
    """Write a zip as a supplier's program does."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return path
