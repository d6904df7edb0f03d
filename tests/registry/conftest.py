import shutil

import pytest

MUNICIPALITY = """municipality: 1
name: Fictiva kommun
organisation_number: 212000-2213
archival_authority: Kommunstyrelsen
preservation_organisation: {name: E-arkivcentrum, organisation_number: 212000-2213}
creators:
  - {name: Gamla nämnden, code: GN, from: 1990-01-01, to: 2006-12-31}
  - {name: Nya nämnden, code: NN, from: 2007-01-01, predecessor: Gamla nämnden}
"""

AGREEMENT = """
  id: A-1
  producer: Nya nämnden
  system: sys
  information_type: kind
  period: {from: 1996-01-01, to: 2025-12-31}
  valid: {from: 2020-01-01, to: 2030-12-31}
  checksum: SHA-256
  ownership: {transferred: true, custody: slutarkiv}
  signed: {by: Ordföranden, date: 2019-12-10}
"""

DELIVERY = f"""delivery: 1
system: sys
information_type: kind
producer: Nya nämnden
creators: [Gamla nämnden, Nya nämnden]
mapping: sys/kind
profile: some-profile
period: {{from: 1996-01-01, to: 2025-12-31}}
schedule: yearly
sources:
  db: {{connector: sys, location: a.sqlite}}
agreement: {AGREEMENT}
"""


@pytest.fixture
def content(tmp_path):
    """A content root with one municipality and one delivery, ``fictiva/one``."""
    for name in ("municipalities/fictiva", "mappings/sys", "connectors/sys"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "mappings/sys/kind.yaml").write_text("mapping: 1\n")
    (tmp_path / "connectors/sys/connector.yaml").write_text("connector: 1\n")
    (tmp_path / "municipalities/fictiva/municipality.yaml").write_text(MUNICIPALITY)
    (tmp_path / "municipalities/fictiva/one.yaml").write_text(DELIVERY)
    return tmp_path


@pytest.fixture
def edit(content):
    """Replace text in the delivery (or the municipality), which must be there."""

    def change(old, new, name="one.yaml"):
        path = content / "municipalities/fictiva" / name
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new, 1))

    return change


@pytest.fixture
def real(root, tmp_path):
    """The repository's own municipalities with mappings and connectors of the names they use."""
    shutil.copytree(root / "municipalities", tmp_path / "real" / "municipalities")
    for name in ("mappings", "connectors"):
        if (root / name).is_dir():
            shutil.copytree(root / name, tmp_path / "real" / name)
    return tmp_path / "real"
