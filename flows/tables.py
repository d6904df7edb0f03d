"""Tables for the people who monitor."""

from collections.abc import Mapping
from typing import Any

from flows.quietly import quietly
from prefect.artifacts import create_table_artifact

from leverans.findings import Code, catalogue

_SEVERITIES = {
    "critical": "kritiskt",
    "quarantine": "karantän",
    "error": "fel",
    "warning": "varning",
    "info": "upplysning",
}


def told_table(key: str, description: str, rows: list[dict[str, Any]]) -> None:
    """Leave a table artifact; a server that is away is no fault of the run."""
    quietly(create_table_artifact, rows, key=key, description=description)


def counted(codes: Mapping[str, int]) -> list[dict[str, Any]]:
    """Give one row per code, the most frequent first; nothing found is a row, too."""
    rows = [
        {
            "Kod | code": code,
            "Antal | count": count,
            "Allvar": _severity(catalogue().get(code)),
            "Svenska": text_of(code, "sv"),
            "English": text_of(code, "en"),
        }
        for code, count in sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    ]
    return rows or [
        {
            "Kod | code": "–",
            "Antal | count": 0,
            "Allvar": "–",
            "Svenska": "Inga fynd",
            "English": "No findings",
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
