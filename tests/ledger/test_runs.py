from datetime import UTC, datetime, timedelta, timezone

import pytest

from leverans.clock import FixedClock
from leverans.contracts import PackageDescriptor
from leverans.errors import ConfigurationError, IntegrityError
from leverans.ledger import Ledger
from leverans.ledger.audit import root_at
from leverans.trust import digest

PACKAGE = PackageDescriptor(
    id="0b5cbd0c-5b65-5d1f-9d5b-1a2b3c4d5e6f",
    delivery="mora/alkt",
    partition="2003",
    route="open",
    status="NEW",
    profile="fgs-2.0",
    path="2003.zip",
    sha256="0" * 64,
    size=1,
    objects=1,
    documents=1,
    document_bytes=1,
)


def test_a_run_is_numbered_and_keeps_what_it_was_told(ledger, begin):
    run = begin(
        ledger, reference_time=datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), test=True
    )
    assert (run.number, run.id) == (1, "00001-2a2a2a2a")
    assert run.reference_time == datetime(2026, 1, 1, tzinfo=UTC)
    assert run.test is True
    assert begin(ledger).number == 2
    assert ledger.runs()[0].run == run


def test_an_unfinished_run_is_found_again_by_another_process(path, begin):
    with Ledger.open(path, "mora", FixedClock()) as ledger:
        run = begin(ledger)
    with Ledger.open(path, "mora", FixedClock()) as ledger:
        assert ledger.unfinished("mora/alkt") == run
        assert ledger.unfinished("mora/alkt", test=True) is None
        assert ledger.unfinished("mora/hr") is None
        ledger.finish(run, "complete", {"found": 3})
        assert ledger.unfinished("mora/alkt") is None
        state = ledger.runs("mora/alkt")[0]
    assert (state.status, state.payload["found"], state.ended) == ("complete", 3, FixedClock().now())


def test_an_old_unfinished_run_is_not_taken_up_after_a_later_one_ended(ledger, begin):
    begin(ledger)
    ledger.finish(begin(ledger), "complete")
    assert ledger.unfinished("mora/alkt") is None


def test_a_run_ends_once(ledger, begin, objects):
    run = begin(ledger)
    ledger.finish(run, "refused")
    ledger.finish(run, "refused")
    assert len(ledger.events(run, "finished")) == 1
    for act in (
        lambda: ledger.finish(run, "complete"),
        lambda: ledger.event(run, "more", {}),
        lambda: ledger.checkpoint(run, "map", "1"),
        lambda: ledger.record_objects(run, "1", objects("a")),
        lambda: ledger.record_package(run, PACKAGE),
    ):
        with pytest.raises(IntegrityError, match="LED006"):
            act()


def test_events_come_back_in_order(ledger, begin):
    run, other = begin(ledger), begin(ledger)
    for number in range(3):
        ledger.event(run, "seen", {"number": number, "å": None})
    ledger.event(other, "seen", {"number": 9})
    assert ledger.events(run, "seen") == [{"number": number, "å": None} for number in range(3)]


def test_checkpoints_tell_what_is_done_and_the_latest_word_holds(ledger, begin):
    run, other = begin(ledger), begin(ledger)
    ledger.checkpoint(run, "map", "0001", {"rows": 1})
    ledger.checkpoint(run, "map", "0002")
    ledger.checkpoint(run, "map", "0001", {"rows": 2})
    ledger.checkpoint(run, "package", "0001", {"rows": 9})
    assert ledger.checkpoints(run, "map") == {"0001": {"rows": 2}, "0002": {}}
    assert ledger.checkpoints(other, "map") == {}


def test_a_package_is_recorded_once(ledger, begin):
    run = begin(ledger)
    ledger.record_package(run, PACKAGE)
    ledger.record_package(run, PACKAGE)
    assert ledger.packages(run) == [PACKAGE]
    changed = PackageDescriptor(**{name: getattr(PACKAGE, name) for name in PACKAGE.__slots__} | {"size": 2})
    with pytest.raises(IntegrityError, match="LED005"):
        ledger.record_package(run, changed)


def test_findings_are_summed_over_parts_and_a_part_counts_once(ledger, begin):
    run = begin(ledger)
    ledger.record_findings(run, "1", {"MAP101": 2, "ARK001": 1})
    ledger.record_findings(run, "2", {"MAP101": 3})
    ledger.record_findings(run, "1", {"MAP101": 2, "ARK001": 1})
    assert ledger.findings(run) == {"ARK001": 1, "MAP101": 5}


def test_a_run_has_one_receipt_with_the_digest_of_its_body(ledger, begin):
    run = begin(ledger)
    first = ledger.record_receipt(run, "receipts/alkt/1.json", lambda head: {"head": head.plain()})
    again = ledger.record_receipt(run, "receipts/alkt/1.json", lambda head: {"other": head.plain()})
    assert first == again == ledger.events(run, "receipt")[0]
    assert first["path"] == "receipts/alkt/1.json"
    assert first["sha256"] == digest(first["body"])
    assert first["body"]["head"] == {"size": 3, "root": root_at(ledger.audit.leaves(), 3)}


def test_a_ledger_belongs_to_one_municipality(path):
    Ledger.open(path, "mora", FixedClock()).close()
    with pytest.raises(ConfigurationError, match="LED003") as caught:
        Ledger.open(path, "orsa", FixedClock())
    assert "orsa" in caught.value.text("sv")
    Ledger.open(path, "mora", FixedClock()).close()
