"""Laws that hold for any rows: every row exactly once, order is nothing, JSON is JSON."""

import json
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mapping.kit import case, context, document, plan_for, record, world

from leverans.mapping.execution.arrow import natural
from leverans.mapping.execution.dates import parse_dates
from leverans.mapping.execution.streams import _row_json

IDS = st.integers(1, 6)
TEXTS = st.sampled_from(["", "a", "Ã¶", "\x07", "J", "S", "OSL 30 kap. 23 §", None])
CASES = st.builds(
    lambda number, title, void, skydd, sekr, opened, kind, unit: case(
        number, TITLE=title, VOID=void, SKYDD=skydd, SEKR=sekr, LAG=title, OPENED=opened, KIND=kind, UNIT=unit
    ),
    st.one_of(st.none(), IDS),
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.sampled_from(["2003-04-02", "1800-01-01", "x", "", None]),
    st.sampled_from(["0100", "0320", "X9", None]),
    st.sampled_from([7, 8, None]),
)
RECORDS = st.builds(
    lambda number, of, draft, path: record(number, of=of, DRAFT=draft, PATH=path),
    IDS,
    st.one_of(st.none(), st.integers(1, 9)),
    st.sampled_from(["0", "1", None]),
    st.sampled_from(["a", "b", "c", "", None]),
)
DOCUMENTS = st.lists(st.sampled_from(["a", "b", "d", "e"]), unique=True).map(
    lambda refs: [document(ref, size=len(ref) - (ref == "b")) for ref in refs]
)
UNITS = [{"ENH_ID": 7, "NAMN": "a"}, {"ENH_ID": 8, "NAMN": "b"}, {"ENH_ID": 8, "NAMN": "c"}]
PLAN = plan_for(Path(tempfile.mkdtemp()), world([case()], [record(1)]))


def mapped(cases, records, documents):
    return PLAN.execute(*world(cases, records, documents, units=UNITS), context())


@settings(max_examples=60, deadline=None)
@given(st.lists(CASES, max_size=8), st.lists(RECORDS, max_size=10), DOCUMENTS)
def test_every_row_and_document_has_exactly_one_disposition(cases, records, documents):
    found = mapped(cases, records, documents)
    rows = found.rows.to_pylist()
    assert Counter(row["stream"] for row in rows) == Counter(
        {"d.ARENDE": len(cases), "d.HANDLING": len(records)}
    )
    assert all((row["root"] is None) == (row["disposition"] is not None) for row in rows)
    roots = set(found.tables["case"]["root"].to_pylist())
    assert {row["root"] for row in rows if row["root"]} == roots
    assert Counter(row["root"] for row in rows if row["role"] == "object" and row["root"]) == Counter(roots)
    for table in found.tables.values():
        assert set(table["root"].to_pylist()) <= roots
    listed = [row["ref"] for row in found.documents.to_pylist()]
    assert len(listed) == len(set(listed))
    assert set(listed) >= {row["ref"] for row in documents}
    loose = sum(row["disposition"] == "quarantine" for row in rows)
    told = found.verdicts.to_pylist()
    alone = [
        row
        for row in told
        if row["root"] is None and row["disposition"] == "quarantine" and row["code"] != "MAP123"
    ]
    assert len(alone) == loose
    assert len(found.tables["row"]) == sum(row["root"] is not None for row in rows)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(CASES, max_size=8), st.lists(RECORDS, max_size=10), DOCUMENTS, st.randoms(use_true_random=False)
)
def test_the_order_of_the_rows_is_nothing(cases, records, documents, chance):
    first = mapped(cases, records, documents)
    for rows in (cases, records, documents):
        chance.shuffle(rows)
    again = mapped(cases, records, documents)
    for name, table in first.tables.items():
        assert table.equals(again.tables[name]), name
    assert first.rows.equals(again.rows)
    assert first.documents.equals(again.documents)
    assert first.verdicts.equals(again.verdicts)


@settings(max_examples=20, deadline=None)
@given(st.lists(CASES, min_size=1, max_size=4), st.lists(RECORDS, max_size=6))
def test_neighbours_do_not_change_an_object(cases, records):
    """A case alone in its bucket is the same as among others, as long as they share nothing."""
    for number, row in enumerate(cases):
        row["ID"], row["DNR"] = number + 1, f"D {number}"
    for number, row in enumerate(records):
        row["HID"], row["PATH"] = f"h{number}", f"{number}"
    together = mapped(cases, records, None)
    for row in cases:
        own = [entry for entry in records if entry["CASE"] == row["ID"]]
        alone = mapped([row], own, None)
        root = alone.tables["case"]["root"][0]
        for name, table in alone.tables.items():
            same = together.tables[name].filter(pa.compute.equal(together.tables[name]["root"], root))
            left = [column for column in table.column_names if name != "case" or column != "seq"]
            assert same.select(left).to_pylist() == table.select(left).to_pylist(), name


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "å b": st.one_of(st.none(), st.text()),
                'q"\\': st.text(),
                "n": st.one_of(st.none(), st.integers(-9, 9)),
                "f": st.booleans(),
            }
        ),
        max_size=5,
    )
)
def test_rows_are_canonical_json(rows):
    schema = pa.schema([("å b", pa.string()), ('q"\\', pa.string()), ("n", pa.int64()), ("f", pa.bool_())])
    texts = _row_json(pa.Table.from_pylist(rows, schema=schema), frozenset()).to_pylist()
    assert texts == [
        json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")) for row in rows
    ]


@given(st.lists(st.dates(), max_size=20))
def test_every_real_day_is_read_and_no_other(days):
    texts = pa.array([f"{day:%d}/{day:%m}/{day.year:04d}" for day in days], pa.string())
    found = parse_dates(texts, ("%d/%m/%Y",), time=False)
    assert found.iso.to_pylist() == [day.isoformat() for day in days]


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_days_that_are_not_real_are_never_guessed(year, month, day):
    from datetime import date

    try:
        wanted = date(year, month, day).isoformat()
    except ValueError:
        wanted = None
    found = parse_dates(pa.array([f"{year:04d}{month:02d}{day:02d}"]), ("%Y%m%d",), time=False)
    assert found.iso.to_pylist() == [wanted]
    assert found.unreal.to_pylist() == [wanted is None]
    assert found.unfit.to_pylist() == [False]


@given(st.lists(st.integers(0, 10**19), min_size=2))
def test_digits_sort_by_number(numbers):
    keys = natural([pa.array([str(number) for number in numbers])], len(numbers)).to_pylist()
    assert [number for _, number in sorted(zip(keys, numbers, strict=True))] == sorted(numbers)
