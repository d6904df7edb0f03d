"""Great Expectations behind our port: typed, complete, quiet, and of one mind with our own engine."""

import inspect
import logging
import re
import socket
import subprocess
import sys
from itertools import pairwise

import great_expectations.expectations as classes
import numpy as np
import pyarrow as pa
import pytest
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    ColumnPairMapExpectation,
    MulticolumnMapExpectation,
)
from tests.quality.kit import Rule, cases, expect, marked, when

from leverans.errors import ConfigurationError, IntegrityError
from leverans.mapping import expectations
from leverans.model import Agent, Record
from leverans.quality import BuiltinEngine, CompositeEngine, engine_for, evaluate, gx, outcomes

GIVEN = {
    "column": "title", "column_A": "title", "column_B": "type", "column_list": ["title", "type"], "value_set": ["a", 1],
    "regex": "^a", "regex_list": ["^a", "b$"], "match_on": "any", "min_value": 1, "max_value": 3, "strict_min": True,
    "strict_max": False, "value": 3, "strftime_format": "%Y", "or_equal": True, "value_pairs_set": [["a", "b"]],
    "sum_total": 3,
}  # fmt: skip
NUMBERS = {
    "column": "version",
    "column_A": "version",
    "column_B": "version",
    "column_list": ["version", "version"],
}


def example(known, names):
    given = {}
    for name in names:
        kind = (known.required | known.optional)[name]
        given[name] = (NUMBERS if known.holds == "number" and name in NUMBERS else GIVEN).get(
            name, kind.split("|")[0]
        )
    return given


@pytest.mark.parametrize("known", expectations.allowed().values(), ids=lambda known: known.name)
def test_what_the_language_allows_is_what_the_typed_class_takes(known):
    kind = getattr(classes, known.name)
    assert issubclass(kind, ColumnMapExpectation | ColumnPairMapExpectation | MulticolumnMapExpectation)
    for names in ([*known.required, *known.least_one], [*known.required, *known.optional]):
        given = example(known, names)
        assert list(expectations.faults(known, given)) == []
        rule = expect(known.name, **given)
        assert type(gx.typed(rule)) is kind
        (outcome,) = outcomes([rule], cases({"title": "2003", "type": "b"}))
        assert outcome.unable == ""
    required = {name for name, field in kind.__fields__.items() if field.required}
    assert required - set(known.required) <= {"column_list"}
    for name in known.required:
        assert not set(known.required) - {name} or [
            *expectations.faults(known, example(known, set(known.required) - {name}))
        ]


def test_every_class_of_the_release_is_allowed_or_refused():
    told = set(expectations.allowed()) | set(expectations.refused())
    theirs = {name for name, kind in vars(classes).items() if inspect.isclass(kind) and "Expect" in name}
    assert theirs - {"Expectation"} == told


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("ExpectColumnValuesToMatchRegx", {"column": "title", "regex": "a"}),
        ("ExpectColumnValuesToMatchRegex", {"colum": "title", "regex": "a"}),
        ("ExpectColumnValuesToBeInSet", {"column": "title"}),
        ("ExpectColumnValueLengthsToEqual", {"column": "title", "value": "tre"}),
    ],
)
def test_a_misspelt_rule_is_an_error_and_never_an_empty_suite(name, given):
    rule = expect(name, **given)
    with pytest.raises(ConfigurationError, match="QUA004") as caught:
        engine_for([rule])
    assert caught.value.where == "m.yaml:1:1"


BOTH = [
    (expect("ExpectColumnValuesToNotBeNull", column="type"), Rule("required", ["type"])),
    (expect("ExpectColumnValuesToBeInSet", column="type", value_set=["a", "b"]), Rule("one_of", {"type": ["a", "b"]})),
    (
        expect("ExpectColumnValuesToBeInSet", column="version", value_set=[1, 2]),
        Rule("one_of", {"version": [1, 2]}),
    ),
    (
        expect("ExpectColumnValuesToMatchRegex", column="title", regex=r"^[A-ZÅÄÖ]+ \d{4}$"),
        Rule("pattern", {"title": r"[A-ZÅÄÖ]+ \d{4}"}),
    ),
    (
        expect("ExpectColumnValueLengthsToBeBetween", column="title", max_value=4),
        Rule("max_length", {"title": 4}),
    ),
    (
        expect("ExpectColumnValuesToNotMatchRegex", column="title", regex="\ufffd|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"),
        Rule("encoding", ["title"]),
    ),
]  # fmt: skip


def many(size):
    random = np.random.default_rng(7)
    titles = ["ALK 2003", "KÅÄÖ 1996", "alk 2003", "A", "", "F\ufffdr", "a\x07b", "åäöå", "åäöåä"]
    types = ["a", "b", "c", None, "A"]
    return cases(
        *(
            {
                "title": str(random.choice(titles)),
                "type": types[random.integers(5)],
                "version": int(random.integers(1, 5)),
            }
            for _ in range(size)
        )
    )


@pytest.mark.parametrize(("asked", "own"), BOTH, ids=[own.kind + str(at) for at, (_, own) in enumerate(BOTH)])
@pytest.mark.parametrize("condition", [None, when("status", "is_null"), when("version", "in", "2", "3")])
def test_both_engines_mark_the_same_objects(asked, own, condition):
    tables = many(300)
    if condition is not None:
        asked, own = (Rule(r.kind, r.arguments, when=condition) for r in (asked, own))
    found = marked(asked, tables)
    assert found == marked(own, tables)
    assert 0 < len(found[0]) < 300
    assert marked(asked, cases()) == ([], 0) == marked(own, cases())


def test_rows_are_found_by_index_whatever_order_the_results_come_in(monkeypatch):
    rules = [
        expect("ExpectColumnValuesToMatchRegex", rule=f"R-{at}", column="title", regex=f"^{at}$")
        for at in range(9)
    ]
    tables = cases(*({"title": str(at)} for at in range(9)))
    honest = gx.results
    monkeypatch.setattr(gx, "results", lambda suite, frame: honest(suite, frame)[::-1])
    verdicts = evaluate(rules, tables)
    passed = {rule.id: set(tables["case"]["root"].to_pylist()) for rule in rules}
    for one in verdicts.to_pylist():
        passed[one["rule"]].discard(one["root"])
    assert passed == {f"R-{at}": {f"c{at}"} for at in range(9)}


def test_the_place_of_a_child_is_told():
    records = tuple(Record(id=f"r{at}", key="k", title=title) for at, title in enumerate("aXbX"))
    rule = expect("ExpectColumnValuesToNotBeInSet", on="record", column="title", value_set=["X"])
    found = evaluate([rule], cases({}, {"records": records})).to_pylist()
    assert [(one["root"], one["detail"], one["code"]) for one in found] == [
        ("c1", "record 2: title", "QUA120"),
        ("c1", "record 4: title", "QUA120"),
    ]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (expect("ExpectColumnValuesToNotBeNull", column="tilte"), "no column tilte"),
        (expect("ExpectColumnValuesToNotBeNull", on="kase", column="title"), "no table kase"),
        (
            expect("ExpectColumnValuesToNotBeNull", column="title", condition=when("x", "is_null")),
            "no column x",
        ),
        (expect("ExpectColumnValuesToBeBetween", column="title", min_value=1), "raised on title"),
        (
            expect("ExpectColumnPairValuesToBeEqual", column_A="title", column_B="nothing"),
            "no column nothing",
        ),
    ],
)
def test_what_could_not_be_checked_is_not_what_failed(rule, reason):
    sound = expect("ExpectColumnValuesToNotBeNull", rule="R-2", column="title")
    first, second = outcomes([rule, sound], cases({"title": "19121212-1213"}, {}))
    assert reason in first.unable
    assert first.looked_at == 0
    assert first.verdicts["code"].to_pylist() == ["QUA002", "QUA002"]
    assert "1912" not in first.unable
    assert (second.unable, second.looked_at, second.verdicts.num_rows) == ("", 2, 0)


SECRET = "19121212-1213"


def test_no_value_leaves_the_engine(caplog, capfd, recwarn):
    caplog.set_level(logging.DEBUG)
    rules = [
        expect("ExpectColumnValuesToMatchRegex", rule="A", column="title", regex="^x$"),
        expect("ExpectColumnValuesToBeBetween", rule="B", column="title", min_value=1),
        expect("ExpectColumnPairValuesToBeEqual", rule="C", column_A="title", column_B="type"),
        expect("ExpectMulticolumnValuesToBeEqual", rule="D", column_list=["title", "type"]),
    ]
    tables = cases(*({"title": SECRET, "type": SECRET[::-1]} for _ in range(30)))
    told = str([(one.unable, one.verdicts.to_pylist()) for one in outcomes(rules, tables)])
    out, err = capfd.readouterr()
    for text in (told, out, err, caplog.text, *(str(warning.message) for warning in recwarn)):
        assert SECRET not in text
        assert SECRET[::-1] not in text
    assert "Calculating" not in err


def test_what_great_expectations_writes_to_the_log_goes_nowhere():
    code = (  # pytest listens to silent loggers, too, so another process
        "import logging, warnings; logging.basicConfig(level=logging.DEBUG)\n"
        "import leverans.quality.gx\n"
        f"logging.getLogger('great_expectations.validator').error('a value: %s', '{SECRET}')\n"
        "logging.getLogger('leverans').error('ours is heard')\n"
        "assert logging.getLogger('py.warnings').handlers == []"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "ours is heard" in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_the_results_themselves_hold_no_value():
    rule = expect("ExpectColumnValuesToMatchRegex", column="title", regex="^x$")
    suite = gx.ExpectationSuite(name="s", expectations=[gx.typed(rule)])
    frame = cases(*({"title": SECRET} for _ in range(30)))["case"].select(["title"]).to_pandas()
    (result,) = gx.results(suite, frame)
    assert result.result["unexpected_index_list"] == list(range(30))
    assert SECRET not in str(result.to_json_dict())


class Spoilt:
    """A result as Great Expectations gives it, with something changed."""

    def __init__(self, result, /, **changed):
        self.expectation_config, self.success = (
            result.expectation_config,
            changed.get("success", result.success),
        )
        self.exception_info = changed.get("exception_info", result.exception_info)
        self.result = {**result.result, **changed.get("result", {})}


@pytest.mark.parametrize(
    "changed",
    [
        {"exception_info": {"('m', 'd', 'v')": {"raised_exception": True, "exception_message": SECRET}}},
        {"exception_info": {"raised_exception": True}},
        {"result": {"unexpected_index_list": None}},
        {"result": {"unexpected_index_list": [0]}},
        {"success": True},
    ],
)
def test_a_result_that_contradicts_itself_proves_nothing(monkeypatch, changed):
    honest = gx.results
    monkeypatch.setattr(
        gx, "results", lambda suite, frame: [Spoilt(one, **changed) for one in honest(suite, frame)]
    )
    rule = expect("ExpectColumnValuesToNotBeNull", column="type")
    (outcome,) = outcomes([rule], cases({}, {}, {"type": "x"}))
    assert outcome.unable
    assert outcome.verdicts["code"].to_pylist() == ["QUA002"] * 3
    assert SECRET not in outcome.unable


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda found: found[1:], "QUA001"),
        (lambda found: found * 2, "QUA001"),
        (lambda found: [Spoilt(one, result={"element_count": 1}) for one in found], "QUA005"),
    ],
)
def test_results_that_are_dropped_doubled_or_short_stop_the_run(monkeypatch, spoil, code):
    honest = gx.results
    monkeypatch.setattr(gx, "results", lambda suite, frame: spoil(honest(suite, frame)))
    rules = [expect("ExpectColumnValuesToNotBeNull", rule=f"R-{at}", column="title") for at in range(2)]
    with pytest.raises(IntegrityError, match=code):
        evaluate(rules, cases({}, {}))


def test_a_result_of_another_rule_is_nobodys(monkeypatch):
    honest = gx.results

    def renamed(suite, frame):
        found = honest(suite, frame)
        found[0].expectation_config.meta["rule"] = "R-9"
        return found

    monkeypatch.setattr(gx, "results", renamed)
    with pytest.raises(IntegrityError, match="QUA001"):
        evaluate([expect("ExpectColumnValuesToNotBeNull", column="title")], cases({}))


class Displaced(gx.GxEngine):
    """Gives the verdicts of the rows in another order than the table's."""

    def run(self, checks, tables, facts):
        turned = {
            name: table.take(pa.array(range(table.num_rows)[::-1], pa.int64()))
            for name, table in tables.items()
        }
        done = super().run(checks, turned, facts)
        back = dict(zip(tables["case"]["root"].to_pylist(), turned["case"]["root"].to_pylist(), strict=True))
        for one in done:
            at = one.verdicts.schema.get_field_index("root")
            roots = pa.array([back[root] for root in one.verdicts["root"].to_pylist()], pa.string())
            yield type(one)(
                one.check, one.looked_at, one.verdicts.set_column(at, one.verdicts.schema.field(at), roots)
            )


def test_the_contract_finds_an_engine_that_mixes_up_rows():
    asked, own = BOTH[0]
    tables = many(300)
    honest = marked(own, tables)
    assert marked(asked, tables) == honest

    class Listed(Displaced):
        def run(self, checks, tables, facts):
            return list(super().run(checks, tables, facts))

    engine = CompositeEngine(BuiltinEngine(), Listed([asked]))
    assert marked(asked, tables, engine=engine) != honest


def test_own_kinds_need_no_great_expectations():
    code = (
        "import sys; from leverans.quality import engine_for, warm, BuiltinEngine\n"
        "from types import SimpleNamespace as S\n"
        "rules = [S(kind='required')]; warm(rules)\n"
        "assert isinstance(engine_for(rules), BuiltinEngine)\n"
        "assert 'great_expectations' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_warm_imports_beside_other_work_once():
    code = (
        "import sys, threading; from leverans.quality import warm\n"
        "from types import SimpleNamespace as S\n"
        "before = threading.active_count(); warm([S(kind='expectation')]); warm([S(kind='expectation')])\n"
        "assert threading.active_count() == before + 1\n"
        "[one.join() for one in threading.enumerate() if one.name == 'leverans-rules']\n"
        "assert 'great_expectations' in sys.modules and 'leverans.quality.gx' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_is_written_and_nobody_is_called(tmp_path, monkeypatch):
    def refused(*args, **kwargs):
        raise AssertionError("a call to the network")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    evaluate([expect("ExpectColumnValuesToNotBeNull", column="title")], cases({}, {}))
    assert list(tmp_path.iterdir()) == []
    import os

    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_buckets_are_forgotten():
    import gc
    import weakref

    seen = []
    honest = gx.results
    frames = []

    def noting(suite, frame):
        frames.append(weakref.ref(frame))
        return honest(suite, frame)

    gx.results = noting
    try:
        rule = expect("ExpectColumnValuesToNotBeNull", column="title")
        for _ in range(4):
            evaluate([rule], cases({"agents": (Agent("owner", "x"),)}))
            gc.collect()
            seen.append(sum(ref() is not None for ref in frames))
    finally:
        gx.results = honest
    assert all(later <= earlier + 1 for earlier, later in pairwise(seen))
    assert seen[-1] <= 1, seen


def test_only_this_module_imports_great_expectations(root):
    importing = re.compile(r"^\s*(?:from|import) great_expectations", re.MULTILINE)
    found = [
        path.relative_to(root).as_posix()
        for path in (root / "src").rglob("*.py")
        if importing.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["src/leverans/quality/gx.py"]
