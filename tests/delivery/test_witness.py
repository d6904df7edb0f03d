"""Nothing lies in an audit log that the centre has not signed: whoever writes beside it is found and stops all."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from leverans.clock import FixedClock, SystemClock
from leverans.delivery.heads import heads_path, next_path, read_heads
from leverans.delivery.traces import lost_ledger
from leverans.delivery.verifying import signed_size, verify_audit
from leverans.delivery.witness import Witness, accept, witnessed
from leverans.errors import IntegrityError
from leverans.ledger import Ledger, commit_hook
from leverans.ledger.audit import ACCEPTED, BACKUP, CREATED, PURGE, REVEAL, leaf_of
from leverans.settings import Settings
from leverans.trust import Trust, merkle

CLOCK = FixedClock()


@pytest.fixture
def settings(tmp_path):
    return Settings(content=tmp_path / "content", home=tmp_path / "home", sources=tmp_path / "sources")


@pytest.fixture
def home(settings):
    return settings.municipality("mora")


def opened(settings):
    return witnessed(settings, "mora", CLOCK)


def append(settings, *names):
    with opened(settings) as ledger:
        for name in names:
            ledger.audit.append(BACKUP, {"to": name})


def heads(home):
    return [signed.head for signed in read_heads(heads_path(home))]


def log(home):
    with Ledger.look(home.ledger, CLOCK) as ledger:
        return [(entry.kind, dict(entry.entry)) for entry in ledger.audit.entries()]


def faults(settings, home):
    with Ledger.look(home.ledger, CLOCK) as ledger:
        found = verify_audit(home, "mora", ledger, Trust.of_home(settings.home))
    return [finding.code for finding in found]


def inserted(home, kind=PURGE, entry=None):
    """Write an entry with a fitting leaf, as anybody can who has the file."""
    text = json.dumps(entry or {"packages": []}, sort_keys=True, separators=(",", ":"))
    at = "2026-01-01T12:00:00.000+00:00"
    ledger = sqlite3.connect(home.ledger)
    ledger.execute(
        "INSERT INTO audit SELECT max(position) + 1, ?, ?, ?, ? FROM audit",
        (at, kind, text, leaf_of(at, kind, text)),
    )
    ledger.commit()
    ledger.close()


def refused(settings, *names):
    with pytest.raises(IntegrityError) as told:
        append(settings, *names)
    return told.value.code


def test_every_entry_is_signed_with_the_transaction_that_appends_it(settings, home):
    append(settings, "a", "b")
    append(settings, "c")
    with Ledger.look(home.ledger, CLOCK) as ledger:
        leaves = ledger.audit.leaves()
        trust = Trust.of_home(settings.home)
        assert signed_size(home, "mora", ledger, trust) == len(leaves) == 4
    assert [(head.size, head.root) for head in heads(home)] == [
        (size, merkle.root(leaves[:size]).hex()) for size in range(1, 5)
    ]
    for signed in read_heads(heads_path(home)):
        signed.verify(trust)
    assert not next_path(home).exists()
    assert faults(settings, home) == []


@pytest.mark.parametrize("count", [1, 3])
def test_entries_that_somebody_else_wrote_are_a_fault_and_never_signed(settings, home, count):
    append(settings, "a")
    before = heads_path(home).read_bytes()
    for _ in range(count):
        inserted(home)
    with Ledger.look(home.ledger, CLOCK) as ledger:
        (found,) = verify_audit(home, "mora", ledger, Trust.of_home(settings.home))
        assert (found.code, found.severity, found.where) == ("AUD018", "critical", "audit[2]")
        assert (found.parameters["count"], found.parameters["first"]) == (count, 2)
        with pytest.raises(IntegrityError, match="AUD018"):
            Witness(settings, "mora", CLOCK).sign(ledger)
    assert refused(settings, "b") == "AUD018"
    assert heads_path(home).read_bytes() == before
    assert len(log(home)) == 2 + count


def test_what_is_inserted_while_the_ledger_is_open_is_found_at_the_next_append(settings, home):
    with opened(settings) as ledger:
        ledger.audit.append(BACKUP, {"to": "a"})
        inserted(home)
        with pytest.raises(IntegrityError, match="AUD018"):
            ledger.audit.append(BACKUP, {"to": "b"})
    assert [kind for kind, _ in log(home)] == [CREATED, BACKUP, PURGE]
    assert heads(home)[-1].size == 2


def test_a_log_that_was_cut_off_or_changed_is_not_signed_either(settings, home):
    append(settings, "a", "b")
    ledger = sqlite3.connect(home.ledger)
    for name in ("no_update", "no_delete", "no_replace"):
        ledger.execute(f"DROP TRIGGER audit_{name}")
    ledger.execute("UPDATE audit SET leaf = zeroblob(32) WHERE position = 1")
    ledger.commit()
    assert refused(settings, "c") == "AUD003"
    ledger.execute("DELETE FROM audit WHERE position = 2")
    ledger.commit()
    ledger.close()
    assert refused(settings, "c") == "OPR070"  # no run is known, and what was signed is not there
    with pytest.raises(IntegrityError, match="AUD004"):
        accept(settings, "mora", CLOCK, by="Åsa", reason="x")


def test_a_person_can_answer_for_what_nobody_signed_and_that_stays(settings, home):
    append(settings, "a")
    inserted(home, REVEAL, {"by": "x"})
    inserted(home, PURGE)
    signed = accept(settings, "mora", CLOCK, by="Åsa Arkivarie", reason="nycklarna var borta")
    kind, entry = log(home)[-1]
    assert (kind, signed.head.size) == (ACCEPTED, 5)
    assert entry == {
        "by": "Åsa Arkivarie",
        "reason": "nycklarna var borta",
        "first": 2,
        "last": 3,
        "kinds": {PURGE: 1, REVEAL: 1},
    }
    append(settings, "b")
    assert faults(settings, home) == ["AUD019"]


def test_where_all_is_signed_nobody_has_to_answer(settings, home):
    append(settings, "a")
    before = log(home)
    accept(settings, "mora", CLOCK, by="Åsa", reason="x")
    assert log(home) == before
    assert faults(settings, home) == []


class Killed(BaseException):
    """A kill: nothing catches it."""


def killed(settings, moment, name="b"):
    def hook(when, label):
        if (when, label) == (moment, f"audit:{BACKUP}"):
            raise Killed

    with pytest.raises(Killed), commit_hook(hook):
        append(settings, name)


def test_a_process_killed_between_the_signature_and_the_entry_leaves_neither(settings, home):
    append(settings, "a")
    killed(settings, "before")
    assert next_path(home).is_file()
    assert len(log(home)) == 2
    assert faults(settings, home) == []
    append(settings, "c")
    assert [entry.get("to") for _, entry in log(home)] == [None, "a", "c"]
    assert [head.size for head in heads(home)] == [1, 2, 3]
    assert faults(settings, home) == []


def test_a_process_killed_between_the_entry_and_its_head_leaves_it_signed(settings, home):
    append(settings, "a")
    killed(settings, "after")
    assert [head.size for head in heads(home)] == [1, 2]
    assert len(log(home)) == 3
    assert faults(settings, home) == []
    append(settings, "c")
    assert [head.size for head in heads(home)] == [1, 2, 3, 4]
    assert faults(settings, home) == []


@pytest.mark.parametrize("kept", [1, 40, -1])
def test_a_head_that_was_half_written_is_written_whole_by_the_next(settings, home, kept):
    append(settings, "a")
    killed(settings, "after")
    with heads_path(home).open("ab") as file:
        file.write(next_path(home).read_bytes()[:kept])
    assert faults(settings, home) == []
    append(settings, "c")
    assert [head.size for head in heads(home)] == [1, 2, 3, 4]
    assert faults(settings, home) == []


def test_a_line_that_somebody_broke_stays_and_is_told(settings, home):
    append(settings, "a")
    whole = heads_path(home).read_bytes()
    heads_path(home).write_bytes(whole + b"half a line")
    append(settings, "b")
    assert heads_path(home).read_bytes().startswith(whole + b"half a line\n")
    assert faults(settings, home) == ["SIG001"]


def test_a_signature_that_lies_ready_lets_no_other_entry_in(settings, home):
    append(settings, "a")
    killed(settings, "before")
    inserted(home, BACKUP, {"to": "z"})
    assert faults(settings, home) == ["AUD018"]
    assert refused(settings, "c") == "AUD018"


def test_heads_that_are_gone_are_missed_before_there_is_any_receipt(settings, home):
    append(settings, "a")
    heads_path(home).unlink()
    assert faults(settings, home) == ["AUD010"]
    assert refused(settings, "b") == "AUD018"


def test_a_ledger_whose_log_is_its_own_is_not_lost_before_the_first_run(settings, home):
    append(settings, "a")
    with Ledger.look(home.ledger, CLOCK) as ledger:
        assert lost_ledger(home, "mora", ledger) == ()
    for path in home.root.glob("ledger.sqlite*"):
        path.unlink()
    assert [lost.code for lost in lost_ledger(home, "mora")] == ["OPR070"]
    Ledger.open(home.ledger, "mora", SystemClock()).close()
    assert refused(settings, "b") == "OPR070"


def test_many_who_write_at_once_are_all_signed(settings, home):
    append(settings)
    with ThreadPoolExecutor(4) as pool:
        for done in [
            pool.submit(append, settings, *(f"{one}-{number}" for number in range(8))) for one in "abcd"
        ]:
            done.result()
    assert sorted({head.size for head in heads(home)}) == list(range(1, 34))
    assert faults(settings, home) == []


def test_an_append_costs_no_more_where_the_log_is_long(settings, home, monkeypatch):
    """The tree grows, the file is added to: neither is made anew for each entry."""
    hashed = []
    combine = merkle.node_hash
    monkeypatch.setattr(merkle, "node_hash", lambda left, right: hashed.append(1) or combine(left, right))
    with opened(settings) as ledger:
        ledger.audit.append(BACKUP, {"to": "x"})
        node = heads_path(home).stat().st_ino
        for number in range(100):
            ledger.audit.append(BACKUP, {"to": str(number)})
    assert heads_path(home).stat().st_ino == node
    assert len(hashed) < 100 * 20
