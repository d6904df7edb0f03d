"""The golden packages: made here by the builder, pinned by digest. A change of bytes is a decision.

New digests are taken over only with a line in the changelog that says what changed.
"""

import pytest
from tests.packaging.test_ead import hybrid
from tests.packaging.test_reading import nested_case

from leverans.formats import profiles
from leverans.testing.builders import a_full_case

GOLDEN = {
    "fgs-2.0": "97e487fe0eff8e6f97e87d570b8c0b74526aa2a7a48fa716bc319167f8b1a9b5",
    "eark-2.2": "a7e4d83efba9135a9a3281b7102ea188a766d515fc6aecfb55a8f7c40a921e82",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_package_has_the_bytes_it_had(make, name):
    cases = [a_full_case(), nested_case(), *hybrid()]
    package = make(cases, [b"a", b"b"], profile=profiles.load(name))
    assert package.descriptor.sha256 == GOLDEN[name]
