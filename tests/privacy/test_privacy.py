"""Nothing that a source holds about a person, and no secret, is seen outside landing, packages and archive."""

import json

import pytest
from pyarrow import parquet
from tests.privacy.planted import CANARIES, DELIVERY
from tests.privacy.watching import acted, hits, seen

ACTS = 10


@pytest.fixture(scope="module", params=["command", "flow"])
def day(request, tmp_path_factory):
    return request.param, acted(
        tmp_path_factory.mktemp(request.param), ACTS, "tests.privacy.acting", request.param
    )


def test_there_are_enough_canaries():
    assert len(CANARIES) >= 20
    assert len(set(CANARIES.values())) == len(CANARIES)


def test_each_canary_was_on_the_way(day):
    """A canary that never flew proves nothing: all but the secrets stand in the landing."""
    _, folder = day
    landed = [table(path) for path in sorted(folder.glob("home/*/landing/**/*.parquet"))]
    blobs = [path.read_bytes() for path in folder.glob("home/*/blobs/*/*")]
    records = b"".join([*landed, *blobs])
    flown = {kind for kind, text in CANARIES.items() if text.encode() in records}
    assert set(CANARIES) - flown == {"password", "token", "text in a line that cannot be read"}


def table(path):
    """Every text of a landed file; a control character is written as it is."""
    rows = parquet.read_table(path).to_pylist()
    return "\n".join(str(value) for row in rows for value in row.values()).encode()


def test_no_canary_is_seen(day):
    by, folder = day
    names = [name for name, _ in seen(folder)]
    assert any("/receipts/" in name for name in names)
    assert any(name.endswith("report.html") for name in names)
    assert by == "command" or any(name.startswith("prefect/") and name.endswith(".db") for name in names)
    assert [hit for name, path in seen(folder) for hit in hits(name, path.read_bytes() + name.encode())] == []


def test_the_runs_went_well_and_failed_as_meant(day):
    """The acts reached the places where errors are told."""
    by, folder = day
    told = ((folder / "stdout.txt").read_bytes() + (folder / "stderr.txt").read_bytes()).decode()
    assert "ValueError" in told
    assert ("RUN006" if by == "command" else "FLW001") in told
    assert "SRC" in told


@pytest.mark.parametrize("kind", CANARIES)
def test_a_canary_would_be_found(kind):
    said = f"… {CANARIES[kind]} …"
    assert f"{kind} in x" in hits("x", said.encode())
    assert f"{kind} in x" in hits("x", json.dumps({DELIVERY: said}).encode())
