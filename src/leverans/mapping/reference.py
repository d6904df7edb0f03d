"""The reference of the language, made from the grammar: ``python -m leverans.mapping.reference > docs/…``."""

import re
import sys

from leverans.mapping.facts import PARTS, REQUIRED, WORDS, fields_of
from leverans.mapping.grammar import Key, Node
from leverans.mapping.nodes import NODES

_HEAD = """# The mapping language: reference

Made from the code by `python -m leverans.mapping.reference`; a test holds the two equal. A whole mapping to
read first: `mappings/alkt/serveringstillstand.yaml`. YAML 1.2, one name for every key, a closed set of
operators, no expression strings.

**Names of tables.** With `source: x` a table is written `ARENDE`; with `sources: [a, b]` it is written
`a.ARENDE`. **Names of columns.** `COLUMN` of the block's own table, or `join.COLUMN`. In `on:` the left side is
the block's own column (or that of an earlier join), the right side the other table's.

**Everything is text** until it is a field of the model: numbers are compared by their digits, true and false as
`true` and `false`, `B` and `B ` differ, NULL and an empty text differ. Write codes with leading zeros in quotes.

**Coverage.** Every column of every table of the sources is mapped, joined on, conditioned on, part of a key, or
dropped with a reason; every other table is left with a reason. Columns of a joined table are dropped in the
join, those of a part in the part. `gallring` needs a decision in the delivery's overlay and also leaves the rows
that travel with the object.

**Bad values.** Each field follows its `on_error`: `quarantine` (default) sets the object aside with code, key
and the line of the mapping; `null` and `default` replace the value with a warning; `fail` stops the run. Control
characters, U+FFFD and the marks of a wrong encoding are reported as warnings and never mended.

**Extends and overlays.** Blocks are merged key by key; lists and single values are replaced. A delivery's
overlay may hold any key, e.g. `codes: {status: {file: "plan:status.csv"}}`, and alone may hold `decisions`.

**CSV tables**: UTF-8, a header, `;` where the header holds one, else `,`. The table of paragraphs
`mappings/_tables/osl.csv` has `law` (`OSL 30 kap. 23 §`), `years`, `start` (`created`, `opened`, `closed`,
`received` or `sent`: a field of the same object).

**Rows.** Children, parts and one-to-one joins make their rows part of the object. A row of a bucketed table that
no object takes is quarantined by itself; a document that no row refers to as well. Two rows with one key, a join
that multiplies, a row that several objects claim: the objects are set aside.

"""

_RECIPES = """## Recipes

Several kinds of records: entities may have any name, `model` says what they are.
```yaml
entities:
  case:
    from: errand
    key: [id]
    children:
      meddelanden: {entity: meddelande, on: {id: errand_id}, order: [sent]}
      bilagor: {entity: bilaga, on: {id: errand_id}, order: [id]}
  meddelande: {model: record, from: message, key: [messageid], fields: {title: {coalesce: [subject, message_type]}}}
  bilaga:
    model: record
    from: attachment
    key: [id]
    fields: {title: {from: name, required: true}}
    children: {fil: {entity: bilagefil, same_row: true}}
  bilagefil:
    model: file
    from: attachment
    key: [id]
    fields:
      name: {from: name}
      content: {document: attachment_content, by: id}      # document stream of a BLOB column: ref is the row's key
```
Grandchildren (rows whose parent is itself a child): go through a join of the part.
```yaml
agents:
  - from: stakeholder_roles
    join:
      person: {table: stakeholder, on: {stakeholder_id: id}, cardinality: many_to_one}
    on: {id: person.errand_id}
    order: [role_order]
    fields:
      type: {from: roles, code: agenttyp}
      name: {concat: [person.first_name, " ", person.last_name], nulls: skip, clean: [strip]}
```
Question and answer rows become extras: `extra_rows: [{from: parameter, on: {id: errand_id}, fields: {name: {from:
key}, value: {from: value}}}]`. A personal root (`personal: true`) makes the keys of everything below personal.
A person who is protected: `protected_identity` of an agent; any value sends the case the separate route.
"""


def render() -> str:
    """Give the reference as Markdown."""
    blocks = [_HEAD, "## Blocks\n"]
    blocks += [_block(name, node) for name, node in NODES.items()]
    blocks += [_model(), _RECIPES]
    return "\n".join(blocks)


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
    cells = [label, key.type.describe(), key.text, example]
    return "| " + " | ".join(re.sub(r"\|", r"\\|", cell) for cell in cells) + " |"


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
