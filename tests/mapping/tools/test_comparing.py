"""Two results of one bucket, held against each other column by column."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mapping.kit import BASE, case, record, run

from leverans.mapping.tools.comparing import Difference, Outcome


def outcome(mapped):
    return Outcome(mapped.tables, mapped.verdicts)


def compared(before, after, **more):
    found = Difference(hide=lambda key: f"p-{key}", **more)
    found.add(outcome(before), outcome(after))
    return found


def test_the_same_twice_is_equal(tmp_path):
    one = run(tmp_path, [case(1), case(2)], [record(1)])
    found = compared(one, one)
    assert found.equal
    assert found.plain()["objects"] == {"before": 2, "after": 2, "changed": 0}


def test_the_order_of_the_rows_is_no_difference(tmp_path):
    one = run(tmp_path, [case(1), case(2)], [record(1), record(2)])
    other = run(tmp_path, [case(2), case(1)], [record(2), record(1)])
    assert compared(one, other).equal


def test_a_changed_value_is_counted_with_its_field_and_object(tmp_path):
    one = run(tmp_path, [case(1), case(2)])
    other = run(tmp_path, [case(1, STATUS="1"), case(2)])
    plain = compared(one, other).plain()
    assert plain["fields"]["case.status"]["values"] == plain["fields"]["case.status"]["objects"] == 1
    (example,) = plain["fields"]["case.status"]["examples"]
    assert (example["key"], example["before"], example["after"]) == ("p-1", "closed", "open")
    assert plain["objects"]["changed"] == 1


def test_null_and_empty_text_differ(tmp_path):
    one = run(tmp_path, [case(1, UNIT=None)])
    other = run(tmp_path, [case(1, UNIT=7)])
    assert compared(one, other).plain()["rows"]["extra"] == {"removed": 0, "added": 1}
    table = one.tables["case"]
    at = table.schema.get_field_index("description")
    emptied = {**one.tables, "case": table.set_column(at, "description", pa.array([""]))}
    found = Difference(hide=str)
    found.add(outcome(one), Outcome(emptied, one.verdicts))
    assert list(found.changes) == ["case.description"]


def test_of_free_text_only_the_shape_is_shown(tmp_path):
    plain = compared(
        run(tmp_path, [case(1)]), run(tmp_path, [case(1, TITLE="Brev 7", PERSON="Bo Ek")])
    ).plain()
    assert plain["fields"]["case.title"]["examples"][0]["after"] == "Aaaa 9"
    assert plain["fields"]["agent.name"]["examples"][0]["after"] == "Aa Aa"


def test_of_a_protected_object_nothing_is_shown_though_it_counts(tmp_path):
    one = run(tmp_path, [case(1, SKYDD="ja")])
    other = run(tmp_path, [case(1, SKYDD="ja", STATUS="1")])
    plain = compared(one, other).plain()
    assert plain["fields"]["case.status"]["objects"] == 1
    assert plain["fields"]["case.status"]["examples"] == [
        {"object": "", "key": "", "before": None, "after": None}
    ]
    gone = compared(run(tmp_path, [case(1)]), other).plain()
    assert {
        text
        for change in gone["fields"].values()
        for example in change["examples"]
        for text in example.values()
    } == {"", None}


def test_what_a_verdict_changes_is_told(tmp_path):
    found = compared(run(tmp_path, [case(1)]), run(tmp_path, [case(1, STATUS="7")]))
    assert found.dispositions == {("archive", "quarantine"): 1}
    found = compared(run(tmp_path, [case(1)]), run(tmp_path, [case(1), case(2)]))
    assert found.dispositions == {("not there", "archive"): 1}


def test_what_leaves_the_rows_in_the_package_is_seen(tmp_path):
    text = BASE.replace(
        "TOUCHED: {technical: tidpunkt för senaste läsning}", "TOUCHED: {gallring: minnesanteckning}"
    )
    other = run(
        tmp_path, [case(1)], text=text, overlay={"decisions": {"d.ARENDE.TOUCHED": {"decision": "KS § 1"}}}
    )
    assert list(compared(run(tmp_path, [case(1)]), other).changes) == ["row.json"]


def test_examples_are_of_different_objects_and_never_more_than_asked_for(tmp_path):
    rows = [record(number, of=1 + number % 4) for number in range(1, 41)]
    one = run(tmp_path, [case(number) for number in range(1, 5)], rows)
    other = run(tmp_path, [case(number) for number in range(1, 5)], [row | {"RUBRIK": "Ny"} for row in rows])
    change = compared(one, other, most=3).changes["record.title"]
    assert (change.values, change.objects) == (40, 4)
    assert len({example.object for example in change.examples}) == 3


def test_buckets_add_up(tmp_path):
    found = Difference(hide=str)
    for number in (1, 2, 3):
        found.add(outcome(run(tmp_path, [case(number)])), outcome(run(tmp_path, [case(number, STATUS="1")])))
    assert found.changes["case.status"].objects == found.objects["changed"] == 3


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["01", "1"]), min_size=1, max_size=6), st.data())
def test_as_many_objects_change_as_rows_do(tmp_path_factory, before, data):
    after = data.draw(st.lists(st.sampled_from(["01", "1"]), min_size=len(before), max_size=len(before)))
    root = tmp_path_factory.getbasetemp()
    one, other = (
        run(root, [case(n, STATUS=word) for n, word in enumerate(words, 1)]) for words in (before, after)
    )
    wanted = sum(a != b for a, b in zip(before, after, strict=True))
    found = compared(one, other)
    assert found.objects["changed"] == wanted
    assert found.equal is (wanted == 0)
