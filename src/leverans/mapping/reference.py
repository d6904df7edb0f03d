"""The reference of the language, made from the grammar: ``python -m leverans.mapping.reference > docs/…``."""

import re
import sys
from collections.abc import Iterator
from importlib.resources import files

from leverans.mapping.facts import PARTS, REQUIRED, WORDS, fields_of
from leverans.mapping.grammar import Key, Node, Type
from leverans.mapping.nodes import NODES


def render() -> str:
    """Give the reference as Markdown."""
    blocks = [_text("head"), "## Blocks\n"]
    blocks += [_block(name, node) for name, node in NODES.items()]
    blocks += [_model(), _text("recipes")]
    return "\n".join(blocks)


def _text(name: str) -> str:
    return files("leverans.mapping").joinpath("texts", f"{name}.md").read_text(encoding="utf-8")


def _block(name: str, node: Node) -> str:
    lines = [f"### {name}", "", node.text, "", "| key | holds | meaning | example |", "|---|---|---|---|"]
    lines += [_row(key, entry) for key, entry in node.keys.items()]
    for group in node.one:
        lines += ["", "Exactly one of " + ", ".join(f"`{key}`" for key in group) + "."]
    for group in node.exclusive:
        lines += ["", "At most one of " + ", ".join(f"`{key}`" for key in group) + "."]
    return "\n".join([*lines, ""])


def _row(name: str, key: Key) -> str:
    label = f"**`{name}`**" if key.required else f"`{name}`"
    example = f"`{key.example}`" if key.example else ""
    cells = [label, _holds(key.type), key.text, example]
    return "| " + " | ".join(re.sub(r"\|", r"\\|", cell) for cell in cells) + " |"


def _holds(kind: Type) -> str:
    """Say what a key holds, with a link to each block."""
    told = str(kind.describe())
    for name in _blocks(kind):
        told = told.replace(f"`{name}`", f"[{name}](#{name})")
    return told


def _blocks(kind: Type) -> Iterator[str]:
    if kind.shape == "node":
        yield kind.node
    for inner in kind.inner:
        yield from _blocks(inner)


def _model() -> str:
    lines = ["## Fields of the model", "", "| what | fields (**required**) |", "|---|---|"]
    for model, required in REQUIRED.items():
        names = [f"**{name}**" if name in required else name for name in fields_of(model)]
        lines.append(f"| {model} | {', '.join(names)}{', **content**' if model == 'file' else ''} |")
    lines += ["", "`retention` and `classification` are pairs: a `lookup` that takes two columns."]
    for (model, field), words in WORDS.items():
        lines.append(f"`{model}.{field}` only takes {', '.join(sorted(words))}.")
    lines += [f"A {model} can have: {', '.join(sorted(parts))}." for model, parts in PARTS.items()]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(render())
