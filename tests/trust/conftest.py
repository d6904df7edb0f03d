import pytest
from tests.trust.kit import World


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)
