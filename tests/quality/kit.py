"""Rules and tables for the tests of this room, and the contract that every engine keeps."""

from dataclasses import dataclass, field
from typing import Any

from leverans.mapping.language import Condition, Test
from leverans.model import Case, disassemble


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


def expect(name, on="case", id="R-1", when=Condition(), **given):
    """A rule that Great Expectations evaluates."""
    return Rule("expectation", {"name": name, "with": given}, on=on, id=id, when=when)


def when(column, operator, *values, flag=True, pattern=""):
    """A condition of one test."""
    return Condition((Test(column, operator, values=values, flag=flag, pattern=pattern),))


def cases(*many):
    """Tables of cases of which only these fields matter."""
    words = {"key": "k", "partition": "2003", "reference_code": "r", "title": "t"}
    return disassemble(Case(**{**words, "id": f"c{at}", **one}) for at, one in enumerate(many))
