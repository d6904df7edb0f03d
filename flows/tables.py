"""Tables for the people who monitor."""

from collections.abc import Mapping
from typing import Any

from flows.quietly import quietly
from prefect.artifacts import create_markdown_artifact

from leverans.findings import Code, catalogue

_SEVERITIES = {
    "critical": "kritiskt",
    "quarantine": "karantän",
    "error": "fel",
    "warning": "varning",
    "info": "upplysning",
}


def told_table(key: str, description: str, rows: list[dict[str, Any]]) -> None:
    """Leave a table; a server that is away is no fault of the run.

    It is Markdown: in Prefect's own table artifacts no text wraps, and the last columns lie outside the page.

    Args:
        key: the artifact's key.
        description: for people.
        rows: at least one; all have the same columns, ``svenska | English``.
    """
    quietly(create_markdown_artifact, markdown(rows), key=key, description=description)


def markdown(rows: list[dict[str, Any]]) -> str:
    """Write rows as a Markdown table: English in italics, numbers to the right."""
    heads = rows[0]
    lines = [
        [_cell(head) for head in heads],
        ["---:" if all(isinstance(row[head], int) for row in rows) else "---" for head in heads],
        *([_cell(row[head]) for head in heads] for row in rows),
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


def counted(codes: Mapping[str, int]) -> list[dict[str, Any]]:
    """Give one row per code, the most frequent first; nothing found is a row, too."""
    rows = [
        {
            "Kod | code": code,
            "Antal | count": count,
            "Allvar | severity": _severity(catalogue().get(code)),
            "Betyder | means": f"{text_of(code, 'sv')} | {text_of(code, 'en')}",
        }
        for code, count in sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    ]
    return rows or [
        {
            "Kod | code": "–",
            "Antal | count": 0,
            "Allvar | severity": "–",
            "Betyder | means": "Inga fynd. | No findings.",
        }
    ]


def text_of(code: str, language: str) -> str:
    """Give a code's own text; what would fill its places may be data, and stays in the ledger."""
    kind = catalogue().get(code)
    template = "" if kind is None else kind.sv if language == "sv" else kind.en
    return template.format_map(_Unsaid()).replace("|", "/")


class _Unsaid(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def _severity(kind: Code | None) -> str:
    return _SEVERITIES[kind.severity] if kind else "–"
