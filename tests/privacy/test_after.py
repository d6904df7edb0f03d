"""Nothing is seen of a person or a secret in what comes after a run: transfer, decisions, papers, keeping, clearance."""

import pytest
from tests.privacy.acting_after import ACTS, PAPERS
from tests.privacy.planted import CANARIES
from tests.privacy.watching import acted, hits, seen


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return acted(tmp_path_factory.mktemp("after"), len(ACTS), "tests.privacy.acting_after")


def test_what_comes_after_a_run_shows_no_canary(day):
    found = [hit for name, path in seen(day) for hit in hits(name, path.read_bytes() + name.encode())]
    assert found == []


def test_all_of_it_was_made(day):
    """What is not there cannot leak: each kind of file was looked at."""
    names = [name for name, _ in seen(day)]
    for part in (
        "drop as sent by folder/",
        "drop as sent by sftp/",
        "away/provby/carrying/",
        "home/provby/approvals/",
        "home/provby/receipts/elevakt/",
        "home/provby/receipts/heads.jsonl",
        "clearance/certificate.json",
        "year/revisionsrapport",
        "backup/provby/open/generations/",
        "backup/provby/protected/generations/",
        "restored/provby/ledger.sqlite",
        "rebuilt.sqlite",
        *(f"/{paper}.html" for paper in PAPERS),
    ):
        assert any(part in name for name in names), part


def test_the_password_was_used(day):
    """It opened the SFTP server, and a wrong one did not; both stand in the environment only."""
    told = (day / "stdout.txt").read_text() + (day / "stderr.txt").read_text()
    assert "CAR012" in told or "CAR013" in told
    assert CANARIES["password"] not in told


def test_what_is_refused_and_what_fails_was_said(day):
    told = (day / "stderr.txt").read_text()
    for code in ("APV004", "DEC012", "RUN006", "CLR001", "USE003"):
        assert code in told, code


def test_the_lists_for_erasure_name_what_they_must(day):
    """A canary that never flew proves nothing: the municipality's own list holds the source's keys."""
    (listed,) = day.glob("clearance/**/open.csv")
    assert CANARIES["key"] in listed.read_text(encoding="utf-8")
