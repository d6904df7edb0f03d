"""The page of the archive model, made from its types.

``python -m leverans.mapping.tools.modelpage > docs/archive-model.md``
"""

import sys
from collections.abc import Iterator
from importlib.resources import files

from leverans.mapping import facts
from leverans.mapping.blocks import PART_MODELS
from leverans.mapping.tools.elements import element, model_element
from leverans.model.columns import TABLES, scalar_fields, schema_of

_KEYS = {model: key for key, model in PART_MODELS.items()} | {"restriction": "restrict"}


def render() -> str:
    """Give the page as Markdown."""
    head = files("leverans.mapping").joinpath("texts", "model.md").read_text(encoding="utf-8")
    return "\n".join([head, *(_table(name) for name in TABLES)])


def _table(name: str) -> str:
    lines = [f"## {name}", "", *_about(name), ""]
    lines += [
        "| field | type | meaning | filled by | ERMS | EAD | PREMIS |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        _row(name, field, optional=optional) for field, (_, optional) in scalar_fields(TABLES[name]).items()
    ]
    return "\n".join([*lines, ""])


def _about(name: str) -> Iterator[str]:
    kind = TABLES[name]
    yield f"`{kind.__name__}`. {(kind.__doc__ or '').splitlines()[0]}"
    yield ""
    if name == "row":
        return
    told = model_element(name)
    places = [f"ERMS `{told.erms}`"]
    places += [f"EAD3 `{told.ead}`"] if told.ead else []
    places += [f"PREMIS `{told.premis}`"] if told.premis else []
    yield f"{told.swedish}. {' · '.join(places)}."
    if name in _KEYS:
        owners = [model for model, parts in facts.PARTS.items() if name in parts]
        owners = ["case", "subcase", "record", "file"] if name == "restriction" else owners
        yield f"In a mapping: `{_KEYS[name]}:` of a {', '.join(owners)}."


def _row(model: str, field: str, *, optional: bool) -> str:
    if model == "row":
        return f"| `{field}` | {_type(model, field)} | – | the landing | – | – | – |"
    told = element(model, field)
    places = [f"`{path}`" if path else "–" for path in (told.erms, told.ead, told.premis)]
    required = "" if optional else ", required"
    cells = [f"`{field}`", _type(model, field) + required, told.english, _filler(model, field), *places]
    return f"| {' | '.join(cells)} |"


def _type(model: str, field: str) -> str:
    return str(schema_of(model).field(field).type)


def _filler(model: str, field: str) -> str:
    if model == "restriction":
        return "rules of `restrict:`"
    return "software" if field in facts.AUTOMATIC.get(model, ()) else "mapping"


if __name__ == "__main__":
    sys.stdout.write(render())
