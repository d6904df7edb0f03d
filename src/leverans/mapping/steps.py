"""What the steps of a value need of each other, and the time zones there are: checked with the file."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from leverans.findings.phrases import phrase
from leverans.mapping.layers import KeyPath, Problems
from leverans.mapping.layouts import compile_layout

_NUMBERS = "type: int | decimal"
_NEEDS = {
    "group": "match",
    "nulls": "concat",
    "by": "lookup",
    "take": "lookup",
    "args": "fn",
    "zone": "datetime",
    "dst": "zone",
}
"""Keys that say nothing without another one."""


def check_steps(data: dict[str, Any], path: KeyPath, problems: Problems) -> None:
    """Note MAP020 for keys without effect, MAP031, and what is wrong with numbers and zones."""
    for key, needed in _NEEDS.items():
        if key in data and needed not in data:
            problems.add("MAP020", (*path, key), key=key, needed=needed)
    if ("default" in data) != (data.get("on_error") == "default"):
        problems.add("MAP031", path)
    if data.get("on_error") == "keep" and "identity" not in data:
        problems.add("MAP020", (*path, "on_error"), key="on_error: keep", needed="identity")
    _numbers(data, path, problems)
    _zone(data, path, problems)
    if data.get("max_length", 1) < 1:
        problems.add("MAP003", (*path, "max_length"), expected=phrase("a whole number from 1"))


def _numbers(data: dict[str, Any], path: KeyPath, problems: Problems) -> None:
    kind = data.get("type")
    if "decimal_mark" in data and kind != "decimal":
        problems.add("MAP020", (*path, "decimal_mark"), key="decimal_mark", needed="type: decimal")
    if "thousands" in data and kind not in {"int", "decimal"}:
        problems.add("MAP020", (*path, "thousands"), key="thousands", needed=_NUMBERS)
    elif kind == "decimal" and data.get("thousands") == data.get("decimal_mark", "."):
        problems.add("MAP081", (*path, "thousands"))


def _zone(data: dict[str, Any], path: KeyPath, problems: Problems) -> None:
    if "zone" not in data:
        return
    if not is_zone(data["zone"]):
        problems.add("MAP080", (*path, "zone"), zone=data["zone"])
    given = data.get("datetime", ())
    layouts = (given,) if isinstance(given, str) else tuple(given)
    if layouts and all(_has_zone(layout) for layout in layouts):
        problems.add("MAP020", (*path, "zone"), key="zone", needed=phrase("a layout without %z"))


def _has_zone(layout: str) -> bool:
    try:
        return "z" in compile_layout(layout, time=True).pieces
    except ValueError:
        return False


@cache
def is_zone(name: str) -> bool:
    """Say whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
