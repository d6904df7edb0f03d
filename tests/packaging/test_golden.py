"""The golden packages: made here by the builder, pinned by digest. A change of bytes is a decision.

New digests are taken over only with a line in the changelog that says what changed.
"""

import pytest
from tests.packaging.test_ead import hybrid
from tests.packaging.test_reading import nested_case

from leverans.formats import profiles
from leverans.testing.builders import a_full_case

GOLDEN = {
    "fgs-2.0": "043bd097dd0c5f7874a406a99d8f748bdb1611c2834fe269e1c809ccc6be384b",
    "eark-2.2": "1ce5d6fb9fd1fe52f67e2a9ffb786427f9f4a4d28a71f660ecba05b61ce9047d",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_package_has_the_bytes_it_had(make, name):
    cases = [a_full_case(), nested_case(), *hybrid()]
    package = make(cases, [b"a", b"b"], profile=profiles.load(name))
    assert package.descriptor.sha256 == GOLDEN[name]
