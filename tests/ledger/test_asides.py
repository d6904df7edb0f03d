"""What a run set aside, in groups: exact counts, bounded names, nothing protected named."""

import pyarrow as pa


def rows(*entries):
    return pa.Table.from_pylist(
        [
            {"stream": stream, "key": key, "route": route, "disposition": disposition, "code": code}
            | {"rule": rule, "where": "m.yaml:1:1"}
            for stream, key, route, disposition, code, rule in entries
        ]
    )


def test_groups_count_all_and_names_are_the_first(ledger, begin, objects):
    run = begin(ledger)
    ledger.record_objects(
        run,
        "a",
        objects(
            *"edcba", disposition="quarantined", reason="MAP100", rule="r", where="m.yaml:2:2", documents=3
        ),
    )
    ledger.record_objects(run, "b", objects("x", disposition="excluded", reason="MAP141", rule="void"))
    ledger.record_objects(run, "c", objects("y", "z"))
    ledger.record_rows(
        run, "d", rows(*(("s.t", f"k{one}", "open", "quarantined", "MAP115", "o") for one in range(4)))
    )
    found = ledger.asides(run, most=2)
    groups = {(one.disposition, one.code): one for one in found.groups}
    assert set(groups) == {("quarantined", "MAP100"), ("excluded", "MAP141"), ("quarantined", "MAP115")}
    first = groups["quarantined", "MAP100"]
    assert (first.objects, first.documents, first.rows, first.rule, first.place) == (
        5,
        15,
        0,
        "r",
        "m.yaml:2:2",
    )
    assert (groups["quarantined", "MAP115"].objects, groups["quarantined", "MAP115"].rows) == (0, 4)
    assert [one.reference for one in found.names["quarantined", "MAP100"]] == ["ref-a", "ref-b"]
    assert [one.key for one in found.names["quarantined", "MAP115"]] == ["k0", "k1"]
    assert all(one.number for one in found.names["quarantined", "MAP115"])


def test_the_protected_route_is_counted_and_never_named(ledger, begin, objects):
    run = begin(ledger)
    ledger.record_objects(
        run, "a", objects("a", "b", disposition="quarantined", reason="MAP100", route="protected")
    )
    ledger.record_rows(run, "b", rows(("s.t", "k", "protected", "quarantined", "MAP115", "o")))
    found = ledger.asides(run, most=9)
    assert {(one.route, one.objects + one.rows) for one in found.groups} == {
        ("protected", 2),
        ("protected", 1),
    }
    assert found.names == {}


def test_one_run_says_nothing_of_another(ledger, begin, objects):
    first, second = begin(ledger), begin(ledger)
    ledger.record_objects(first, "a", objects("a", disposition="quarantined", reason="MAP100"))
    assert ledger.asides(second, most=9).groups == ()
    assert len(ledger.asides(first, most=9).groups) == 1


def test_objects_and_rows_of_one_code_share_the_bound(ledger, begin, objects):
    run = begin(ledger)
    ledger.record_objects(run, "a", objects("a", "b", disposition="quarantined", reason="MAP100"))
    ledger.record_rows(run, "b", rows(("s.t", "k", "open", "quarantined", "MAP100", "o")))
    assert len(ledger.asides(run, most=2).names["quarantined", "MAP100"]) == 2
    assert len(ledger.asides(run, most=3).names["quarantined", "MAP100"]) == 3
