"""What a rule says about a connector."""

from dataclasses import dataclass
from typing import Literal

State = Literal["kept", "broken", "not applicable", "not run"]


class Broken(AssertionError):
    """A connector breaks a rule; the text says how, without a value of the source."""


class NotApplicable(Exception):
    """A rule that a kind of source cannot have; the text says why and is printed."""


class NotHere(Exception):
    """A server or program that is missing on this machine; the text says which."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule.

    Attributes:
        rule: id of the rule.
        state: ``kept``, ``broken``, ``not applicable`` or ``not run``.
        reason: why, where it is not kept.
    """

    rule: str
    state: State
    reason: str = ""


def ensure(holds: object, text: str) -> None:
    """Break the rule unless something holds.

    Raises:
        Broken: it does not.
    """
    if not holds:
        raise Broken(text)
