"""The files that a mapping is made of, as they travel in each package, and read from there as one again."""

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

from leverans.errors import ConfigurationError
from leverans.formats import yamltext
from leverans.mapping.functions import REGISTRY, Function
from leverans.mapping.layers import Layered, read, stacked
from leverans.registry import Delivery

LIST = "mapping-files.csv"
"""Which file of the content each of them is, the lowest layer first."""
MAPPING = "mapping.yaml"
_OVERLAY = "mapping-overlay.yaml"


def papers(content: Path, delivery: Delivery, functions: Iterable[Function] = ()) -> dict[str, bytes]:
    """Give the mapping, what it extends, the municipality's overlay, its functions, and the list of them.

    Raises:
        ConfigurationError: CFG001, CFG002, MAP019, one of them cannot be read.
    """
    layers = list(read(delivery.mapping, content).files)
    names = {path: f"mapping-base-{number}.yaml" for number, path in enumerate(layers, start=1)}
    names[layers[-1]] = MAPPING
    if delivery.overlay is not None:
        names[delivery.overlay] = _OVERLAY
    for one in functions:
        names[one.file] = f"mapping-function-{one.file.name}"
        names[content / REGISTRY] = "mapping-functions.csv"
    root = content.resolve()
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    writer.writerow(["file", "name"])
    for path, file in names.items():
        within = path.resolve().is_relative_to(root)
        writer.writerow([file, path.resolve().relative_to(root).as_posix() if within else path.name])
    made = {file: path.read_bytes() for path, file in names.items()}
    return {**made, LIST: sheet.getvalue().encode()}


def mapping_of(read_text: Callable[[str], str]) -> Layered | None:
    """Give the mapping that travelled, its layers laid over each other.

    Args:
        read_text: gives the text of a file of the documentation by its name; empty where it is not there.

    Returns:
        None where it is not there whole.
    """
    listed = csv.DictReader(io.StringIO(read_text(LIST), newline=""), delimiter=";")
    layers: list[yamltext.Document] = []
    try:
        for row in listed:
            if not row["file"].endswith(".yaml"):
                continue  # a function, which is no layer
            text = read_text(row["file"])
            layers.append(yamltext.parse(text, row["name"]))
    except (ConfigurationError, KeyError):
        return None
    whole = layers and all(isinstance(layer.data, dict) for layer in layers)
    return stacked(layers) if whole else None
