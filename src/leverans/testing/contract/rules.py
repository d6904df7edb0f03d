"""The rules of the connector contract, each with its id and what it says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from leverans.testing.contract.subject import Subject
from leverans.testing.contract.verdicts import Broken, NotApplicable, NotHere, Verdict

Check = Callable[[Subject], None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: its name, in words joined by ``-``.
        text: what every connector does.
        check: raises `Broken`, `NotApplicable` or `NotHere`.
    """

    id: str
    text: str
    check: Check

    def judge(self, subject: Subject) -> Verdict:
        """Try the rule; an error of the connector is a broken rule."""
        try:
            self.check(subject)
        except NotApplicable as fault:
            return Verdict(self.id, "not applicable", str(fault))
        except NotHere as fault:
            return Verdict(self.id, "not run", str(fault))
        except Broken as fault:
            return Verdict(self.id, "broken", str(fault))
        except Exception as fault:  # noqa: BLE001  # whatever a connector raises, it is the connector's
            return Verdict(self.id, "broken", f"{type(fault).__name__}: {fault}")
        return Verdict(self.id, "kept")


_RULES: dict[str, Rule] = {}


def rule(name: str, text: str) -> Callable[[Check], Check]:
    """Register a rule."""

    def register(check: Check) -> Check:
        _RULES[name] = Rule(name, text, check)
        return check

    return register


def rules() -> tuple[Rule, ...]:
    """Give all rules in their order."""
    from leverans.testing.contract import (  # noqa: F401  # they register themselves
        checking,
        describing,
        documenting,
        guarding,
        killing,
        values,
        wholeness,
    )

    return tuple(_RULES.values())


def verdicts(subject: Subject, only: frozenset[str] = frozenset()) -> Iterator[Verdict]:
    """Try all rules, or some of them, on one connector."""
    for one in rules():
        if not only or one.id in only:
            yield one.judge(subject)
