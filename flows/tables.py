"""Tables and lists for the people who monitor, in Markdown."""

from collections.abc import Iterable
from typing import Any

from flows.quietly import quietly
from prefect.artifacts import create_markdown_artifact

from leverans.findings import catalogue
from leverans.report.parts import CodeFacts
from leverans.report.words import SEVERITIES


def told(key: str, description: str, text: str) -> None:
    """Leave a text in Markdown; a server that is away is no fault of the run.

    Lists wrap. In tables nothing does, and Prefect's pages cut what is wider than they: they are for numbers.

    Args:
        key: the artifact's key.
        description: for people.
        text: of `markdown`, `findings` or one's own.
    """
    quietly(create_markdown_artifact, text, key=key, description=description)


def markdown(rows: list[dict[str, Any]]) -> str:
    """Write rows as a Markdown table: English in italics, numbers to the right."""
    heads = list(dict.fromkeys(head for row in rows for head in row))
    lines = [
        [_cell(head) for head in heads],
        ["---:" if all(isinstance(row.get(head, 0), int) for row in rows) else "---" for head in heads],
        *([_cell(row.get(head, 0)) for head in heads] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return thousands(value)
    swedish, _, english = (_plain(part) for part in str(value).partition(" | "))
    return f"{swedish} *{english}*" if english else swedish


def _plain(text: str) -> str:
    for mark in "\\`*<":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.replace("|", "/").split())


def thousands(number: int) -> str:
    """Write a number as Swedish does: ``1 234 567``."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def findings(found: Iterable[CodeFacts]) -> str:
    """Write one line per code, the most frequent first; nothing found is a line, too.

    Severity, words and names of rules are those of the report: a rule that only warns is no quarantine.
    """
    ordered = sorted(found, key=lambda one: (-one.count, one.code))
    lines = [item(f"{one.code} × {thousands(one.count)}", _told(one)) for one in ordered]
    return "\n".join(lines) or "Inga fynd. *No findings.*"


def _told(one: CodeFacts) -> str:
    swedish, english = SEVERITIES[one.severity]
    return f"{swedish}: {one.sv.replace('|', '/')} | {english}: {one.en.replace('|', '/')}"


def item(head: str, text: str) -> str:
    """Write a line of a list.

    Args:
        head: in bold.
        text: ``svenska | English``.
    """
    return f"- **{_plain(head)}** {_cell(text)}"


def text_of(code: str, language: str) -> str:
    """Give a code's own text; what would fill its places may be data, and stays in the ledger."""
    kind = catalogue().get(code)
    template = "" if kind is None else kind.sv if language == "sv" else kind.en
    return template.format_map(_Unsaid()).replace("|", "/")


class _Unsaid(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"
