"""Finding codes as data: every code has a severity, a scope, a clause and a text in Swedish and English.

The tables lie beside this file, one TOML file per room that raises the codes. Code raises codes; people
read the texts.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from leverans.findings.phrases import spoken

Severity = Literal["critical", "quarantine", "error", "warning", "info"]
Scope = Literal["field", "file", "record", "case", "stream", "package", "run"]


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding.

    Attributes:
        code: the stable name, e.g. ``MAP101``.
        severity: ``critical`` stops the package or run, ``quarantine`` sets the object aside, ``error`` makes
            a validation fail, ``warning`` and ``info`` are reported.
        scope: what the finding is about.
        clause: the requirement or law behind it, or an empty text.
        sv: Swedish text, with ``{named}`` places.
        en: English text, with the same places.
        remedy_sv: what to do about it, in Swedish.
        remedy_en: what to do about it, in English.
        acceptable: a person may decide that the object is archived in spite of it; False where the package
            could not be valid, or the decision belongs elsewhere (agreement, route).
    """

    code: str
    severity: Severity
    scope: Scope
    clause: str
    sv: str
    en: str
    remedy_sv: str = ""
    remedy_en: str = ""
    acceptable: bool = True

    def text(self, language: str, parameters: Mapping[str, object]) -> str:
        """Fill the text of `language` (``sv`` or ``en``); a place without a value stays visible as ``?``."""
        template = self.sv if language == "sv" else self.en
        told = {name: spoken(value, language) for name, value in parameters.items()}
        return template.format_map(_Visible(told))


class _Visible(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


@cache
def catalogue() -> Mapping[str, Code]:
    """Read all code tables.

    Raises:
        ValueError: one code stands in two tables.
    """
    codes: dict[str, Code] = {}
    tables = sorted(files(__name__).joinpath("codes").iterdir(), key=lambda entry: entry.name)
    for table in tables:
        if not table.name.endswith(".toml"):
            continue
        for name, row in tomllib.loads(table.read_text(encoding="utf-8")).items():
            if name in codes:
                raise ValueError(f"{table.name}: {name} is defined twice")
            codes[name] = Code(
                code=name,
                severity=cast("Severity", row["severity"]),
                scope=cast("Scope", row["scope"]),
                clause=row.get("clause", ""),
                sv=row["sv"],
                en=row["en"],
                remedy_sv=row.get("remedy_sv", ""),
                remedy_en=row.get("remedy_en", ""),
                acceptable=bool(row.get("acceptable", True)),
            )
    return codes


def describe(code: str) -> Code:
    """Give the entry of one code.

    Raises:
        KeyError: the code is in no table.
    """
    return catalogue()[code]
