"""Errors sorted by what to do about them.

::

    LeveransError
    ├── UsageError            the words of the command are off                  exit 2
    ├── ConfigurationError    mend the YAML, CSV or agreement named             exit 1
    │   └── Refused           a rule of the house forbids the run               exit 1
    ├── AccessDenied          a person must give or take a permission           exit 1
    ├── IntegrityError        bytes are not what was promised: stop and look    exit 1
    └── Outage                come again later, nothing is lost                 exit 3

A fault in the data of one object is no exception: it is a finding, and the object goes to quarantine.
"""

from collections.abc import Mapping

from leverans.findings import Code, describe


class LeveransError(Exception):
    """An error with a code, a place and a remedy.

    Args:
        code: a code of `leverans.findings`.
        where: the place: ``file:line:column``, a path below a root, a stream; never personal data.
        parameters: what fills the text's places; never secrets or personal data.
    """

    exit_code = 1

    def __init__(self, code: str, where: str = "", **parameters: object) -> None:
        self.code = code
        self.where = where
        self.parameters: Mapping[str, object] = parameters
        super().__init__(self.text("en"))

    @property
    def kind(self) -> Code:
        """The entry of the code."""
        return describe(self.code)

    def text(self, language: str) -> str:
        """Give ``place: CODE text`` in Swedish (``sv``) or English (``en``)."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.code} {self.kind.text(language, self.parameters)}"

    def remedy(self, language: str) -> str:
        """Give what to do about it."""
        return self.kind.remedy_sv if language == "sv" else self.kind.remedy_en


class UsageError(LeveransError):
    """The words of the command are off."""

    exit_code = 2


class ConfigurationError(LeveransError):
    """A file of the content is wrong; `problems` lists every fault of the pass, never only the first."""

    def __init__(
        self, code: str, where: str = "", problems: tuple["LeveransError", ...] = (), **parameters: object
    ) -> None:
        super().__init__(code, where, **parameters)
        self.problems = problems


class Refused(ConfigurationError):
    """A rule of the house forbids the run (no agreement that matches, an account that may write)."""


class AccessDenied(LeveransError):
    """Something may not be read or written by this account."""


class IntegrityError(LeveransError):
    """Bytes are not what was promised."""


class Outage(LeveransError):
    """A source, disk or lock is not to be had now; a retry makes sense."""

    exit_code = 3
