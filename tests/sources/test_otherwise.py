"""A rule about roots can have another one behind it, for rows that do not fill the first."""

import pytest
from tests.sources.building import database, definition, landed, sql

from leverans.errors import ConfigurationError
from leverans.sources import Landing

SCHEMA = """
CREATE TABLE c (id integer primary key);
CREATE TABLE d (id integer primary key, c int);
CREATE TABLE a (id integer primary key, c int, d int);
"""
STREAMS = """
  a:
    key: [id]
    root: {via: c, on: {c: id}, otherwise: {via: d, on: {d: id}}}
  d: {key: [id], root: {via: c, on: {c: id}}}
  c: {key: [id], root: {by: [id]}}
"""


def test_rows_without_the_first_parent_lie_with_the_second(tmp_path):
    numbers = range(1, 60)
    path = database(
        tmp_path / "a.sqlite",
        SCHEMA,
        c=[(number,) for number in numbers],
        d=[(number + 1000, number) for number in numbers],
        a=[(number, number, 1000 + 60 - number) for number in numbers]
        + [(number + 500, None, number + 1000) for number in numbers]
        + [(9001, None, None), (9002, None, 4711), (9003, 4711, 1001)],
    )
    landing = Landing.open(landed(tmp_path, sql(tmp_path, path, STREAMS), buckets=7).folder)
    seen, used = [], set()
    for number in range(7):
        bucket = landing.bucket(number)
        cases = set(bucket["db.c"]["id"].to_pylist())
        used |= {number} if cases else set()
        for row in bucket["db.a"].to_pylist():
            seen.append(row["id"])
            if row["id"] < 500:
                assert row["c"] in cases  # the second rule does not count where the first is filled
            elif row["id"] < 9000:
                assert row["d"] - 1000 in cases
    assert sorted(seen) == [*numbers, *(number + 500 for number in numbers), 9001, 9002, 9003]
    assert len(used) > 3


@pytest.mark.parametrize(
    ("otherwise", "code", "line"),
    [
        ("{via: gone, on: {d: id}}", "SRC005", 4),
        ("{via: d}", "SRC003", 4),
        ("{on: {d: id}}", "SRC003", 4),
        ("{by: [d], via: d}", "SRC002", 4),
        ("{via: a, on: {d: id}}", "SRC007", 4),
        ("{vai: d, on: {d: id}}", "SRC002", 4),
    ],
)
def test_faults_of_the_second_rule_are_located(tmp_path, otherwise, code, line):
    streams = "  a:\n    root: {via: c, on: {c: id}, otherwise: " + otherwise + "}\n  c: {root: {by: [id]}}\n"
    with pytest.raises(ConfigurationError) as caught:
        definition(tmp_path / "c", "sql", streams.replace("  a:\n   ", "  a:\n   "))
    found = [(problem.code, int(problem.where.split(":")[1])) for problem in caught.value.problems]
    assert (code, line + 3) in found


@pytest.mark.parametrize(
    ("otherwise", "code"),
    [
        ("{via: d, on: {gone: id}}", "SRC011"),
        ("{via: d, on: {d: gone}}", "SRC011"),
        ("{via: k, on: {d: id}}", "SRC005"),
    ],
)
def test_what_the_source_lacks_is_told(tmp_path, otherwise, code):
    path = database(tmp_path / "a.sqlite", SCHEMA + "CREATE TABLE k (id integer primary key);")
    streams = STREAMS.replace("{via: d, on: {d: id}}", otherwise) + "  k: {key: [id], shared: true}\n"
    with pytest.raises(ConfigurationError) as caught:
        landed(tmp_path, sql(tmp_path, path, streams))
    assert code in {caught.value.code, *(problem.code for problem in caught.value.problems)}
