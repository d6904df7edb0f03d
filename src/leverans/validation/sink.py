"""Where findings gather: levels by profile, a limit per code, places as people read them."""

from collections.abc import Mapping

from leverans.contracts import Finding
from leverans.findings import Severity, describe
from leverans.formats.entries import visible
from leverans.validation.profiles import requirements

LIMIT = 1_000
_LONGEST_VALUE = 80
_COUNTED = {"warning": "warnings", "info": "infos"}


class Sink:
    """Collects findings.

    Args:
        levels: severity of each requirement that the profile holds; a requirement that it does not hold is no
            rule. Our own codes keep the severity of their table unless `without` names them.
        without: codes that are switched off.
    """

    def __init__(self, levels: Mapping[str, Severity], without: frozenset[str] = frozenset()) -> None:
        self.levels = levels
        self.without = without
        self.findings: list[Finding] = []
        self.counts = {"errors": 0, "warnings": 0, "infos": 0}
        self._seen: dict[str, int] = {}

    def level(self, code: str) -> Severity | None:
        """Give the severity of a code under the profile, None when it is no rule of it."""
        if code in self.without:
            return None
        if code in requirements():
            return self.levels.get(code)
        return describe(code).severity

    def report(self, code: str, where: str, /, **parameters: str | int) -> None:
        """Note a finding when its code is a rule of the profile."""
        severity = self.level(code)
        if severity is not None:
            self._note(severity, code, where, parameters)

    def passed_over(self, code: str) -> bool:
        """Count a finding whose code is past the limit: its place need not be written; False before."""
        if self._seen.get(code, 0) < LIMIT:
            return False
        severity = self.level(code)
        if severity is not None:
            self.counts[_COUNTED.get(severity, "errors")] += 1
            self._seen[code] += 1
        return True

    def report_as(self, severity: Severity, code: str, where: str, /, **parameters: str | int) -> None:
        """Note a finding with a severity that the place demands, when its code is a rule of the profile."""
        if self.level(code) is not None:
            self._note(severity, code, where, parameters)

    def _note(self, severity: Severity, code: str, where: str, parameters: Mapping[str, str | int]) -> None:
        self.counts[_COUNTED.get(severity, "errors")] += 1
        count = self._seen[code] = self._seen.get(code, 0) + 1
        if count <= LIMIT:
            shown = {name: _short(value) for name, value in parameters.items()}
            self.findings.append(Finding(code, visible(where), shown, severity))

    def take(self, finding: Finding, times: int = 0) -> None:
        """Note a finding that another room made, and `times` more of its code that it left out."""
        self.report(finding.code, finding.where, **finding.parameters)
        if times and (severity := self.level(finding.code)):
            self._seen[finding.code] += times
            self.counts[_COUNTED.get(severity, "errors")] += times

    def close(self) -> tuple[Finding, ...]:
        """Give all findings, with one ``VAL006`` for each code that was met more often than the limit."""
        for code, count in self._seen.items():
            if count > LIMIT:
                self.findings.append(Finding.of("VAL006", "", more=code, times=count - LIMIT))
        return tuple(self.findings)


def _short(value: str | int) -> str | int:
    if isinstance(value, int):
        return value
    return visible(value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…")
