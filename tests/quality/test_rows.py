"""Which rows a rule is about, and rules across tables and buckets."""

from dataclasses import replace

import pyarrow as pa
import pytest
from tests.quality.kit import DOCUMENTS, Rule, cases, marked, verdicts, when

from leverans.errors import IntegrityError
from leverans.model import Agent, Record, Relation
from leverans.quality import BuiltinEngine, Census, Facts, Outcome, evaluate, outcomes
from leverans.quality.verdicts import nothing_proved

RECORDS = (Record(id="r1", key="1", title="a", type="x"), Record(id="r2", key="2", title="", type="y"))


@pytest.mark.parametrize(
    ("condition", "roots"),
    [
        (when("type", "in", "a", "b"), ["c0", "c1"]),
        (when("type", "in", None, "a"), ["c0", "c3"]),
        (when("type", "not_in", "a"), ["c1", "c2", "c3"]),
        (when("type", "not_in", None), ["c0", "c1", "c2"]),
        (when("type", "is_null"), ["c3"]),
        (when("type", "is_null", flag=False), ["c0", "c1", "c2"]),
        (when("type", "empty"), ["c2", "c3"]),
        (when("type", "empty", flag=False), ["c0", "c1"]),
        (when("type", "match", pattern="^a$"), ["c0"]),
        (when("version", "in", "1"), ["c0", "c1", "c2", "c3"]),
    ],
)
def test_when_chooses_rows_as_a_mapping_does(condition, roots):
    tables = cases({"type": "a"}, {"type": "b"}, {"type": ""}, {"type": None})
    found, looked = marked(Rule("required", ["closed"], when=condition), tables)
    assert (found, looked) == (roots, len(roots))


def test_when_of_several_fields_holds_all_of_them():
    both = replace(
        when("type", "in", "a"), tests=(*when("type", "in", "a").tests, *when("status", "is_null").tests)
    )
    tables = cases({"type": "a"}, {"type": "a", "status": "closed"}, {"type": "b"})
    assert marked(Rule("required", ["closed"], when=both), tables) == (["c0"], 1)


def test_when_names_a_field_that_is_not_there():
    (outcome,) = outcomes([Rule("required", ["title"], when=when("typ", "in", "a"))], cases({}))
    assert outcome.unable == "no column typ"


def test_a_child_chosen_by_when_keeps_its_place_among_its_siblings():
    tables = cases({"records": RECORDS})
    rule = Rule("required", ["title"], on="record", when=when("type", "in", "y"))
    assert verdicts(rule, tables) == [("c0", "record 2: title")]


def test_registered_files_that_are_not_there():
    tables = {**cases({}, {}, {}, {}), "document": DOCUMENTS}
    assert verdicts(Rule("files_exist", ["missing"], on="document"), tables) == [("c1", "missing")]
    rule = Rule("files_exist", ["missing", "unreadable"], on="document")
    assert verdicts(rule, tables) == [("c1", "missing"), ("c3", "unreadable")]
    assert marked(rule, tables)[1] == 3  # not that of nobody, not that which a rule left out


def test_references_that_lead_nowhere_in_a_bucket():
    relations = tuple(Relation("reference", target) for target in ("A", "B"))
    tables = cases({"reference_code": "A", "relations": relations}, {"reference_code": "C"})
    rule = Rule("orphans", {"target": "case.reference_code"}, on="relation")
    assert verdicts(rule, tables) == [("c0", "relation 2: target")]
    assert verdicts(Rule("orphans", {"owner": "case.id"}, on="relation"), tables) == []
    lost = {**tables, "relation": tables["relation"].set_column(1, "owner", pa.array(["c0", "c9"]))}
    assert verdicts(Rule("orphans", {"owner": "case.id"}, on="relation"), lost) == [
        ("c0", "relation 2: owner")
    ]


def test_references_into_another_bucket():
    rule = Rule("orphans", {"target": "case.reference_code"}, on="relation")
    one = cases(
        {"reference_code": "A", "relations": (Relation("reference", "B"), Relation("reference", "X"))}
    )
    other = cases({"reference_code": "B"})
    census = Census([rule])
    for bucket in (one, other):
        census.take(census.of_bucket(bucket))
    assert verdicts(rule, one, census.facts(Facts())) == [("c0", "relation 2: target")]


def test_a_census_counts_only_the_rows_of_the_rule():
    rule = Rule("unique", ["reference_code"], when=when("status", "in", "closed"))
    one = cases({"reference_code": "A", "status": "closed"})
    other = cases({"reference_code": "A", "status": "open"})
    census = Census([rule])
    for bucket in (one, other):
        census.add(bucket)
    assert verdicts(rule, one, census.facts(Facts())) == []


def test_no_rule_needs_a_census():
    assert not Census([Rule("required", ["title"])]).needed
    assert Census([Rule("unique", ["title"])]).needed


@pytest.mark.parametrize("demand", [{"target": "case.nothing"}, {"target": "nothing.id"}, {"target": "case"}])
def test_orphans_of_a_field_that_is_not_there(demand):
    tables = cases({"relations": (Relation("reference", "A"),)})
    (outcome,) = outcomes([Rule("orphans", demand, on="relation")], tables)
    assert "no field" in outcome.unable


class Saboteur(BuiltinEngine):
    """Evaluates, then spoils each outcome."""

    def __init__(self, spoil):
        self.spoil = spoil

    def run(self, checks, tables, facts):
        done = [self.spoil(one, tables) for one in super().run(checks, tables, facts)]
        return [one for one in done if one is not None]


def silent(outcome, tables):
    """Swallows what could not be checked."""
    return Outcome(outcome.check, tables["case"].num_rows, outcome.verdicts.slice(0, 0))


def half(outcome, tables):
    return replace(outcome, looked_at=outcome.looked_at // 2)


def forgiving(outcome, tables):
    """Tells that it could not, and lets half of the objects go on."""
    return replace(outcome, verdicts=outcome.verdicts.slice(1))


def mild(outcome, tables):
    words = pa.array(["warn"] * outcome.verdicts.num_rows, pa.string())
    at = outcome.verdicts.schema.get_field_index("disposition")
    return replace(
        outcome, verdicts=outcome.verdicts.set_column(at, outcome.verdicts.schema.field(at), words)
    )


def strange(outcome, tables):
    roots = pa.array(["c9"] * outcome.verdicts.num_rows, pa.string())
    at = outcome.verdicts.schema.get_field_index("root")
    return replace(
        outcome, verdicts=outcome.verdicts.set_column(at, outcome.verdicts.schema.field(at), roots)
    )


@pytest.mark.parametrize(
    ("rule", "spoil", "reason"),
    [
        (Rule("required", ["nothing"]), silent, "fields that are not there: nothing"),
        (Rule("required", ["title"], on="nothing"), silent, "a table or field of when"),
        (Rule("required", ["title"], when=when("typ", "in", "a")), silent, "a table or field of when"),
        (Rule("required", ["title"]), half, "1 of 2 rows"),
        (Rule("required", ["nothing"]), forgiving, "objects without a verdict"),
        (Rule("required", ["closed"]), mild, "another rule or severity"),
        (Rule("required", ["closed"]), strange, "objects that are not there"),
    ],
)
def test_an_engine_that_is_not_honest_stops_the_run(rule, spoil, reason):
    with pytest.raises(IntegrityError, match="QUA005") as caught:
        evaluate([rule], cases({}, {}), engine=Saboteur(spoil))
    assert reason in str(caught.value)
    evaluate([rule], cases({}, {}))  # the honest engine goes through


def test_an_engine_that_drops_or_doubles_a_rule_stops_the_run():
    for spoil in (lambda one, tables: None, lambda one, tables: replace(one, check="R-2")):
        with pytest.raises(IntegrityError, match="QUA001"):
            evaluate([Rule("required", ["title"])], cases({}), engine=Saboteur(spoil))


def test_nothing_proved_tells_every_object():
    found = nothing_proved(Rule("required", ["x"]), cases({}, {}), "no column x")
    assert found["root"].to_pylist() == ["c0", "c1"]
    assert nothing_proved(Rule("required", ["x"]), {}, "no table").num_rows == 0


def test_a_rule_on_agents_names_neither_name_nor_number():
    tables = cases({"agents": (Agent("owner", "Hemlig Person", id_number="640823-3235"),)})
    rule = Rule("personal_number", {"id_number": ["personnummer"]}, on="agent")
    found = evaluate([rule], tables, Facts())
    assert found.num_rows == 1
    assert "640823" not in str(found.to_pylist())
    assert "Hemlig" not in str(found.to_pylist())
