"""The golden packages: made here by the builder, pinned by digest. A change of bytes is a decision.

New digests are taken over only with a line in the changelog that says what changed.
"""

import pytest
from tests.packaging.test_ead import hybrid
from tests.packaging.test_reading import nested_case

from leverans.formats import profiles
from leverans.testing.builders import a_full_case

GOLDEN = {
    "fgs-2.0": "b7d3f58b61a9db69ac96d7725694b1d83d65760f4a052ba2eb980da2558eb93c",
    "eark-2.2": "30fddd63ed0ef54031d0ceef35eab7b8abbe626c5a7268f305bd2247ae99c6bb",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_package_has_the_bytes_it_had(make, name):
    cases = [a_full_case(), nested_case(), *hybrid()]
    package = make(cases, [b"a", b"b"], profile=profiles.load(name))
    assert package.descriptor.sha256 == GOLDEN[name]
