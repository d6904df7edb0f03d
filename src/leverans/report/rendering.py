"""From facts to a page: templates with autoescape, Swedish numbers, nothing from outside."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from leverans.report.facts import RunFacts
from leverans.report.flow import flow
from leverans.report.words import ACTIONS, ROUTES, SEVERITIES, STAGES, STATES, STATUSES, USES

_SPACE, _MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
SHOWN_NAMES = 12
"""How many objects of each code the report names; felprotokoll names more."""


def render(template: str, facts: RunFacts, **more: Any) -> str:
    """Render a template; equal facts give equal text.

    Args:
        template: ``report`` or the name of a paper.
        facts: what is told.
        more: further names for the template.
    """
    page = _environment().get_template(f"{template}.html.j2")
    return str(page.render({"facts": facts, "flow": flow(facts), "shown_names": SHOWN_NAMES, **more}))


def fill(template: str, **names: Any) -> str:
    """Render a template that is about no run; equal names give equal text."""
    return str(_environment().get_template(f"{template}.html.j2").render(names))


def render_json(paper: str, facts: RunFacts) -> str:
    """Give the facts of a paper as JSON with sorted keys."""
    plain = {"paper": paper, "schema_version": 1, "facts": facts.plain()}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def number(value: int) -> str:
    """Write a number the Swedish way, ``12 345``, with spaces that do not break."""
    return f"{value:,}".replace(",", _SPACE)


def signed(value: int) -> str:
    """Write a difference with its sign; zero is ``±0``."""
    if value == 0:
        return "±0"
    return f"{'+' if value > 0 else _MINUS}{number(abs(value))}"


def size(value: int) -> str:
    """Write bytes for people, ``79,3 MB`` (decimal units)."""
    amount = float(value)
    for unit in ("byte", "kB", "MB", "GB"):
        if amount < 1000:
            text = f"{amount:.0f}" if unit == "byte" else f"{amount:.1f}".replace(".", ",")
            return f"{text}{_SPACE}{unit}"
        amount /= 1000
    return f"{amount:.1f}{_SPACE}TB".replace(".", ",")


def moment(text: str) -> str:
    """Write an xs:dateTime in UTC for people: ``2026-06-30 12:00 UTC``."""
    return f"{text[:10]}{_SPACE}{text[11:16]}{_SPACE}UTC" if text else "–"


def moments(start: str, end: str) -> str:
    """Write two moments, the day once when it is the same: ``2026-06-30 12:00 – 12:04 UTC``."""
    if not end:
        return f"{moment(start)} –"
    if start[:10] != end[:10]:
        return f"{moment(start)} – {moment(end)}"
    return f"{start[:10]}{_SPACE}{start[11:16]}{_SPACE}–{_SPACE}{end[11:16]}{_SPACE}UTC"


def period(text: str) -> str:
    """Write ``1996-01-01/2025-12-31`` with a dash."""
    return text.replace("/", " – ").replace("..", "tills vidare")


def share(value: int, total: int) -> str:
    """Write a share of a total: ``94,3 %``; what is not nothing is never ``0,0 %``."""
    percent = 100 * value / total if total else 0.0
    if 0 < percent < 0.1:
        return f"< 0,1{_SPACE}%"
    if 99.9 < percent < 100:
        return f"> 99,9{_SPACE}%"
    return f"{percent:.1f}{_SPACE}%".replace(".", ",")


def tail(where: str) -> str:
    """Give the file's own name and the line of a place, without its folder."""
    return where.rpartition("/")[2]


def clipped(text: str, most: int = 34) -> str:
    """Give a text that fits a label, its middle left out."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most // 2 - 1) :]}"


@cache
def _environment() -> Any:
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("leverans.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": number,
        "signed": signed,
        "size": size,
        "moment": moment,
        "moments": moments,
        "period": period,
        "clipped": clipped,
        "share": share,
        "tail": tail,
    }
    made.globals |= {
        "style": _style(),
        "actions": ACTIONS,
        "routes": ROUTES,
        "severities": SEVERITIES,
        "stages": STAGES,
        "states": STATES,
        "statuses": STATUSES,
        "uses": USES,
    }
    return made


def _style() -> Markup:
    """Give our own style sheet, a file of this package, as it is."""
    text = files("leverans.report").joinpath("templates", "style.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704  # a file of this package, not data
