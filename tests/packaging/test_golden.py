"""The golden packages: made here by the builder, pinned by digest. A change of bytes is a decision.

New digests are taken over only with a line in the changelog that says what changed.
"""

import pytest
from tests.packaging.test_ead import hybrid
from tests.packaging.test_reading import nested_case

from leverans.formats import profiles
from leverans.testing.builders import a_full_case

GOLDEN = {
    "fgs-2.0": "687c7e5e673131883260cf4d6bad1a80e0ba9aba787aa0f433f2aef5f2d929cf",
    "eark-2.2": "94ed17b02bcd7359e5655672487a85502449ce23221c3867faf663916704735d",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_package_has_the_bytes_it_had(make, name):
    cases = [a_full_case(), nested_case(), *hybrid()]
    package = make(cases, [b"a", b"b"], profile=profiles.load(name))
    assert package.descriptor.sha256 == GOLDEN[name]
