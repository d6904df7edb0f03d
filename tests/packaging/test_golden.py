"""The golden packages: made here by the builder, pinned by digest. A change of bytes is a decision.

New digests are taken over only with a line in the changelog that says what changed.
"""

import pytest
from tests.packaging.test_ead import hybrid
from tests.packaging.test_reading import nested_case

from leverans.formats import profiles
from leverans.testing.builders import a_full_case

GOLDEN = {
    "fgs-2.0": "dcbc9addc90a6ae520716cc864d29e5155fe3f5660868464ccd7851887e3aefb",
    "eark-2.2": "2e6b57bc2dcdf3ebd319d338782038e3f30b508cf10ea8a498ac9a33d4720606",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_package_has_the_bytes_it_had(make, name):
    cases = [a_full_case(), nested_case(), *hybrid()]
    package = make(cases, [b"a", b"b"], profile=profiles.load(name))
    assert package.descriptor.sha256 == GOLDEN[name]
