"""The fields of the archive model as people call them, and the ERMS element that each becomes."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

MODELS = "models"
_TABLE = "elements.toml"


@dataclass(frozen=True, slots=True)
class Element:
    """One field of the model, or one of its types.

    Attributes:
        swedish: what an archivist calls it.
        english: what it is, for an editor.
        erms: the path of the ERMS element below its aggregation, record, appendix or part.
        ead: the path of the EAD3 element, below its component; empty where EAD has none.
        premis: the path of the PREMIS element; empty where PREMIS has none.
    """

    swedish: str
    english: str
    erms: str
    ead: str = ""
    premis: str = ""


def element(model: str, field: str) -> Element:
    """Give one field of a model, e.g. ``case``, ``title``.

    Raises:
        KeyError: the model has no such field.
    """
    return elements()[model, field]


def model_element(model: str) -> Element:
    """Give one type of the model, e.g. ``case``.

    Raises:
        KeyError: there is no such type.
    """
    return elements()[MODELS, model]


@cache
def elements() -> Mapping[tuple[str, str], Element]:
    """Give every field by (model, field); the types themselves stand below `MODELS`."""
    text = files("leverans.mapping.tools").joinpath(_TABLE).read_text(encoding="utf-8")
    return {
        (model, field): Element(
            entry["sv"], entry["en"], entry["erms"], entry.get("ead", ""), entry.get("premis", "")
        )
        for model, fields in tomllib.loads(text).items()
        for field, entry in fields.items()
    }
