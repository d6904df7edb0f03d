"""The virtual tables of a mapping in plain Swedish, for the metadatabilaga."""

from typing import Any

from leverans.mapping import language as lang
from leverans.mapping.shapes import Nested, Pivot, Steps, Virtual


def virtual_tables(mapping: lang.Mapping) -> list[dict[str, Any]]:
    """Say how every virtual table is made, and what of it is not kept."""
    return [_table(table) for table in mapping.virtual.values()]


def _table(table: Virtual) -> dict[str, Any]:
    made = _pivot(table) if isinstance(table, Pivot) else _nested(table)
    return {"name": table.name, "where": table.where, **made}


def _nested(table: Nested) -> dict[str, Any]:
    held = f"inom varje rad i {table.within}" if table.within else f"i {table.base}, kolumnen {table.column}"
    row = path_text(table.each, table) or "hela texten"
    more = f" Även {path_text(table.again, table)} inom en sådan rad är en rad." if table.again else ""
    return {
        "how": f"En rad för varje {row} {held} ({table.format.upper()}).{more}",
        "columns": [
            (name, path_text(steps, table) or "radens egen text") for name, steps in table.columns.items()
        ],
        "drop": list(table.drop),
    }


def _pivot(table: Pivot) -> dict[str, Any]:
    columns = [
        (name, f"{_version(version)}fråga {question}{'' if name in form.columns else ', alla svar'}")
        for version, form in table.forms.items()
        for name, question in (*form.columns.items(), *form.several.items())
    ]
    return {
        "how": f"En rad för varje ifylld blankett i {table.base}: svaren i {table.value} på frågorna i "
        f"{table.question}, sammanhållna av {', '.join(table.key)}.",
        "columns": columns,
        "drop": [*table.drop, *(item for form in table.forms.values() for item in form.drop)],
    }


def _version(version: str) -> str:
    return f"version {version}, " if version else ""


def path_text(steps: Steps, table: Nested) -> str:
    """Give a path as a mapping writes it."""
    prefixes = {space: prefix for prefix, space in table.namespaces.items()}
    return "/".join(_step(step, prefixes) for step in steps)


def _step(step: str, prefixes: dict[str, str]) -> str:
    sign, name = ("@", step[1:]) if step.startswith("@") else ("", step)
    if not name.startswith("{"):
        return step
    space, _, local = name[1:].partition("}")
    prefix = prefixes.get(space, "xsi")
    return f"{sign}{local}" if prefix == "default" else f"{sign}{prefix}:{local}"
