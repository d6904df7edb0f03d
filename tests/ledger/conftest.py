from datetime import UTC, datetime

import pyarrow as pa
import pytest

from leverans.clock import FixedClock
from leverans.ledger import Ledger

REFERENCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mora" / "ledger.sqlite"


@pytest.fixture
def ledger(path):
    with Ledger.open(path, "mora", FixedClock()) as opened:
        yield opened


@pytest.fixture
def begin():
    return begin_in


def begin_in(ledger, delivery="mora/alkt", **more):
    words = {
        "reference_time": REFERENCE,
        "test": False,
        "code_version": "0.1",
        "agreement": "A-1",
        "by": "cli",
        **more,
    }
    return ledger.begin(delivery, **words)


@pytest.fixture
def objects():
    return made


def made(*ids, **columns):
    """A table of objects; a column given as one value holds for all."""
    words = {
        "key": [f"key-{one}" for one in ids],
        "reference": [f"ref-{one}" for one in ids],
        "partition": "2003",
        "route": "open",
        "disposition": "archived",
        "state": "new",
        "version": 1,
        "digest": "d1",
        "package": "p1",
        "closed": True,
        "parts": b"12345678",
        "documents": 2,
        "records": 1,
        **columns,
    }
    plain = {"object": list(ids)}
    for name, value in words.items():
        plain[name] = value if isinstance(value, list) else [value] * len(ids)
    return pa.table(plain)
