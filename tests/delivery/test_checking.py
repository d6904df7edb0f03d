"""Rules and the mapping's own exclusions on one object: what the mapping leaves out, no rule sets aside."""

from types import SimpleNamespace

import pytest
from tests.delivery.test_bucket import CASE, VERDICT, archived, judged, texts, verdict

from leverans.delivery.checking import stopped, warned, yielding

RULE = SimpleNamespace(id="svartlista", severity="quarantine")
STOP = SimpleNamespace(id="plan", severity="critical")
PLAN = SimpleNamespace(checks=(RULE, STOP))
BROKEN = verdict("quarantine", code="QUA120", rule=RULE.id)
CRITICAL = verdict("quarantine", code="QUA104", rule=STOP.id)


def met(*verdicts, before=None):
    table = yielding(PLAN, texts(VERDICT, verdicts), before or {})
    return judged(*(tuple(row.values()) for row in table.to_pylist()), before=before), table


@pytest.mark.parametrize("word", ["exclude", "void"])
@pytest.mark.parametrize("rules", [(BROKEN,), (CRITICAL,), (CRITICAL, BROKEN)])
def test_what_a_named_rule_of_the_mapping_leaves_out_is_left_out_whatever_rules_say(word, rules):
    left = verdict(word, code="MAP141", rule="makulerat-ärende")
    found, table = met(*rules, left)
    objects = found.counts.objects
    assert (objects["found"], objects["excluded"], objects["quarantined"]) == (1, 1, 0)
    assert found.counts.excluded == {"makulerat-ärende": 1}
    assert not found.counts.quarantined
    assert found.counts.streams["db.a"]["excluded"] == 1
    assert stopped(PLAN, found) == {}
    assert found.counts.findings == {"MAP141": 1} | {row[3]: 1 for row in rules}
    assert warned(table) == {row[3]: 1 for row in rules}


def test_a_void_object_that_is_archived_gets_a_version_and_rules_decide_about_it():
    found, _ = met(BROKEN, verdict("void"), before=archived())
    assert found.counts.objects["quarantined"] == 1


@pytest.mark.parametrize(
    "more",
    [verdict("quarantine", code="MAP110"), verdict("quarantine", code="MAP115", rule=RULE.id)],
    ids=["the mapping's fault", "a rule of the mapping named as a check"],
)
def test_what_the_mapping_itself_could_not_read_is_set_aside(more):
    found, _ = met(BROKEN, more, verdict("exclude"))
    assert found.counts.objects["quarantined"] == 1
    assert found.settled[0]["reason"] == more[3]


def test_rules_decide_about_every_other_object():
    other = ("another", *verdict("exclude")[1:])
    found, table = met(BROKEN, other)
    assert found.settled[0]["object"] == CASE.id
    assert found.counts.quarantined == {"QUA120": 1}
    assert warned(table) == {}
