"""Laws of single values: what is written by a habit is read back as the same value, whatever the habit."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mapping.kit import case, context, plan_for, world
from tests.mapping.test_bad_input import TEXT

from leverans.identify.numbers import latest_year
from leverans.mapping import language as lang
from leverans.mapping.execution.dated import Periods
from leverans.mapping.execution.dates import parse_dates
from leverans.mapping.execution.figures import read_figures
from leverans.mapping.execution.identities import read_identities
from leverans.mapping.execution.zones import offsets

LAYOUTS = ("%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "den %d/%m %Y")
ZONES = st.sampled_from(
    ["Europe/Stockholm", "America/St_Johns", "Australia/Lord_Howe", "UTC", "Africa/Casablanca"]
)
MARKS = st.sampled_from(
    [(",", "space", "\u00a0"), (",", "space", " "), (",", ".", "."), (".", ",", ","), (".", "'", "'")]
)
FIRST, LAST = (datetime.fromisoformat(day) for day in ("1970-01-02", "2037-12-30"))
PLAN = plan_for(Path(tempfile.mkdtemp()), world([case()]), TEXT)


@given(st.lists(st.tuples(st.dates(), st.sampled_from(LAYOUTS)), max_size=20))
def test_a_day_in_any_layout_is_the_same_day(days):
    texts = [
        layout.replace("%Y", f"{day.year:04}").replace("%m", f"{day:%m}").replace("%d", f"{day:%d}")
        for day, layout in days
    ]
    found = parse_dates(pa.array(texts, pa.string()), LAYOUTS, time=False)
    assert found.iso.to_pylist() == [day.isoformat() for day, _ in days]


@given(st.dates(date(1927, 1, 1), date(2026, 6, 30)))
def test_a_year_of_two_digits_gives_back_the_last_hundred_years(day):
    as_of = date(2026, 6, 30)
    found = parse_dates(pa.array([f"{day:%y%m%d}"]), ("%y%m%d",), time=False, as_of=as_of)
    assert found.iso.to_pylist() == [day.isoformat()]
    years = [np.array([part]) for part in (day.year % 100, day.month, day.day)]
    assert latest_year(*years, as_of).tolist() == [day.year]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.datetimes(FIRST, LAST), min_size=1, max_size=20), ZONES)
def test_a_moment_written_in_local_time_is_the_same_moment(moments, zone):
    instants = [moment.replace(microsecond=0, tzinfo=UTC) for moment in moments]
    local = [instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat() for instant in instants]
    found = offsets(pa.array(local), zone)
    for at, instant in enumerate(instants):
        readings = {
            datetime.fromisoformat(local[at] + text[at].as_py()) for text in (found.earlier, found.later)
        }
        assert instant in readings
        assert len(readings) == 1 + bool(found.twice[at])
        assert not found.skipped[at] and not found.unknown[at]


@settings(max_examples=60, deadline=None)
@given(st.datetimes(FIRST, LAST), ZONES)
def test_a_skipped_time_is_one_that_no_moment_shows(moment, zone):
    local = moment.replace(microsecond=0)
    info = ZoneInfo(zone)
    shown = any(
        local.replace(tzinfo=info, fold=fold).astimezone(UTC).astimezone(info).replace(tzinfo=None) == local
        for fold in (0, 1)
    )
    assert offsets(pa.array([local.isoformat()]), zone).skipped.tolist() == [not shown]


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12), MARKS
)
def test_a_number_in_any_country_s_writing_is_the_same_number(number, marks):
    decimal_mark, thousands, between = marks
    plain = f"{number:,.2f}"
    text = plain.replace(",", "§").replace(".", decimal_mark).replace("§", between)
    value = lang.Value("from", "", kind="decimal", decimal_mark=decimal_mark, thousands=thousands)
    found = read_figures(pa.array([text, None]), value)
    assert Decimal(found.plain[0].as_py()) == number
    assert found.plain[1].as_py() is None
    assert found.unfit.to_pylist() == [False, False]


@given(st.integers(-(10**17), 10**17), MARKS)
def test_a_whole_number_is_the_same_number(number, marks):
    _mark, thousands, between = marks
    value = lang.Value("from", "", kind="int", thousands=thousands)
    found = read_figures(pa.array([f"{number:,}".replace(",", between)]), value)
    assert found.plain.to_pylist() == [str(number)]


@given(st.text(max_size=12))
def test_no_text_crashes_a_reader_and_what_is_read_was_there(text):
    values = pa.array([text], pa.string())
    for kind in ("int", "decimal"):
        found = read_figures(values, lang.Value("from", "", kind=kind, thousands="space"))
        assert found.unfit.to_pylist() == [found.plain[0].as_py() is None]
    read = read_identities(values, "auto", date(2026, 1, 1))
    faults = sum(bool(mask[0]) for mask in read.faults.values())
    assert faults == (read.classes[0].as_py() is None)


PERIODS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.integers(0, 10)), max_size=6)


@settings(max_examples=150, deadline=None)
@given(
    PERIODS,
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c", None]), st.one_of(st.none(), st.integers(0, 45))),
        max_size=8,
    ),
)
def test_a_dated_table_answers_as_one_looks_row_by_row(periods, asked):
    start = date(2000, 1, 1)
    day = lambda number: None if number is None else (start + timedelta(days=number)).isoformat()  # noqa: E731
    text = lambda values: pa.array(list(values), pa.string())  # noqa: E731
    table = Periods(
        text(code for code, _, _ in periods),
        text(day(first) for _, first, _ in periods),
        text(day(first + length) for _, first, length in periods),
        np.zeros(len(periods), dtype=bool),
    )
    found = table.find(text(code for code, _ in asked), text(day(number) for _, number in asked))
    for at, (code, number) in enumerate(asked):
        fits = [
            row
            for row, (other, first, length) in enumerate(periods)
            if code == other and number is not None and first <= number <= first + length
        ]
        known = number is not None and any(code == other for other, _, _ in periods)
        assert found.rows[at].as_py() == (fits[0] if len(fits) == 1 else None)
        assert found.none[at].as_py() == (known and not fits)
        assert found.several[at].as_py() == (len(fits) > 1)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "TITLE": st.sampled_from(["a", "", None, "Ã¶", "\ufffd"]),
            "STATUS": st.sampled_from(["01", "1", "7", None]),
            "TOUCHED": st.sampled_from(["", "2003-03-30 02:30", "2003-10-26 02:30", "2003-06-01 10:00"]),
            "OPENED": st.sampled_from(["2003-04-02", "0100-01-01", "x"]),
            "VOID": st.sampled_from(["N", "200002292399", "200002292390"]),
            "LAG": st.sampled_from(["", "BYGG 2021/771", "x"]),
        }
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_neither_order_nor_bucket_changes_an_object(rows, chance):
    cases = [case(number + 1, **row) for number, row in enumerate(rows)]
    whole = PLAN.execute(*world(list(cases)), context())
    chance.shuffle(cases)
    again = PLAN.execute(*world(cases), context())
    for name, table in whole.tables.items():
        assert table.equals(again.tables[name]), name
    assert whole.verdicts.equals(again.verdicts)
    half = chance.randint(0, len(cases))
    parts = [PLAN.execute(*world(some), context()) for some in (cases[:half], cases[half:])]
    told = sorted(map(str, whole.verdicts.to_pylist()))
    assert told == sorted(str(row) for part in parts for row in part.verdicts.to_pylist())
    for name in ("case", "agent", "restriction", "row"):
        rest = [{**row, "seq": 0} for part in parts for row in part.tables[name].to_pylist()]
        assert sorted(map(str, rest)) == sorted(
            str({**row, "seq": 0}) for row in whole.tables[name].to_pylist()
        )
