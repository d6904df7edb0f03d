"""Decisions: what stands, what is undecided, and that nothing is in two states at once."""

import shutil
import sqlite3
from itertools import chain

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.conftest import begin_in, made

from leverans.clock import FixedClock
from leverans.ledger import Item, Ledger
from leverans.ledger.decisions import items_digest

DELIVERY = "mora/alkt"
GROUNDS = {"person": "Anna Arkivarie", "reason": "handlingen saknas", "reference": "SN 2026 § 1"}
NAMES = ("a", "b", "c", "d")
ROWS = ("1", "2")


def aside(*ids, code="MAP120", **more):
    return made(*ids, disposition="quarantined", state=None, version=None, digest=None, package=None,
                parts=None, **{"reason": code, "rule": "file.content", **more})  # fmt: skip


def loose(*keys, code="MAP115"):
    rows = [{"stream": "db.h", "key": key, "code": code, "rule": "orphan"} for key in keys]
    return pa.Table.from_pylist(rows)


def full(ledger, *ids, rows=(), test=False, archived=()):
    """A full run that set objects and rows aside, and ended."""
    run = begin_in(ledger, test=test)
    if ids:
        ledger.record_objects(run, "map 0003", aside(*ids))
    if archived:
        ledger.record_objects(run, "deliver p", made(*archived))
    if rows:
        ledger.record_rows(run, "map 0004", loose(*rows))
    ledger.finish(run, "complete", {"balanced": True})
    return run


def settling(ledger, parent, decision, table=None, rows=None, status="complete", **payload):
    run = begin_in(ledger, test=parent.test, settles={"parent": parent.id, "decision": decision.id})
    if table is not None:
        ledger.record_objects(run, "map 0003", table)
    if rows is not None:
        ledger.record_rows(run, "map 0004", rows)
    if status:
        ledger.finish(run, status, {"balanced": True, **payload})
    return run


def decide(ledger, run, action, *items):
    return ledger.decisions.record(run, action, **GROUNDS, selection={"code": "MAP120"}, items=items)


def of(name, code="MAP120"):
    return Item(code, object=name, rule="file.content")


def row(key, code="MAP115"):
    return Item(code, stream="db.h", key=key, rule="orphan")


def names(found):
    return sorted(one.object or one.key for one in found)


def state(ledger, *, test=False):
    (found,) = [one for one in ledger.status() if one.test is test]
    return found


def test_everything_is_undecided_at_first(ledger):
    full(ledger, "a", "b", rows=("1",))
    assert names(ledger.decisions.undecided(DELIVERY)) == ["1", "a", "b"]
    found = state(ledger)
    assert (found.quarantined, found.undecided, found.pending, found.settled) == (2, 3, 0, False)


def test_a_decision_keeps_who_why_and_by_what(ledger):
    run = full(ledger, "a")
    given = decide(ledger, run, "exclude", of("a"))
    (told,) = ledger.decisions.list(DELIVERY)
    assert told == given
    assert (told.person, told.reason, told.reference) == tuple(GROUNDS.values())
    assert (told.items, told.run, told.selection) == (1, run.number, {"code": "MAP120"})
    assert ledger.decisions.items(told) == [of("a")]
    assert ledger.decisions.list(DELIVERY, test=True) == []


def test_a_decision_stands_in_the_audit_log_with_the_digest_of_its_items(ledger):
    run = full(ledger, "a", "b")
    decision = decide(ledger, run, "accept", of("a"), of("b"))
    (entry,) = ledger.audit.entries("decision")
    assert entry.entry["id"] == decision.id
    assert entry.entry["items_sha256"] == items_digest([of("a"), of("b")]) != items_digest([of("a")])
    assert (entry.entry["person"], entry.entry["run"]) == (GROUNDS["person"], run.id)


def test_decision_items_and_audit_entry_are_written_together_or_not_at_all(ledger, monkeypatch):
    run = full(ledger, "a")
    monkeypatch.setattr("leverans.ledger.audit.AuditLog.append_in", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        decide(ledger, run, "exclude", of("a"))
    assert ledger.decisions.list(DELIVERY) == []
    assert names(ledger.decisions.undecided(DELIVERY)) == ["a"]


def test_exclude_settles_without_a_run(ledger):
    run = full(ledger, "a", rows=("1",))
    decide(ledger, run, "exclude", of("a"), row("1"))
    found = state(ledger)
    assert (found.quarantined, found.undecided, found.settled) == (1, 0, True)


def test_an_accepted_object_is_pending_until_it_is_archived(ledger):
    run = full(ledger, "a", "b")
    decision = decide(ledger, run, "accept", of("a"), of("b"))
    assert names(ledger.decisions.pending(DELIVERY)) == ["a", "b"]
    assert state(ledger).settled is False
    settling(ledger, run, decision, made("a", "b"))
    assert ledger.decisions.pending(DELIVERY) == []
    assert state(ledger).settled is True
    assert ledger.quarantine(DELIVERY) == []


def test_a_new_fault_on_an_accepted_object_is_undecided(ledger):
    run = full(ledger, "a")
    decision = decide(ledger, run, "accept", of("a"))
    settling(ledger, run, decision, aside("a", code="QUA101"))
    (left,) = ledger.decisions.undecided(DELIVERY)
    assert (left.object, left.code) == ("a", "QUA101")
    decide(ledger, run, "exclude", of("a", "QUA101"))
    assert state(ledger).settled is True


def test_the_latest_decision_stands_and_a_retry_lets_it_fall(ledger):
    run = full(ledger, "a")
    decide(ledger, run, "accept", of("a"))
    decide(ledger, run, "exclude", of("a"))
    assert ledger.decisions.standing(DELIVERY).objects["a"]["MAP120"].action == "exclude"
    decide(ledger, run, "retry", of("a"))
    assert ledger.decisions.standing(DELIVERY).objects == {}
    assert names(ledger.decisions.undecided(DELIVERY)) == ["a"]


def test_a_retry_of_another_code_leaves_an_acceptance(ledger):
    run = full(ledger, "a")
    decide(ledger, run, "accept", of("a"))
    decide(ledger, run, "retry", of("a", "QUA101"))
    assert set(ledger.decisions.standing(DELIVERY).objects["a"]) == {"MAP120"}


def test_a_later_full_run_counts_only_what_it_set_aside_itself(ledger):
    first = full(ledger, "a", "b")
    decide(ledger, first, "exclude", of("a"), of("b"))
    full(ledger, "b")
    assert names(ledger.decisions.undecided(DELIVERY)) == ["b"]
    assert "a" in ledger.decisions.standing(DELIVERY).objects


def test_rows_that_were_tried_again_are_what_the_settling_run_says(ledger):
    run = full(ledger, rows=("1", "2", "3"))
    decision = decide(ledger, run, "retry", row("1"), row("2"))
    settling(ledger, run, decision, rows=loose("2", code="MAP114"))
    assert [(one.key, one.code) for one in ledger.decisions.undecided(DELIVERY)] == [
        ("2", "MAP114"),
        ("3", "MAP115"),
    ]


def test_an_interrupted_settling_run_does_not_settle(ledger):
    run = full(ledger, "a", rows=("1",))
    decide(ledger, run, "exclude", of("a"), row("1"))
    decision = decide(ledger, run, "retry", row("1"))
    begun = settling(ledger, run, decision, status=None)
    assert names(ledger.decisions.undecided(DELIVERY)) == ["1"]
    assert state(ledger).settled is False
    assert ledger.unfinished(DELIVERY) is None
    assert ledger.unfinished(DELIVERY, settling=True) == begun


def test_an_incomplete_settling_run_waits_for_a_full_one_and_a_refused_one_does_nothing(ledger):
    run = full(ledger, "a", archived=("b",))
    decision = decide(ledger, run, "exclude", of("a"))
    settling(ledger, run, decision, status="refused")
    assert state(ledger).settled is True
    settling(ledger, run, decision, status="incomplete", balanced=False)
    assert state(ledger).settled is False
    full(ledger, archived=("b",))
    assert state(ledger).settled is True


def test_test_and_live_are_decided_apart(ledger):
    live, tried = full(ledger, "a"), full(ledger, "a", test=True)
    decide(ledger, tried, "exclude", of("a"))
    assert (state(ledger).undecided, state(ledger, test=True).undecided) == (1, 0)
    decide(ledger, live, "exclude", of("a"))
    assert state(ledger).settled is True


def test_the_parts_where_something_was_recorded(ledger):
    full(ledger, "a", rows=("1",))
    of_it = ledger.decisions.chain(DELIVERY)
    assert ledger.decisions.parts(of_it, [of("a")]) == {"map 0003"}
    assert ledger.decisions.parts(of_it, [row("1")]) == {"map 0004"}
    assert ledger.decisions.parts(of_it, [of("z")]) == set()


def test_what_differs_between_a_test_and_the_live_run(ledger):
    tested = begin_in(ledger, test=True)
    ledger.record_objects(tested, "deliver p", made("a", "b", "c", digest=["1", "2", "3"]))
    live = begin_in(ledger)
    ledger.record_objects(live, "deliver q", made("b", "c", "d", "e", digest=["2", "other", "4", "5"]))
    assert ledger.decisions.difference(tested, live) == {"new": 2, "changed": 1, "absent": 1}


@pytest.mark.parametrize("table", ["decision", "decision_item"])
@pytest.mark.parametrize("act", ["update {} set code = 'X'", "update {} set person = 'X'", "delete from {}"])
def test_decisions_are_append_only(ledger, path, table, act):
    decide(ledger, full(ledger, "a"), "exclude", of("a"))
    with sqlite3.connect(path) as direct, pytest.raises(sqlite3.DatabaseError):
        direct.execute(act.format(table))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "ledger.sqlite"
    with Ledger.open(path, "mora", FixedClock()):
        pass
    return path


ACTS = st.tuples(
    st.sampled_from(["accept", "exclude", "retry"]),
    st.sets(st.sampled_from(NAMES)),
    st.sets(st.sampled_from(ROWS)),
    st.sampled_from(["archived", "same", "other", "later"]),
)


@settings(max_examples=40, deadline=None)
@given(acts=st.lists(ACTS, max_size=7))
def test_whatever_is_decided_every_object_is_in_exactly_one_state(template, tmp_path_factory, acts):
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    shutil.copy(template, path)
    with Ledger.open(path, "mora", FixedClock()) as ledger:
        run = full(ledger, *NAMES, rows=ROWS)
        archived = set()
        for action, objects, rows, outcome in acts:
            here = {one.object: one.code for one, _ in ledger.decisions.asides(DELIVERY) if one.object}
            chosen = sorted(objects & set(here))
            items = [of(name, here[name]) for name in chosen]
            items += [row(key) for key in sorted(rows)] if action != "accept" else []
            decision = decide(ledger, run, action, *items)
            if action == "exclude" or outcome == "later":
                continue
            if outcome == "archived":
                archived |= set(chosen)
                table = made(*chosen)
            else:
                table = aside(*chosen, code={"same": "MAP120", "other": "QUA101"}[outcome])
            kept = loose(*sorted(rows)) if action == "retry" and rows else None
            settling(ledger, run, decision, table if chosen else None, kept)
        waiting = ledger.decisions.asides(DELIVERY)
        undecided, pending = ledger.decisions.undecided(DELIVERY), ledger.decisions.pending(DELIVERY)
        excluded = [one for one, stands in waiting if stands is not None and stands.action == "exclude"]
        states = [names(undecided), names(pending), names(excluded), sorted(archived)]
        assert sorted(chain.from_iterable(states)) == sorted([*NAMES, *ROWS])
        assert (
            len(undecided) + len(pending) + len(excluded) == len(waiting) == len(ledger.quarantine(DELIVERY))
        )
        found = state(ledger)
        assert found.quarantined == len(NAMES) - len(archived)
        assert (found.undecided, found.pending) == (len(undecided), len(pending))
        assert found.settled == (not undecided and not pending)
