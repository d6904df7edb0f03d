"""What the rules of a delivery say, from its mapping: the ledger knows their names only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from leverans.delivery import RunResult
from leverans.delivery.mapping_stage import read_mapping
from leverans.errors import LeveransError
from leverans.mapping import Check
from leverans.mapping.binding import mapping_digest
from leverans.registry import Delivery
from leverans.report.parties import read_delivery
from leverans.report.parts import CodeFacts, RuleText
from leverans.report.setaside import kind, kinds
from leverans.settings import Settings

MOST_NAMED = 3
"""How many rules a sentence names."""

MOST_TEXTS = 20
"""How many rules are quoted beside one code."""

_WORST = ("critical", "quarantine", "warning", "info")
_TOLD_ONLY = frozenset({"warning", "info"})
"""Severities of rules that set nothing aside."""

CODES = {
    "QUA101": "order",
    "QUA102": "required",
    "QUA103": "unique",
    "QUA104": "pattern",
    "QUA105": "one_of",
    "QUA106": "between",
    "QUA107": "count",
    "QUA108": "max_length",
    "QUA109": "personal_number",
    "QUA110": "organisation_number",
    "QUA111": "diary_number",
    "QUA112": "diary_number",
    "QUA113": "property_designation",
    "QUA114": "legal_ground",
    "QUA115": "encoding",
    "QUA116": "encoding",
    "QUA117": "orphans",
    "QUA118": "files_exist",
    "QUA120": "expectation",
}
"""Which kind of rule gives a code."""

_DATES = frozenset({"order", "between"})
MIXED = "mixed"
"""Some of the rules that can have given a finding set their object aside, others only tell."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a delivery as its mapping has them now.

    Attributes:
        checks: by id; empty when the mapping cannot be read.
        digest: the mapping's, empty when it cannot be read.
    """

    checks: Mapping[str, Check] = field(default_factory=dict)
    digest: str = ""

    def text(self, rule: str | None, language: str) -> str:
        """Give what a rule says when it fails, or nothing."""
        check = self.checks.get(rule or "")
        return check.text.get(language, "") if check else ""

    def told(self, names: tuple[str, ...]) -> tuple[RuleText, ...]:
        """Give the texts of those of `names` that are rules."""
        known = [name for name in names if name in self.checks]
        return tuple(
            RuleText(name, self.text(name, "sv"), self.text(name, "en")) for name in known[:MOST_TEXTS]
        )

    def named(self, finding: CodeFacts) -> CodeFacts:
        """Name the rules that can have given a finding of which only code and count are kept: A / B.

        The finding is as severe as its rules, whatever its code is otherwise: where all of them only warn,
        nothing is to be decided; where some do and others set aside, it is `MIXED`.
        """
        checks = [check for check in self.checks.values() if _gives(check, finding.code)]
        names = tuple(check.id for check in checks)
        if not names:
            return finding
        finding = self.judged(finding, names)
        if finding.severity in _TOLD_ONLY:
            finding = replace(finding, remedy_sv="", remedy_en="")
        listed = " / ".join(names[:MOST_NAMED]) + (" / …" if len(names) > MOST_NAMED else "")
        said = kind(finding.code, [listed])
        return replace(finding, sv=said.sv, en=said.en, rules=self.told(names))

    def judged(self, finding: CodeFacts, names: Iterable[str] = ()) -> CodeFacts:
        """Make a finding as severe as the rules that gave it, by default all that can have."""
        known = [self.checks[name] for name in names if name in self.checks]
        checks = known or [check for check in self.checks.values() if _gives(check, finding.code)]
        severities = {check.severity for check in checks}
        if not severities:
            return finding
        told = severities & _TOLD_ONLY
        worst = MIXED if told and told != severities else next(one for one in _WORST if one in severities)
        return replace(finding, severity=worst)


def findings(settings: Settings, name: str, result: RunResult) -> tuple[CodeFacts, ...]:
    """Give the findings of a run as its report has them: by rule, as severe as the rules that gave them.

    Args:
        settings: the installation's roots.
        name: ``municipality/delivery``.
        result: the run, which has just ended: the mapping is still the one it ran with.
    """
    rules = read_rules(settings, read_delivery(settings, name))
    told = result.counts.warned
    return tuple(weighed(rules.named(one), told) for one in kinds(result.counts.findings))


def weighed(finding: CodeFacts, warned: Mapping[str, int]) -> CodeFacts:
    """Make a finding as severe as what it did.

    Args:
        finding: a code with its count.
        warned: how many of each code set nothing aside in this run.
    """
    told = warned.get(finding.code, 0)
    if not told or finding.severity in _TOLD_ONLY:
        return finding
    if told < finding.count:
        return replace(finding, severity=MIXED)
    return replace(finding, severity="warning", remedy_sv="", remedy_en="")


def _gives(check: Check, code: str) -> bool:
    """Say whether a rule can have given a code; every rule can be one that could not be checked."""
    if code == "QUA003":
        return check.kind in _DATES
    return code == "QUA002" or CODES.get(code) == check.kind


def read_rules(settings: Settings, delivery: Delivery | None) -> Rules:
    """Read the rules of a delivery once; none where its files are not there or wrong."""
    if delivery is None:
        return Rules()
    try:
        mapping = read_mapping(settings, delivery)
    except (LeveransError, OSError):
        return Rules()
    return Rules({check.id: check for check in mapping.checks}, mapping_digest(mapping))
