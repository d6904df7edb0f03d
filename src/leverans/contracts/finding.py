"""A finding: a located statement about the data, a package or a file of the content."""

from dataclasses import dataclass, field

from leverans.findings import Scope, Severity, describe


@dataclass(frozen=True, slots=True)
class Finding:
    """One located finding; all findings of a pass are reported, never only the first.

    Attributes:
        code: a code of `leverans.findings`.
        where: the place: ``file:line:column``, XPath, path in a package, ``stream[key]`` (pseudonymous keys).
        parameters: what fills the text's places; never personal data.
        severity: the code's own severity, unless a mapping or profile says otherwise.
        schema_version: version of the written form.
    """

    code: str
    where: str
    parameters: dict[str, str | int] = field(default_factory=dict)
    severity: Severity = "error"
    schema_version: int = 1

    @classmethod
    def of(
        cls, code: str, where: str, /, severity: Severity | None = None, **parameters: str | int
    ) -> "Finding":
        """Make a finding with the code's own severity, or another one."""
        return cls(code, where, dict(parameters), severity or describe(code).severity)

    @property
    def scope(self) -> Scope:
        """What the finding is about."""
        return describe(self.code).scope

    @property
    def clause(self) -> str:
        """The requirement or law behind it."""
        return describe(self.code).clause

    def text(self, language: str = "en") -> str:
        """Give the text in ``sv`` or ``en``."""
        return describe(self.code).text(language, self.parameters)

    def plain(self) -> dict[str, object]:
        """Give the finding as a person or another program reads it: with both texts and the clause."""
        return {
            "code": self.code,
            "severity": self.severity,
            "scope": self.scope,
            "where": self.where,
            "text": {"sv": self.text("sv"), "en": self.text("en")},
            "clause": self.clause,
        }
