"""What a validation says about one package."""

from dataclasses import dataclass, field

from leverans.contracts import Finding


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one validation.

    Attributes:
        package: name of the folder or container that was looked at, without its parent folders.
        valid: no finding is an error.
        profile: name of the rule profile that was applied.
        findings: every finding of the pass in the order it was met; for a code that was met more than
            `leverans.validation.sink.LIMIT` times one ``VAL006`` tells how many more there are.
        counts: ``files``, ``bytes``, ``references``, ``representations``, ``aggregations``, ``records``,
            ``appendices``, ``premis_objects``, and ``errors``, ``warnings``, ``infos`` (all of them, also
            those past the limit).
    """

    package: str
    valid: bool
    profile: str
    findings: tuple[Finding, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    def plain(self) -> dict[str, object]:
        """Give ``{package, valid, profile, findings: [{code, severity, where, text, clause}], counts}``."""
        return {
            "package": self.package,
            "valid": self.valid,
            "profile": self.profile,
            "findings": [finding.plain() for finding in self.findings],
            "counts": dict(self.counts),
        }
