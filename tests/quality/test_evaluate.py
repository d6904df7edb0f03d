from datetime import date

import pyarrow as pa
import pytest
from tests.quality.kit import DOCUMENTS, Rule, cases

from leverans.errors import IntegrityError
from leverans.findings import describe
from leverans.mapping.grammar import CHECKS
from leverans.model import Event, Record, empty
from leverans.quality import KINDS, VERDICTS, BuiltinEngine, Census, Facts, Outcome, evaluate, outcomes


def broken(rule, tables, facts=None):
    """Roots that broke the rule, with code and detail."""
    verdicts = evaluate([rule], tables, facts).to_pylist()
    return [(one["root"], one["code"], one["detail"]) for one in verdicts]


def test_a_verdict_has_the_agreed_shape():
    tables = cases({"opened": "2003-04-02", "closed": "2003-04-01"}, {})
    verdicts = evaluate([Rule("order", ["opened", "closed"])], tables)
    assert verdicts.schema == VERDICTS
    assert verdicts.to_pylist() == [
        {
            "root": "c0",
            "stream": None,
            "key": None,
            "code": "QUA101",
            "disposition": "quarantine",
            "rule": "R-1",
            "where": "m.yaml:1:1",
            "detail": "opened > closed",
        }
    ]


@pytest.mark.parametrize(
    ("severity", "disposition"),
    [
        ("quarantine", "quarantine"),
        ("warning", "warn"),
        ("info", "warn"),
        ("critical", "quarantine"),
        ("?", "quarantine"),
    ],
)
def test_only_a_warning_lets_the_object_go_on(severity, disposition):
    verdicts = evaluate([Rule("required", ["type"], severity=severity)], cases({}))
    assert verdicts["disposition"].to_pylist() == [disposition]


def test_dates_that_run_backwards_are_found_past_absent_ones():
    tables = cases(
        {"created": "2003-05-01", "opened": None, "closed": "2003-04-01"},
        {"created": "2003-04-01", "opened": "2003-04-01T08:00", "closed": "2003-04-01"},
        {"created": "2003-04-02", "opened": "2003-04-01", "closed": "2003-03-01"},
        {},
    )
    assert broken(Rule("order", ["created", "opened", "closed"]), tables) == [
        ("c0", "QUA101", "created > closed"),
        ("c2", "QUA101", "created > opened"),
        ("c2", "QUA101", "opened > closed"),
    ]


def test_a_value_that_is_no_date_is_told_apart_from_a_wrong_order():
    tables = cases({"opened": "19981301", "closed": "2003-01-01"}, {"opened": " ", "closed": "2003-01-01"})
    assert broken(Rule("order", ["opened", "closed"]), tables) == [
        ("c0", "QUA003", "opened"),
        ("c1", "QUA003", "opened"),
    ]


def test_required():
    tables = cases({"type": "x"}, {"type": None}, {"type": " \t\n"}, {"type": ""})
    assert [root for root, *_ in broken(Rule("required", ["type", "title"]), tables)] == ["c1", "c2", "c3"]
    assert broken(Rule("required", "version"), tables) == []


def test_unique_within_a_bucket_of_one_or_several_fields():
    tables = cases(
        {"reference_code": "A", "type": "1"},
        {"reference_code": "A", "type": "2"},
        {"reference_code": "B", "type": None},
        {"reference_code": "B", "type": None},
        {"reference_code": "C"},
    )
    assert [root for root, *_ in broken(Rule("unique", ["reference_code"]), tables)] == [
        "c0",
        "c1",
        "c2",
        "c3",
    ]
    assert broken(Rule("unique", ["reference_code", "type"]), tables) == []
    same = cases({"reference_code": "A", "type": "1"}, {"reference_code": "A", "type": "1"})
    assert len(broken(Rule("unique", ["reference_code", "type"]), same)) == 2


def test_unique_over_all_buckets():
    rule = Rule("unique", ["reference_code"])
    first, second = cases({"reference_code": "A"}, {"reference_code": "B"}), cases({"reference_code": "A"})
    census = Census([rule, Rule("required", ["title"], id="R-2")])
    for bucket in (first, second):
        census.add(bucket)
    facts = census.facts(Facts(as_of=date(2026, 1, 1)))
    assert facts.as_of == date(2026, 1, 1)
    assert [root for root, *_ in broken(rule, first, facts)] == ["c0"]
    assert [root for root, *_ in broken(rule, second, facts)] == ["c0"]
    assert broken(rule, second) == []


def test_a_census_of_nothing():
    facts = Census([Rule("unique", ["reference_code"])]).facts(Facts())
    assert broken(Rule("unique", ["reference_code"]), cases({}, {}), facts) == []


def test_pattern_fits_the_whole_value():
    tables = cases(
        {"title": "ALK 2003/1"}, {"title": "x ALK 2003/1"}, {"title": "ALK 2003/1\n"}, {"title": "ALK"}
    )
    rule = Rule("pattern", {"title": r"[A-ZÅÄÖ]{2,5} \d{4}/\d+"})
    assert [root for root, *_ in broken(rule, tables)] == ["c1", "c2", "c3"]
    assert broken(Rule("pattern", {"title": "a|ALK.*|x.*"}), tables) == [("c2", "QUA104", "title")]


def test_an_absent_value_breaks_no_pattern_no_list_no_length():
    tables = cases({"type": None})
    for rule in (
        Rule("pattern", {"type": "x"}),
        Rule("one_of", {"type": ["x"]}),
        Rule("max_length", {"type": 0}),
        Rule("between", {"opened": {"from": "2000-01-01"}}),
    ):
        assert broken(rule, tables) == []


def test_one_of_compares_as_text():
    tables = cases({"type": "1", "version": 1}, {"type": "01", "version": 2}, {"type": "true", "version": 3})
    assert broken(Rule("one_of", {"type": [1, True]}), tables) == [("c1", "QUA105", "type")]
    assert broken(Rule("one_of", {"version": [1, 2]}), tables) == [("c2", "QUA105", "version")]


def test_between():
    tables = cases(
        {"opened": "1995-12-31"},
        {"opened": "1996-01-01"},
        {"opened": "2026-01-01T23:59"},
        {"opened": "2026-01-02"},
        {"opened": "1995"},
        {"opened": "när som helst"},
    )
    rule = Rule("between", {"opened": {"from": "1996-01-01", "to": "today"}})
    assert broken(rule, tables, Facts(as_of=date(2026, 1, 1))) == [
        ("c0", "QUA106", "opened"),
        ("c3", "QUA106", "opened"),
        ("c4", "QUA106", "opened"),
        ("c5", "QUA003", "opened"),
    ]


def test_count_of_children():
    record = Record(id="r", key="1", title="t", events=(Event("event"),))
    tables = cases({"records": (record,)}, {})
    assert broken(Rule("count", {"record": 1}), tables) == [("c1", "QUA107", "record < 1")]
    assert broken(Rule("count", {"event": 1}, on="record"), tables) == []
    assert broken(Rule("count", {"file": 1}, on="record"), tables) == [("c0", "QUA107", "record 1: file < 1")]


def test_max_length_counts_characters():
    assert broken(Rule("max_length", {"title": 3}), cases({"title": "åäö"}, {"title": "abcd"})) == [
        ("c1", "QUA108", "title")
    ]


def test_the_place_of_a_child_is_told_and_none_of_its_values():
    records = tuple(
        Record(id=f"r{at}", key="19121212-1213", title=title) for at, title in enumerate(("a", "", "c", ""))
    )
    tables = cases({"records": records})
    found = broken(Rule("required", ["title"], on="record"), tables)
    assert found == [("c0", "QUA102", "record 2: title"), ("c0", "QUA102", "record 4: title")]


def test_an_entity_may_have_another_name_than_its_table():
    facts = Facts(entities={"arende": "case"})
    assert broken(Rule("required", ["type"], on="arende"), cases({}), facts) == [("c0", "QUA102", "type")]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule("order", ["opened", "clsed"]), "no column clsed"),
        (Rule("order", ["opened"]), "two fields"),
        (Rule("order", ["opened", "version"]), "version is int64"),
        (Rule("required", []), "list of fields"),
        (Rule("required", {"title": 1}), "list of fields"),
        (Rule("required", ["none"]), "no column none"),
        (Rule("requird", ["title"]), "no kind requird"),
        (Rule("required", ["title"], on="nothing"), "no table nothing"),
        (Rule("unique", ["none"]), "no column none"),
        (Rule("pattern", {"title": "("}), "regular expression"),
        (Rule("pattern", ["title"]), "what is demanded"),
        (Rule("one_of", {"title": "x"}), "list of values"),
        (Rule("between", {"opened": {"from": "igår"}}), "no date"),
        (Rule("between", {"opened": {"to": "today"}}), "no date"),
        (Rule("between", {"opened": {"since": "2000"}}), "from and to"),
        (Rule("count", {"nothing": 1}), "no table nothing"),
        (Rule("count", {"record": True}), "whole number"),
        (Rule("max_length", {"title": "3"}), "whole number"),
        (Rule("max_length", {"version": 3}), "version is int64"),
    ],
)
def test_what_cannot_be_checked_proves_nothing_about_any_object(rule, reason):
    tables = cases({}, {})
    (outcome,) = outcomes([rule], tables)
    assert reason in outcome.unable
    assert outcome.looked_at == 0
    assert [(root, code) for root, code, _ in broken(rule, tables)] == [("c0", "QUA002"), ("c1", "QUA002")]


def test_what_was_checked_is_counted():
    (outcome,) = outcomes([Rule("required", ["title"])], cases({}, {}))
    assert (outcome.looked_at, outcome.unable, outcome.verdicts.num_rows) == (2, "", 0)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_takes_an_empty_bucket(kind):
    arguments = {
        "order": ["opened", "closed"],
        "required": ["title"],
        "unique": ["title"],
        "pattern": {"title": "x"},
        "one_of": {"title": ["x"]},
        "between": {"opened": {"from": "2000"}},
        "count": {"record": 1},
        "max_length": {"title": 3},
        "personal_number": {"title": ["personnummer"]},
        "organisation_number": {"title": ["any"]},
        "diary_number": {"title": {"pattern": "KS {year}/{number}", "year": "opened"}},
        "property_designation": {"title": ["any"]},
        "legal_ground": ["title"],
        "encoding": ["title"],
        "orphans": {"title": "record.title"},
        "files_exist": ["missing"],
    }
    tables = {name: empty(name) for name in ("case", "record")} | {"document": DOCUMENTS.schema.empty_table()}
    on = "document" if kind == "files_exist" else "case"
    (outcome,) = outcomes([Rule(kind, arguments[kind], on=on)], tables)
    assert (outcome.unable, outcome.verdicts.num_rows) == ("", 0)


def test_no_rules_no_verdicts():
    assert evaluate([], cases({})).schema == VERDICTS


def test_verdicts_are_sorted_and_do_not_hang_on_the_order_of_the_rules():
    rules = [Rule("required", ["type"], id="B"), Rule("required", ["kind", "closed"], id="A")]
    tables = cases({}, {})
    assert evaluate(rules, tables).equals(evaluate(rules[::-1], tables))
    assert evaluate(rules, tables)["rule"].to_pylist() == ["A", "B", "A", "B"]


class Dropping(BuiltinEngine):
    def run(self, checks, tables, facts):
        return super().run(checks, tables, facts)[1:]


class Doubling(BuiltinEngine):
    def run(self, checks, tables, facts):
        return super().run(checks, tables, facts) * 2


class Renaming(BuiltinEngine):
    def run(self, checks, tables, facts):
        return [Outcome("other", one.looked_at, one.verdicts) for one in super().run(checks, tables, facts)]


class Shuffling(BuiltinEngine):
    def run(self, checks, tables, facts):
        return super().run(checks, tables, facts)[::-1]


@pytest.mark.parametrize("engine", [Dropping(), Doubling(), Renaming()])
def test_an_engine_that_does_not_evaluate_what_was_asked_stops_the_run(engine):
    with pytest.raises(IntegrityError, match="QUA001"):
        evaluate([Rule("required", ["title"])], cases({}), engine=engine)


def test_an_engine_may_answer_in_any_order():
    rules = [Rule("required", ["type"], id="A"), Rule("required", ["title"], id="B")]
    found = outcomes(rules, cases({}), engine=Shuffling())
    assert [(one.check, one.verdicts.num_rows) for one in found] == [("A", 1), ("B", 0)]


def test_two_rules_of_one_name_stop_the_run():
    with pytest.raises(IntegrityError, match="QUA001"):
        evaluate([Rule("required", ["title"])] * 2, cases({}))


def test_every_code_of_the_room_has_a_text_that_names_the_rule():
    for code in ("QUA002", "QUA003", "QUA120", *(f"QUA{number}" for number in range(101, 119))):
        assert "R-1" in describe(code).text("sv", {"rule": "R-1"})
        assert "R-1" in describe(code).text("en", {"rule": "R-1"})


def test_the_rules_of_the_mapping_language_are_all_known():
    assert set(CHECKS) == set(KINDS)


def test_tables_in_several_chunks():
    one = cases({"type": None, "opened": "2003-02-02", "closed": "2003-02-01"})
    table = pa.concat_tables([one["case"], one["case"]])
    for rule in (Rule("required", ["type"]), Rule("order", ["opened", "closed"]), Rule("unique", ["title"])):
        assert len(broken(rule, {"case": table})) == 2
