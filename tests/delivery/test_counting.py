import pyarrow as pa

from leverans.delivery.counting import Counts, count_documents, count_rows, imbalances, take_back

ROOTS = {"a": "archived", "q": "quarantined", "x": "excluded"}


def rows(*entries):
    names = ["stream", "key", "root", "role", "disposition"]
    return pa.Table.from_pylist(
        [dict(zip(names, entry, strict=True)) for entry in entries],
        pa.schema([(name, pa.string()) for name in names]),
    )


def test_rows_follow_their_object_unless_they_have_a_word_of_their_own():
    counts = Counts()
    table = rows(
        ("s", "1", "a", "object", None),
        ("s", "2", "a", "part_of", None),
        ("s", "3", "q", "part_of", None),
        ("s", "4", "x", "object", None),
        ("s", "5", None, "part_of", "quarantine"),
        ("s", "6", "a", "part_of", "exclude"),
        ("s", "7", None, "part_of", None),
        ("t", "1", "a", "part_of", None),
    )
    count_rows(counts, table, ROOTS)
    assert counts.streams["s"] == {
        "rows": 7,
        "object": 1,
        "part_of": 1,
        "reference": 0,
        "quarantined": 3,
        "excluded": 2,
    }
    assert counts.streams["t"]["part_of"] == 1
    counts.finish()
    assert imbalances(counts) == []


def test_documents_follow_their_object():
    counts = Counts()
    names = ["stream", "ref", "root", "sha256", "status", "disposition"]
    table = pa.Table.from_pylist(
        [
            dict(zip(names, ("d", "1", "a", "x", "landed", None), strict=True)),
            dict(zip(names, ("d", "2", "q", None, "missing", None), strict=True)),
            dict(zip(names, ("d", "3", None, "y", "landed", "quarantine"), strict=True)),
        ],
        pa.schema([(name, pa.string()) for name in names]),
    )
    count_documents(counts, table, ROOTS)
    assert counts.documents == {"listed": 3, "landed": 2, "archived": 1, "quarantined": 2}


def test_a_row_that_is_lost_is_an_imbalance():
    counts = Counts()
    count_rows(counts, rows(("s", "1", "a", "object", None)), ROOTS)
    counts.streams["s"]["rows"] += 1
    counts.finish()
    assert imbalances(counts) == [("s", 2, 1)]


def test_an_object_that_is_lost_is_an_imbalance():
    counts = Counts(objects={"found": 2, "archived": 1})
    counts.finish()
    assert imbalances(counts) == [("objects", 2, 1)]


def test_what_was_not_delivered_is_taken_back_and_makes_an_imbalance():
    counts = Counts(
        objects={"found": 1, "archived": 1, "archived_protected": 0},
        states={"new": 1},
        entities={"case": 1, "record": 2, "file": 3},
        documents={"listed": 3, "archived": 3, "bytes": 9},
    )
    take_back(counts, [{"state": "new", "route": "open", "records": 2, "documents": 3, "bytes": 9}])
    counts.finish()
    assert counts.objects["archived"] == 0
    assert counts.entities == {"case": 0, "record": 0, "file": 0}
    assert {name for name, *_ in imbalances(counts)} == {"objects", "documents"}


def test_what_is_held_back_is_accounted_for_as_that():
    counts = Counts(
        objects={"found": 1, "archived": 1, "archived_protected": 0},
        states={"new": 1},
        entities={"case": 1, "record": 2, "file": 3},
        documents={"listed": 3, "archived": 3, "bytes": 9},
    )
    rows = [{"state": "new", "route": "open", "records": 2, "documents": 3, "bytes": 9}]
    take_back(counts, rows, held=True)
    counts.finish()
    assert counts.held == {"objects": 1, "documents": 3}
    assert imbalances(counts) == []


def test_only_what_was_not_delivered_is_taken_back():
    counts = Counts(
        objects={"found": 2, "archived": 2, "archived_protected": 2},
        states={"new": 1, "changed": 1},
        entities={"case": 2, "record": 5, "file": 7},
        documents={"listed": 7, "archived": 7, "bytes": 90},
    )
    take_back(counts, [{"state": "new", "route": "protected", "records": 2, "documents": 3, "bytes": 9}])
    assert counts.objects == {"found": 2, "archived": 1, "archived_protected": 1}
    assert counts.states == {"new": 0, "changed": 1}
    assert counts.entities == {"case": 1, "record": 3, "file": 4}
    assert counts.documents == {"listed": 7, "archived": 4, "bytes": 81}


def test_counts_survive_a_checkpoint_and_add_up():
    one = Counts(objects={"found": 1}, streams={"s": {"rows": 1}}, findings={"A": 1})
    two = Counts.of(one.plain())
    two.add(one)
    assert two.objects == {"found": 2}
    assert two.streams == {"s": {"rows": 2}}
    assert two.findings == {"A": 2}
    assert one.objects == {"found": 1}
