"""The golden packages of the product, as tests/packaging/test_golden.py makes them."""

from pathlib import Path

from tests.packaging.test_ead import hybrid
from tests.packaging.test_reading import nested_case

from leverans.formats import profiles
from leverans.packaging import build
from leverans.testing.builders import a_full_case, an_order, filled_store

NAMES = ("fgs-2.0", "eark-2.2", "fgs-1.2")


def package(where: Path, name: str) -> Path:
    """Build the golden package of a profile below `where`."""
    where.mkdir(parents=True, exist_ok=True)
    target = where / f"{name}.zip"
    store = filled_store(where / f"blobs-{name}", [b"a", b"b"])
    cases = [a_full_case(), nested_case(), *hybrid()[1:]]  # the first has the key of the nested case
    build(an_order(profile=profiles.load(name)), iter(cases), store, target)
    return target
