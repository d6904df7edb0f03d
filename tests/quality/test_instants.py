import pyarrow as pa
import pytest

from leverans.quality.instants import certainly_after, spans


def after(first, second):
    read = [spans(pa.chunked_array([[text]], pa.string())) for text in (first, second)]
    return bool(certainly_after(*read)[0])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2003-04-03", "2003-04-02", True),
        ("2003-04-02", "2003-04-03", False),
        ("2003-04-02", "2003-04-02", False),
        ("2003-04-02T09:18:37.123", "2003-04-02", False),
        ("2003-04-03T00:00", "2003-04-02", True),
        ("2003-04-02", "2003-04-02T09:18:37", False),
        ("2003", "2003-04-02", False),
        ("2004", "2003-12", True),
        ("2003-12", "2003", False),
        ("2003-03", "2003-02-28", True),
        ("2003-02", "2003-02-28T23:59:59", False),
        ("2003-04-02T09:18:37.124", "2003-04-02T09:18:37.123", True),
        ("2003-04-02T09:18:37.123", "2003-04-02T09:18:37.1", False),
        ("2003-04-02T09:18:37.200", "2003-04-02T09:18:37.1", True),
        ("2003-04-02T09:18", "2003-04-02T09:18:59", False),
        ("2003-04-02T09:19", "2003-04-02T09:18:59", True),
        ("2003-04-02T12:00:00+02:00", "2003-04-02T10:30:00Z", False),
        ("2003-04-02T12:00:00Z", "2003-04-02T12:30:00+02:00", True),
        ("2003-04-02T12:00:00Z", "2003-04-02T11:00:00", False),
        ("2003-04-04T12:00:00Z", "2003-04-02T11:00:00", True),
        ("2003-04-02 09:18:38", "2003-04-02T09:18:37", True),
        ("2020-02-29", "2020-02-28", True),
        ("1600-01-02", "1600-01-01", True),
    ],
)
def test_only_what_is_certain_is_after(first, second, expected):
    assert after(first, second) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2003-02-29",
        "2003-13",
        "20030402",
        "0000-00-00",
        "2003-04-02T25:00",
        "2003-04-02T09:61",
        "igår",
        "2003-4-2",
    ],
)
def test_what_is_no_date_is_told_apart_from_nothing(text):
    read = spans(pa.chunked_array([[text, None]], pa.string()))
    assert read.given.tolist() == [True, False]
    assert read.valid.tolist() == [False, False]


def test_an_empty_column():
    assert len(spans(pa.chunked_array([[]], pa.string())).start) == 0


def test_a_column_of_nothing_but_null():
    assert spans(pa.chunked_array([[None, None]], pa.string())).valid.tolist() == [False, False]
