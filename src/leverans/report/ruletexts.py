"""What the rules of a delivery say, from its mapping: the ledger knows their names only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from leverans.delivery.mapping_stage import read_mapping
from leverans.errors import LeveransError
from leverans.mapping import Check
from leverans.mapping.binding import mapping_digest
from leverans.registry import Delivery
from leverans.report.parts import CodeFacts, RuleText
from leverans.report.setaside import kind
from leverans.settings import Settings

MOST_NAMED = 3
"""How many rules a sentence names."""

MOST_TEXTS = 20
"""How many rules are quoted beside one code."""

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

        Where all of them only warn, the finding is a warning, whatever its code is otherwise: nothing is to
        be decided.
        """
        wanted = CODES.get(finding.code)
        checks = [check for check in self.checks.values() if wanted and check.kind == wanted]
        names = tuple(check.id for check in checks)
        if not names:
            return finding
        severities = {check.severity for check in checks}
        if len(severities) == 1 and severities <= _TOLD_ONLY:
            finding = replace(finding, severity=severities.pop(), remedy_sv="", remedy_en="")
        listed = " / ".join(names[:MOST_NAMED]) + (" / …" if len(names) > MOST_NAMED else "")
        said = kind(finding.code, [listed])
        return replace(finding, sv=said.sv, en=said.en, rules=self.told(names))


def read_rules(settings: Settings, delivery: Delivery | None) -> Rules:
    """Read the rules of a delivery once; none where its files are not there or wrong."""
    if delivery is None:
        return Rules()
    try:
        mapping = read_mapping(settings, delivery)
    except (LeveransError, OSError):
        return Rules()
    return Rules({check.id: check for check in mapping.checks}, mapping_digest(mapping))
