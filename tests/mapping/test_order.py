"""Where a row lies never hangs on what else lies in its bucket; texts are looked at by their bytes."""

import gc
import json
import weakref

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mapping.kit import case, catalogues, context, loaded, record, run, world

from leverans.mapping import bind
from leverans.mapping.execution.arrow import bytes_of, fixed, order_of, repeated, slices
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.hygiene import suspicious
from leverans.mapping.execution.streams import Stream
from leverans.model import assemble

TEXTS = st.lists(
    st.text(max_size=5) | st.sampled_from(['"', "\\", "\x01", "\t\n", "Ã¥", "\ufffd", "Â\xa0", "\x85", "å§é"])
)


def rows_of(mapped, key):
    (found,) = [one for one in assemble(mapped.tables) if one.key == key]
    return found.rows, [r.title for r in found.all_records()]


def test_a_doubled_row_of_one_case_moves_no_row_of_another(tmp_path):
    clean = [record(number, of=1, NR=1, RUBRIK=title) for number, title in ((10, "B"), (2, "A"), (9, "Ö"))]
    alone = run(tmp_path / "a", [case(1)], clean)
    beside = run(tmp_path / "b", [case(1), case(2)], [*clean, record(50, of=2), record(50, of=2, RUBRIK="x")])
    assert rows_of(alone, "1") == rows_of(beside, "1")


@given(TEXTS)
def test_rows_are_canonical_json_whatever_is_in_them(texts):
    try:
        table = pa.table(
            {"b": pa.array(texts, pa.string()), "a": pa.array([None, *texts][: len(texts)], pa.string())}
        )
    except UnicodeEncodeError:
        return
    stream = Stream("d.X", table, (), None, frozenset(), bucketed=False)
    wanted = [
        json.dumps({"a": a, "b": b}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        for a, b in zip(table["a"].to_pylist(), texts, strict=True)
    ]
    assert stream.json().to_pylist() == wanted


@given(TEXTS)
def test_the_order_numbers_and_bytes_of_texts(texts):
    try:
        column = pa.array(["skip", *texts, "skip"], pa.string()).slice(1, len(texts))
    except UnicodeEncodeError:
        return
    numbers = order_of(column).tolist()
    encoded = [text.encode() for text in texts]
    assert [text for _number, text in sorted(zip(numbers, encoded, strict=True))] == sorted(encoded)
    assert slices(column) == encoded
    assert bytes_of(column).tobytes() == b"".join(encoded)
    assert set(repeated(column).to_pylist()) == {text for text in texts if texts.count(text) > 1}


def test_texts_of_one_width():
    assert fixed(b"aabbcc", 2).to_pylist() == ["aa", "bb", "cc"]
    assert fixed(b"", 2).to_pylist() == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("a\x00b", "MAP150"), ("a\x7f", "MAP150"), ("a\x85b", "MAP150"), ("\ufffe", "MAP150"), ("\uffff", "MAP150"),
     ("a\ufffdb", "MAP151"), ("MalmÃ¶", "MAP152"), ("Â\xa0", "MAP152"), ("â€“", "MAP152"), ("Ã…", "MAP152")],
)  # fmt: skip
def test_every_sign_of_harm_is_seen_between_clean_texts(text, code):
    found = suspicious(pa.array(["Åäö § é", None, text, "ren text\n"]))
    assert [(one, at.tolist()) for one, at in found] == [(code, [2])]
    assert suspicious(pa.array(["Åäö § é", None, "Â", "crème brûlée", "naïve", "a\tb\r\n"])) == []


@pytest.mark.parametrize("personal", [(), ("ARENDE",)])
def test_a_bucket_leaves_no_memory_behind(tmp_path, monkeypatch, personal):
    """Nothing waits for the garbage collector: of columns it knows too little to come in time."""
    made = []

    class Watched(Bench):
        def __init__(self, *args):
            super().__init__(*args)
            made.append(weakref.ref(self))

    monkeypatch.setattr("leverans.mapping.execution.run.Bench", Watched)
    data = world([case(1), case(2)], [record(1), record(2, of=2)])
    plan = bind(loaded(tmp_path), catalogues(*data, personal=personal))
    gc.disable()
    try:
        plan.execute(*data, context())
        assert [one() for one in made] == [None]
    finally:
        gc.enable()
