"""The audit log finds what was done to a ledger by somebody who has the file and a tool for it."""

import sqlite3

import pytest

from leverans.clock import FixedClock
from leverans.ledger import Head, Item, Ledger
from leverans.ledger.audit import BACKUP, BEGUN, CREATED, DECISION, ISSUED, SEALED, leaf_of, root_at
from leverans.ledger.bulk import Fingerprint
from leverans.trust import merkle

TABLES = (
    "run",
    "event",
    "batch",
    "object_event",
    "row_event",
    "identity",
    "audit",
    "decision",
    "decision_item",
)


@pytest.fixture
def filled(ledger, begin, objects):
    """Two runs that ended, with objects, rows, a receipt and decisions, and a third that goes on."""
    import pyarrow as pa

    for number in (1, 2):
        run = begin(ledger)
        ledger.record_objects(run, "0000", objects("a", "b", "c", closed=[True, False, None]))
        ledger.record_objects(
            run, "0001", objects("d", disposition="quarantined", reason="MAP100", rule="r", version=None)
        )
        ledger.record_objects(run, "empty", objects().cast(objects("x").schema))
        rows = {"stream": ["db.t", "db.t"], "key": ["1", "2"], "code": ["MAP123", "MAP123"]}
        ledger.record_rows(run, "0000", pa.table(rows))
        ledger.event(run, "note", {"number": number})
        ledger.record_receipt(run, f"receipts/alkt/{number}.json", lambda head: {"audit": head.plain()})
        ledger.finish(run, "complete", {"balanced": True})
        ledger.decisions.record(
            run, "accept", person="Åsa", reason="r", reference="KS 1", items=[Item("MAP100", object="d")]
        )
    begin(ledger, delivery="mora/other")
    return ledger


def check(path, *heads):
    with Ledger.look(path, FixedClock()) as ledger:
        return sorted({finding.code for finding in ledger.audit.check(heads)})


def tampered(path, *statements, guards=True):
    """Do what an attacker does: drop the triggers, write, put the triggers back."""
    connection = sqlite3.connect(path)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        words = (statement,) if isinstance(statement, str) else statement
        assert connection.execute(*words).rowcount != 0, statement
    for _, sql in triggers if guards else []:
        connection.execute(sql)
    connection.commit()
    connection.close()


def test_an_untouched_ledger_is_clean(filled, path):
    head = filled.audit.head()
    filled.audit.append(BACKUP, {"to": "x"})
    assert check(path, head, filled.audit.head()) == []
    kinds = [entry.kind for entry in filled.audit.entries()]
    once = [BEGUN, SEALED, ISSUED, SEALED, DECISION]
    assert kinds == [CREATED, *once, *once, BEGUN, BACKUP]


def test_the_head_is_that_of_the_leaves(filled):
    leaves = filled.audit.leaves()
    head = filled.audit.head()
    assert head == Head(len(leaves), merkle.root(leaves).hex())
    for entry, leaf in zip(filled.audit.entries(), leaves, strict=True):
        assert entry.leaf == entry.computed() == leaf
    position = filled.audit.append(BACKUP, {"to": "x"})
    assert position == head.size
    path = merkle.consistency_proof(filled.audit.leaves(), head.size)
    roots = bytes.fromhex(head.root), bytes.fromhex(filled.audit.head().root)
    assert merkle.verify_consistency(head.size, position + 1, *roots, path)


def test_an_entry_of_no_known_kind_or_form_is_not_written(ledger):
    with pytest.raises(ValueError):
        ledger.audit.append("something", {})
    with pytest.raises(TypeError):
        ledger.audit.append(BACKUP, {"seconds": 0.5})
    assert ledger.audit.head().size == 1


def test_what_is_written_cannot_be_changed_by_accident(filled, path):
    connection = sqlite3.connect(path)
    for statement in (
        "UPDATE audit SET kind = 'x'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)


ENTRIES = {
    "edited": (["UPDATE audit SET entry = replace(entry, 'A-1', 'A-2') WHERE position = 1"], "AUD001"),
    "its kind edited": (["UPDATE audit SET kind = 'reveal' WHERE position = 3"], "AUD001"),
    "its time edited": (
        ["UPDATE audit SET at = '2020-01-01T00:00:00.000+00:00' WHERE position = 3"],
        "AUD001",
    ),
    "its leaf edited": (["UPDATE audit SET leaf = zeroblob(32) WHERE position = 3"], "AUD001"),
    "made nonsense": (["UPDATE audit SET entry = 'x' WHERE position = 2"], "AUD001"),
    "deleted": (["DELETE FROM audit WHERE position = 4"], "AUD002"),
    "the first deleted": (["DELETE FROM audit WHERE position = 0"], "AUD002"),
    "all deleted": (["DELETE FROM audit"], "AUD002"),
    "deleted and the rest moved up": (
        [
            "DELETE FROM audit WHERE position = 10",
            "UPDATE audit SET position = position - 1 WHERE position > 10",
        ],
        "AUD004",
    ),
    "deleted, moved up and one written at the end": (
        [
            "DELETE FROM audit WHERE position = 10",
            "UPDATE audit SET position = position - 1 WHERE position > 10",
            "INSERT INTO audit SELECT 11, at, kind, entry, leaf FROM audit WHERE position = 9",
        ],
        "AUD003",
    ),
    "inserted": (
        [
            "UPDATE audit SET position = -position WHERE position > 4",
            "UPDATE audit SET position = 1 - position WHERE position < 0",
            "INSERT INTO audit SELECT 5, at, kind, entry, leaf FROM audit WHERE position = 4",
        ],
        "AUD003",
    ),
    "reordered": (
        [
            "UPDATE audit SET position = -1 WHERE position = 3",
            "UPDATE audit SET position = 3 WHERE position = 5",
            "UPDATE audit SET position = 5 WHERE position = -1",
        ],
        "AUD003",
    ),
    "cut off at the end": (["DELETE FROM audit WHERE position > 8"], "AUD004"),
}


@pytest.mark.parametrize("what", ENTRIES)
def test_an_entry_that_was_tampered_with_is_found(filled, path, what):
    statements, code = ENTRIES[what]
    head = filled.audit.head()
    filled.close()
    tampered(path, *statements)
    assert code in check(path, head)


def test_an_edited_entry_with_a_recomputed_leaf_is_found_by_the_head(filled, path):
    head = filled.audit.head()
    entry = next(entry for entry in filled.audit.entries(DECISION))
    filled.close()
    from leverans.trust import canonical

    text = canonical({**entry.entry, "person": "Somebody Else"}).decode()
    words = (text, leaf_of(entry.at, entry.kind, text), entry.position)
    tampered(
        path,
        ("UPDATE audit SET entry = ?, leaf = ? WHERE position = ?", words),
        "UPDATE decision SET person = 'Somebody Else' WHERE number = 1",
    )
    assert check(path) == []
    assert check(path, head) == ["AUD003"]


LEDGER = {
    "an object's digest": (
        "UPDATE object_event SET digest = 'other' WHERE object = 'b' AND run = 1",
        "AUD006",
    ),
    "an object's disposition": (
        "UPDATE object_event SET disposition = 'archived' WHERE object = 'd' AND run = 2",
        "AUD006",
    ),
    "whether it is closed": (
        "UPDATE object_event SET closed = NULL WHERE object = 'a' AND run = 1",
        "AUD006",
    ),
    "an object deleted": ("DELETE FROM object_event WHERE object = 'c' AND run = 1", "AUD006"),
    "a whole batch deleted": ("DELETE FROM object_event WHERE object = 'd' AND run = 1", "AUD006"),
    "an object inserted": (
        (
            "INSERT INTO object_event SELECT 99, batch, run, 'e', key, reference, partition, route, disposition,"
            " state, version, digest, package, reason, rule, place, closed, parts, documents, records, inventory"
            " FROM object_event WHERE object = 'a' AND run = 2"
        ),
        "AUD007",
    ),
    "an object moved to another run": (
        "UPDATE object_event SET run = 2 WHERE object = 'a' AND run = 1",
        "AUD007",
    ),
    "a whole batch moved to another run": ("UPDATE object_event SET run = 2 WHERE batch = 1", "AUD007"),
    "a row's key": ("UPDATE row_event SET key = '3' WHERE key = '1' AND run = 1", "AUD006"),
    "a row deleted": ("DELETE FROM row_event WHERE key = '2' AND run = 2", "AUD006"),
    "a batch's digest": ("UPDATE batch SET sha256 = 'x' WHERE number = 1", "AUD005"),
    "a batch deleted": ("DELETE FROM batch WHERE number = 1", "AUD005"),
    "an event's payload": ("UPDATE event SET payload = '{}' WHERE kind = 'note' AND run = 1", "AUD005"),
    "an event's time": ("UPDATE event SET at = 'x' WHERE kind = 'finished' AND run = 1", "AUD005"),
    "an event deleted": ("DELETE FROM event WHERE kind = 'note' AND run = 2", "AUD005"),
    "an event inserted between": (
        "UPDATE event SET kind = 'other' WHERE kind = 'receipt' AND run = 1",
        "AUD005",
    ),
    "an event added after the end": (
        "INSERT INTO event (run, at, kind, part, payload) VALUES (1, 'x', 'note', '', '{}')",
        "AUD007",
    ),
    "a run's reference time": (
        "UPDATE run SET reference_time = '2020-01-01T00:00:00+00:00' WHERE number = 1",
        "AUD005",
    ),
    "who began a run": ("UPDATE run SET by = 'else' WHERE number = 3", "AUD005"),
    "a run made live": ("UPDATE run SET test = 1 WHERE number = 2", "AUD005"),
    "a run deleted": ("DELETE FROM run WHERE number = 2", "AUD008"),
    "a run inserted": (
        (
            "INSERT INTO run SELECT 4, 'x', delivery, test, reference_time, code_version, agreement, by, at"
            " FROM run WHERE number = 1"
        ),
        "AUD008",
    ),
    "who decided": ("UPDATE decision SET person = 'else' WHERE number = 1", "AUD009"),
    "what was decided": ("UPDATE decision SET action = 'exclude' WHERE number = 1", "AUD009"),
    "when it was decided": (
        "UPDATE decision SET at = '2020-01-01T00:00:00.000+00:00' WHERE number = 1",
        "AUD009",
    ),
    "a decision deleted": ("DELETE FROM decision WHERE number = 2", "AUD009"),
    "a decision inserted": (
        (
            "INSERT INTO decision SELECT 9, 'x', delivery, test, run, action, person, reason, reference, selection, at"
            " FROM decision WHERE number = 1"
        ),
        "AUD009",
    ),
    "what a decision is about": ("UPDATE decision_item SET object = 'a' WHERE decision = 1", "AUD009"),
    "an item deleted": ("DELETE FROM decision_item WHERE decision = 1", "AUD009"),
    "an item inserted": ("INSERT INTO decision_item (decision, object, code) VALUES (7, 'a', 'x')", "AUD009"),
    "whose ledger it is": ("UPDATE identity SET municipality = 'orsa'", "AUD012"),
    "since when it is theirs": ("UPDATE identity SET at = '2020-01-01T00:00:00.000+00:00'", "AUD012"),
    "a whole batch moved behind the last": (
        "UPDATE object_event SET sequence = sequence + 1000 WHERE batch = 1",
        "AUD006",
    ),
    "a whole batch of rows moved": ("UPDATE row_event SET sequence = sequence + 9 WHERE run = 1", "AUD006"),
    "an item moved behind the last": (
        "UPDATE decision_item SET sequence = sequence + 9 WHERE decision = 1",
        "AUD009",
    ),
    "when a run began, made nonsense": ("UPDATE run SET at = at || 'x' WHERE number = 1", "AUD005"),
    "a run's time of reference, made nonsense": (
        "UPDATE run SET reference_time = 'x' WHERE number = 2",
        "AUD005",
    ),
    "who began a run, made bytes": ("UPDATE run SET by = x'00ff' WHERE number = 1", "AUD005"),
    "whether it is a test, made text": ("UPDATE run SET test = 'x' WHERE number = 1", "AUD005"),
    "an event's payload, made bytes": ("UPDATE event SET payload = x'ff' WHERE run = 1", "AUD005"),
    "when a batch came, made nonsense": ("UPDATE batch SET at = x'ff' WHERE number = 1", "AUD005"),
    "how many rows a batch has, made text": ("UPDATE batch SET rows = 'x' WHERE number = 1", "AUD005"),
    "an object's digest, made bytes": (
        "UPDATE object_event SET digest = x'ff' WHERE object = 'a' AND run = 1",
        "AUD006",
    ),
    "whether it is closed, made text": (
        "UPDATE object_event SET closed = 'x' WHERE object = 'a' AND run = 1",
        "AUD006",
    ),
    "when it was decided, made nonsense": ("UPDATE decision SET at = 'x' WHERE number = 1", "AUD009"),
    "what was asked for, made nonsense": ("UPDATE decision SET selection = 'x' WHERE number = 1", "AUD009"),
    "whether it was a test, made text": ("UPDATE decision SET test = 'x' WHERE number = 1", "AUD009"),
    "an item, made bytes": ("UPDATE decision_item SET object = x'ff' WHERE decision = 1", "AUD009"),
    "an entry, made bytes": ("UPDATE audit SET entry = x'ff' WHERE position = 3", "AUD001"),
    "an entry's leaf, made text": ("UPDATE audit SET leaf = 'x' WHERE position = 3", "AUD001"),
    "an entry, nested deeply": (
        ("UPDATE audit SET entry = ? WHERE position = 3", ("[" * 100_000,)),
        "AUD001",
    ),
}

SWAPPED = {
    "two batches change places": (
        [
            "UPDATE object_event SET sequence = -sequence WHERE run = 1",
            "UPDATE object_event SET sequence = 1 WHERE object = 'd' AND run = 1",
            "UPDATE object_event SET sequence = 1 - sequence WHERE sequence < 0",
        ],
        "AUD006",
    ),
    "two items change places": (
        [
            "UPDATE decision_item SET sequence = -sequence",
            "UPDATE decision_item SET sequence = 3 + sequence",
        ],
        "AUD009",
    ),
}


@pytest.mark.parametrize("what", SWAPPED)
def test_rows_that_change_places_without_a_gap_are_found(filled, path, what):
    statements, code = SWAPPED[what]
    filled.close()
    tampered(path, *statements)
    assert check(path) == [code]


def test_a_log_that_does_not_tell_since_when_still_tells_whose_it_is(ledger, path):
    """As a ledger of an earlier version has it: its first entry is held to what it says."""
    at = next(ledger.audit.entries()).at
    ledger.close()
    words = ('{"municipality":"mora"}', leaf_of(at, CREATED, '{"municipality":"mora"}'))
    tampered(path, ("UPDATE audit SET entry = ?, leaf = ?", words))
    assert check(path) == []
    tampered(path, "UPDATE identity SET municipality = 'orsa'")
    assert check(path) == ["AUD012"]


@pytest.mark.parametrize("what", LEDGER)
def test_a_row_of_the_ledger_that_was_tampered_with_is_found(filled, path, what):
    statement, code = LEDGER[what]
    filled.close()
    tampered(path, statement)
    assert code in check(path)


def test_a_row_and_the_digest_of_its_batch_are_found_by_the_seal(filled, path):
    filled.close()
    connection = sqlite3.connect(path)
    digest = Fingerprint()
    rows = connection.execute("SELECT * FROM object_event WHERE batch = 2").fetchall()
    digest.add([("else", *row[4:]) for row in rows])
    connection.close()
    tampered(
        path,
        "UPDATE object_event SET object = 'else' WHERE batch = 2",
        ("UPDATE batch SET sha256 = ? WHERE number = 2", (digest.hexdigest(),)),
    )
    assert "AUD005" in check(path)


@pytest.mark.parametrize("table", TABLES)
def test_a_guard_that_was_taken_out_is_found(filled, path, table):
    filled.close()
    connection = sqlite3.connect(path)
    connection.execute(f"DROP TRIGGER {table}_no_delete")
    connection.commit()
    assert check(path) == ["AUD011"]


@pytest.mark.parametrize("guard", ["no_update", "no_delete", "no_replace"])
@pytest.mark.parametrize("table", TABLES)
def test_a_guard_that_guards_nothing_any_more_is_found_by_what_it_does(filled, path, table, guard):
    filled.close()
    connection = sqlite3.connect(path)
    name = f"{table}_{guard}"
    (text,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    connection.execute(f"DROP TRIGGER {name}")
    connection.execute(
        text.replace("RAISE(ABORT, 'the ledger is append-only')", "1").replace(
            "RAISE(ROLLBACK, 'the ledger is append-only')", "1"
        )
    )
    connection.commit()
    connection.close()
    with Ledger.look(path, FixedClock()) as ledger:
        (found,) = ledger.audit.check()
    assert (found.code, found.where, found.parameters["missing"]) == ("AUD011", f"ledger.{table}", name)


@pytest.mark.parametrize(
    "text",
    [
        "BEFORE INSERT ON audit WHEN NEW.kind = 'purge' BEGIN SELECT RAISE(IGNORE); END",
        "AFTER INSERT ON decision BEGIN SELECT 1; END",
    ],
)
def test_a_trigger_that_does_not_belong_there_is_found(filled, path, text):
    filled.close()
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TRIGGER quiet {text}")
    connection.commit()
    assert check(path) == ["AUD011"]


def test_white_space_alone_makes_no_other_guard(filled, path):
    filled.close()
    connection = sqlite3.connect(path)
    (text,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'run_no_delete'").fetchone()
    connection.execute("DROP TRIGGER run_no_delete")
    connection.execute(text.replace(" ", "\n  "))
    connection.commit()
    assert check(path) == []


@pytest.mark.parametrize(
    "seal",
    [
        '{"number":1}',
        '{"number":1,"last":7}',
        '{"number":1,"last":{"batch":"x","event":1}}',
        '{"number":"x"}',
        "[]",
    ],
)
def test_a_seal_made_nonsense_with_a_fitting_leaf_is_a_finding_and_no_crash(filled, path, seal):
    at, kind = next((entry.at, entry.kind) for entry in filled.audit.entries() if entry.position == 2)
    filled.close()
    words = (seal, leaf_of(at, kind, seal))
    tampered(path, ("UPDATE audit SET entry = ?, leaf = ? WHERE position = 2", words))
    assert check(path) in ([], ["AUD005"], ["AUD001"])
    tampered(path, ("UPDATE audit SET entry = ?, leaf = ? WHERE kind = 'run.sealed'", words))
    assert set(check(path)) & {"AUD005", "AUD008"}


def test_a_ledger_from_before_the_log_is_adopted_with_its_runs(filled, path):
    filled.close()
    tampered(path, "DELETE FROM audit", "DELETE FROM decision", "DELETE FROM decision_item")
    with Ledger.open(path, "mora", FixedClock()) as ledger:
        entries = list(ledger.audit.entries())
    assert [entry.kind for entry in entries] == [CREATED, SEALED, SEALED]
    since = entries[0].entry["since"]
    assert entries[0].entry == {"municipality": "mora", "earlier_runs": 3, "since": since}
    assert check(path) == []
    tampered(path, "UPDATE object_event SET digest = 'x' WHERE object = 'a' AND run = 1")
    assert check(path) == ["AUD006"]


def test_a_seal_is_written_again_only_when_something_came(ledger, begin):
    run = begin(ledger)
    with ledger._engine.write("x") as connection:
        assert ledger.audit.seal_in(connection, run) == 2
        assert ledger.audit.seal_in(connection, run) is None
    ledger.event(run, "note", {})
    with ledger._engine.write("x") as connection:
        assert ledger.audit.seal_in(connection, run) == 3


def test_an_end_that_is_not_committed_leaves_no_seal(ledger, begin):
    from leverans.ledger import commit_hook

    run = begin(ledger)

    def killed(moment, label):
        if (moment, label) == ("before", "finish"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), commit_hook(killed):
        ledger.finish(run, "complete")
    assert [entry.kind for entry in ledger.audit.entries()] == [CREATED, BEGUN]
    assert ledger.unfinished("mora/alkt") == run


def test_the_content_of_a_run_is_what_it_archived_and_found_unchanged(ledger, begin, objects):
    run = begin(ledger)
    ledger.record_objects(run, "1", objects("b", digest="d2", inventory="i2"))
    ledger.record_objects(run, "2", objects("a", disposition="unchanged", inventory="i1"))
    ledger.record_objects(run, "3", objects("c", disposition="quarantined", digest=None, reason="MAP100"))
    import hashlib

    content = ledger.audit.content(run)
    assert content.plain() == {
        "objects": 2,
        "sha256": hashlib.sha256(b"a d1\nb d2\n").hexdigest(),
        "stored": hashlib.sha256(b"a 1 i1\nb 1 i2\n").hexdigest(),
    }


def test_entries_are_found_by_kind_and_time(filled):
    assert [entry.entry["number"] for entry in filled.audit.entries(BEGUN)] == [1, 2, 3]
    assert list(filled.audit.entries(since="2027")) == []
    assert len(list(filled.audit.entries(since="2026", until="2027"))) == filled.audit.head().size
    assert root_at(filled.audit.leaves(), 0) == merkle.EMPTY.hex()
