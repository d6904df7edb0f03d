import pyarrow as pa
import pytest

from leverans.errors import IntegrityError
from leverans.ledger import CURRENT_COLUMNS, Tally


def ids(tables):
    return [one for table in tables for one in table["object"].to_pylist()]


def test_the_same_part_twice_is_written_once(ledger, begin, objects):
    run = begin(ledger)
    assert ledger.record_objects(run, "1", objects("a", "b")) is True
    assert ledger.record_objects(run, "1", objects("a", "b")) is False
    assert ledger.tallies(run) == [Tally("open", "archived", "new", 2, 2, 4)]


def test_the_same_part_is_known_however_the_table_is_cut(ledger, begin, objects):
    run, table = begin(ledger), objects(*"abcd")
    ledger.record_objects(run, "1", table)
    cut = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    assert ledger.record_objects(run, "1", cut) is False


def test_the_order_in_which_objects_come_makes_no_other_part(ledger, begin, objects):
    run = begin(ledger)
    assert ledger.record_objects(run, "1", objects("b", "a"))
    assert not ledger.record_objects(run, "1", objects("a", "b"))


@pytest.mark.parametrize("other", [("a",), ("a", "c"), ("a", "b", "b")])
def test_the_same_part_with_other_rows_is_an_error(ledger, begin, objects, other):
    run = begin(ledger)
    ledger.record_objects(run, "1", objects("a", "b"))
    with pytest.raises(IntegrityError, match="LED005"):
        ledger.record_objects(run, "1", objects(*other))
    assert ledger.tallies(run)[0].objects == 2


def test_parts_of_objects_and_rows_and_of_runs_do_not_meet(ledger, begin, objects):
    first, second = begin(ledger), begin(ledger)
    ledger.record_objects(first, "1", objects("a"))
    assert ledger.record_rows(first, "1", pa.table({"stream": ["db.x"], "key": ["1"], "code": ["LED001"]}))
    assert ledger.record_objects(second, "1", objects("a"))


def test_nothing_to_record_is_recorded_too(ledger, begin, objects):
    run = begin(ledger)
    assert ledger.record_objects(run, "1", objects("a").slice(0, 0)) is True
    assert ledger.record_objects(run, "1", objects("a").slice(0, 0)) is False


@pytest.mark.parametrize(
    "change",
    [
        {"disposition": "lost"},
        {"disposition": None},
        {"route": "secret"},
        {"route": None},
        {"surplus": "x"},
        {"documents": None},
    ],
)
def test_what_is_not_as_agreed_is_refused_whole(ledger, begin, objects, change):
    run = begin(ledger)
    with pytest.raises(ValueError):
        ledger.record_objects(run, "1", objects("a", "b", **change))
    assert ledger.tallies(run) == []


def test_columns_that_may_be_null_may_be_left_out(ledger, begin, objects):
    run = begin(ledger)
    ledger.record_objects(run, "1", objects("a").drop(["key", "reference", "parts", "closed"]))
    assert ledger.lookup(["a"], "mora/alkt").to_pylist()[0]["parts"] is None
    with pytest.raises(ValueError, match="records"):
        ledger.record_objects(run, "2", objects("b").drop(["records"]))


def test_names_of_the_protected_route_are_not_kept_whoever_sends_them(ledger, begin, objects, path):
    run = begin(ledger)
    ledger.record_objects(run, "1", objects("a", key="hemlig-1", reference="hemlig-2", route="protected"))
    ledger.record_rows(
        run,
        "1",
        pa.table({"stream": ["db.x"], "key": ["hemlig-3"], "code": ["LED001"], "route": ["protected"]}),
    )
    assert ledger.explain("hemlig-1") == ledger.explain("hemlig-2") == []
    assert ledger.explain("a")[0].key is None
    ledger.close()
    written = b"".join(one.read_bytes() for one in sorted(path.parent.iterdir()))
    assert b"ledger" in path.name.encode()
    assert b"hemlig" not in written


def test_lookup_gives_the_last_archived_version(ledger, begin, objects):
    first, second, third = begin(ledger), begin(ledger), begin(ledger)
    ledger.record_objects(first, "1", objects("a", "b"))
    ledger.record_objects(second, "1", objects("a", version=2, digest="d2", state="changed"))
    ledger.record_objects(second, "2", objects("b", disposition="unchanged", version=1))
    ledger.record_objects(third, "1", objects("a", disposition="quarantined", version=None, digest=None))
    found = ledger.lookup(["b", "a", "c", "a"], "mora/alkt")
    assert found.schema == CURRENT_COLUMNS
    rows = {row["object"]: row for row in found.to_pylist()}
    assert {name: (row["version"], row["digest"]) for name, row in rows.items()} == {
        "a": (2, "d2"),
        "b": (1, "d1"),
    }
    assert rows["b"]["parts"] == b"12345678"
    assert rows["a"]["closed"] is True
    assert ledger.lookup([], "mora/alkt").num_rows == 0


def test_a_resumed_run_does_not_see_its_own_work(ledger, begin, objects):
    first, second = begin(ledger), begin(ledger)
    ledger.record_objects(first, "1", objects("a"))
    ledger.record_objects(second, "1", objects("a", "b", version=2))
    seen = ledger.lookup(["a", "b"], "mora/alkt", before=second).to_pylist()
    assert [(row["object"], row["version"]) for row in seen] == [("a", 1)]
    assert ids(ledger.current("mora/alkt", before=second)) == ["a"]
    assert ids(ledger.current("mora/alkt", before=first)) == []


def test_deliveries_and_test_deliveries_do_not_see_each_other(ledger, begin, objects):
    live, test, other = begin(ledger), begin(ledger, test=True), begin(ledger, "mora/hr")
    ledger.record_objects(live, "1", objects("a"))
    ledger.record_objects(test, "1", objects("a", "b", version=7))
    ledger.record_objects(other, "1", objects("a", "c", version=9))
    assert ids(ledger.current("mora/alkt")) == ["a"]
    assert ids(ledger.current("mora/alkt", test=True)) == ["a", "b"]
    assert ids(ledger.current("mora/hr")) == ["a", "c"]
    assert ledger.lookup(["a"], "mora/alkt")["version"].to_pylist() == [1]
    assert ledger.lookup(["a"], "mora/alkt", test=True)["version"].to_pylist() == [7]


def test_more_than_one_batch_comes_back_sorted(ledger, begin, objects, monkeypatch):
    from leverans.ledger import queries

    monkeypatch.setattr(queries, "BATCH", 10)
    monkeypatch.setattr(queries, "_IDS", 7)
    names = [f"{number:03d}" for number in range(25)]
    run = begin(ledger)
    ledger.record_objects(run, "1", objects(*reversed(names)))
    tables = list(ledger.current("mora/alkt"))
    assert [table.num_rows for table in tables] == [10, 10, 5]
    assert ids(tables) == names
    assert ids([ledger.lookup(list(reversed(names)), "mora/alkt")]) == names


def test_what_is_not_found_any_more_is_missing(ledger, begin, objects):
    first, second = begin(ledger), begin(ledger)
    ledger.record_objects(first, "1", objects("a", "b", "c", "d", "e"))
    ledger.record_objects(second, "1", objects("a", disposition="unchanged"))
    ledger.record_objects(second, "2", objects("b", disposition="quarantined"))
    ledger.record_objects(second, "3", objects("c", disposition="excluded"))
    assert ids(ledger.missing(second)) == ["d", "e"]
    ledger.record_objects(second, "vanished", objects("d", "e", disposition="vanished", state="vanished"))
    assert ids(ledger.missing(second)) == ["d", "e"]
    assert ids(ledger.missing(first)) == []
    assert ids(ledger.current("mora/alkt")) == ["a", "b", "c", "d", "e"]


def test_what_was_archived_by_the_run_itself_is_not_missing(ledger, begin, objects):
    run = begin(ledger)
    ledger.record_objects(run, "1", objects("a"))
    assert list(ledger.missing(run)) == []


def test_tallies_and_reasons(ledger, begin, objects):
    run = begin(ledger)
    ledger.record_objects(run, "1", objects("a", "b"))
    ledger.record_objects(run, "2", objects("c", route="protected"))
    ledger.record_objects(run, "3", objects("d", "e", disposition="quarantined", state=None, reason="MAP101"))
    ledger.record_objects(run, "4", objects("f", disposition="excluded", state=None, reason="MAP102"))
    assert [(one.route, one.disposition, one.objects) for one in ledger.tallies(run)] == [
        ("open", "archived", 2),
        ("open", "excluded", 1),
        ("open", "quarantined", 2),
        ("protected", "archived", 1),
    ]
    assert ledger.reasons(run) == {("excluded", "MAP102"): 1, ("quarantined", "MAP101"): 2}


def test_a_hundred_thousand_objects(ledger, begin):
    count = 100_000
    names = [f"{number:08d}" for number in range(count)]
    table = pa.table(
        {
            "object": names,
            "reference": names,
            "route": pa.repeat("open", count),
            "disposition": pa.repeat("archived", count),
            "version": pa.repeat(1, count),
            "documents": pa.repeat(5, count),
            "records": pa.repeat(3, count),
        }
    )
    run = begin(ledger)
    ledger.record_objects(run, "1", table)
    assert ledger.tallies(run) == [Tally("open", "archived", None, count, 3 * count, 5 * count)]
    assert ledger.lookup(names[::1000], "mora/alkt").num_rows == 100
