"""Rules and tables for the tests of this room, and the contract that every engine keeps."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from leverans.mapping.language import Condition, Test
from leverans.model import Case, disassemble
from leverans.quality import evaluate, outcomes

DOCUMENTS = pa.table(
    {
        "stream": ["share.share"] * 5,
        "ref": ["a.pdf", "b.pdf", "c.pdf", "d.pdf", "e.pdf"],
        "root": pa.array(["c0", "c1", None, "c2", "c3"], pa.string()),
        "sha256": pa.nulls(5, pa.string()),
        "status": ["landed", "missing", "missing", "missing", "unreadable"],
        "disposition": pa.array([None, None, None, "exclude", None], pa.string()),
    }
)
"""Documents: one that is there, one missing, one missing of nobody, one left out by a rule, one unreadable."""


@dataclass(frozen=True)
class Rule:
    kind: str
    arguments: Any
    on: str = "case"
    id: str = "R-1"
    severity: str = "quarantine"
    text: dict[str, str] = field(default_factory=dict)
    where: str = "m.yaml:1:1"
    when: Condition = field(default_factory=Condition)


def expect(expectation, on="case", rule="R-1", condition=None, **given):
    """A rule that Great Expectations evaluates."""
    arguments = {"name": expectation, "with": given}
    return Rule("expectation", arguments, on=on, id=rule, when=condition or Condition())


def when(column, operator, *values, flag=True, pattern=""):
    """A condition of one test."""
    return Condition((Test(column, operator, values=values, flag=flag, pattern=pattern),))


def cases(*many):
    """Tables of cases of which only these fields matter."""
    words = {"key": "k", "partition": "2003", "reference_code": "r", "title": "t"}
    return disassemble(Case(**{**words, "id": f"c{at}", **one}) for at, one in enumerate(many))


def verdicts(rule, tables, facts=None, engine=None):
    """Which rows of which objects broke the rule: root and detail."""
    found = evaluate([rule], tables, facts, engine).to_pylist()
    return [(one["root"], one["detail"]) for one in found]


def marked(rule, tables, facts=None, engine=None):
    """Which objects broke the rule, and what it looked at; it must have been able to."""
    (outcome,) = outcomes([rule], tables, facts, engine)
    assert outcome.unable == ""
    return sorted(outcome.verdicts["root"].to_pylist()), outcome.looked_at
