"""The language as data: every key, what it may hold, what it means, and an example.

The structural check (`leverans.mapping.structure`) and the reference (`leverans.mapping.reference`) are both
made from this, so that what is documented is what is accepted.
"""

from dataclasses import dataclass
from typing import Literal

from leverans.findings.phrases import Phrase, joined, phrase

Shape = Literal[
    "text", "said", "word", "scalar", "bool", "int", "one_of", "list", "map", "node", "either", "any"
]


@dataclass(frozen=True, slots=True)
class Type:
    """What a key may hold; `inner` are the types of items, of values or of the alternatives.

    `named` gives the kind of block of single names in a map whose other values are of `inner`; of a list with
    `once` no item may stand twice.
    """

    shape: Shape
    inner: tuple["Type", ...] = ()
    choices: tuple[str, ...] = ()
    node: str = ""
    label: str = ""
    named: tuple[tuple[str, str], ...] = ()
    once: bool = False

    def describe(self) -> Phrase:
        """Say it in words, e.g. ``list of column``."""
        match self.shape:
            case "one_of":
                return joined([f"`{choice}`" for choice in self.choices], between=" or ")
            case "list":
                return phrase("list of {inner}", inner=self.inner[0].describe())
            case "map":
                name = phrase(self.label or "name")
                return phrase("{name} → {inner}", name=name, inner=self.inner[0].describe())
            case "node":
                return phrase("{name}", name=f"`{self.node}`")
            case "either":
                return joined([kind.describe() for kind in self.inner], between=" or ")
            case _:
                plain = {"bool": "true or false", "int": "whole number"}
                return phrase(self.label or plain.get(self.shape, self.shape))


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one node; of a `todo` key each entry is told as not decided on (MAP049)."""

    type: Type
    text: str
    example: str = ""
    required: bool = False
    todo: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """One kind of block. At most one key of each group in `exclusive` may stand, exactly one if `one`."""

    text: str
    keys: dict[str, Key]
    exclusive: tuple[tuple[str, ...], ...] = ()
    one: tuple[tuple[str, ...], ...] = ()


TEXT = Type("text")
SAID = Type("said", label="why, in at least two letters")
PATH = Type("text", label="path")
WORD = Type("word", label="word (letters, digits, `_`, `-`)")
SCALAR = Type("scalar", label="text, number or true/false")
NULLABLE = Type("scalar", label="text, number, true/false or null", choices=("null",))
BOOL = Type("bool")
COLUMN = Type("text", label="column")
TABLE = Type("text", label="table")
ENTITY = Type("word", label="entity")
LAYOUT = Type("text", label="layout")


def one_of(*choices: str) -> Type:
    """Give the type of a closed set of words."""
    return Type("one_of", choices=choices)


def list_of(inner: Type) -> Type:
    """Give the type of a list that is not empty."""
    return Type("list", (inner,))


def set_of(inner: Type) -> Type:
    """Give the type of a list that is not empty and has nothing twice."""
    return Type("list", (inner,), once=True)


def map_of(inner: Type, label: str = "") -> Type:
    """Give the type of named things."""
    return Type("map", (inner,), label=label)


def node(name: str) -> Type:
    """Give the type of a block of its own kind."""
    return Type("node", node=name)


def either(*inner: Type) -> Type:
    """Give the type that is any of these, told apart by their shape."""
    return Type("either", inner)


ON = map_of(COLUMN, "column")
CONDITION = map_of(node("test"), "column")
DROP = map_of(node("reason"), "column")
PARTS = list_of(node("part"))
VALUE = node("value")
ITEM = either(COLUMN, VALUE)
POLICY = one_of("quarantine", "null", "default", "fail")
CLEANERS = ("strip", "collapse_space", "upper", "lower", "forward_slashes", "strip_leading_zeros", "nfc")
CHECKS = {
    "order": Key(
        set_of(WORD), "date fields that must not run backwards; absent ones are skipped", "[opened, closed]"
    ),
    "required": Key(set_of(WORD), "fields that must have a value", "[title, opened]"),
    "one_of": Key(
        map_of(list_of(SCALAR), "field"), "the only values a field may have", "{status: [open, closed]}"
    ),
    "pattern": Key(
        map_of(TEXT, "field"),
        "a regular expression that the whole value must fit",
        "{reference_code: '[A-Z]+ \\\\d{4}/\\\\d+'}",
    ),
    "max_length": Key(map_of(Type("int"), "field"), "most characters a field may have", "{title: 500}"),
    "unique": Key(set_of(WORD), "fields whose values together only one object may have", "[reference_code]"),
    "between": Key(
        map_of(node("between"), "field"),
        "dates from … to …, both counted in",
        '{opened: {from: "1996-01-01", to: today}}',
    ),
    "count": Key(
        map_of(Type("int"), "entity"),
        "how many children of an entity each must have, at least",
        "{record: 1}",
    ),
    "personal_number": Key(
        map_of(list_of(one_of("personnummer", "samordningsnummer", "tf-nummer")), "field"),
        "Swedish personal identity numbers of these classes: form, date, century, check digit",
        "{id_number: [personnummer, samordningsnummer]}",
    ),
    "organisation_number": Key(
        map_of(
            list_of(
                one_of(
                    "any",
                    "estate",
                    "public",
                    "foreign",
                    "company",
                    "simple_partnership",
                    "economic_association",
                    "association",
                    "partnership",
                    "sole_trader",
                )
            ),
            "field",
        ),
        "Swedish organisation numbers of these groups: form, group digit, check digit",
        "{id_number: [company, public]}",
    ),
    "diary_number": Key(
        map_of(node("diary"), "field"),
        "diary numbers of a declared form, whose year is that of a date of the case",
        "{reference_code: {pattern: 'ALK {year}/{number}', year: opened}}",
    ),
    "property_designation": Key(
        map_of(list_of(TEXT), "field"),
        "Swedish property designations in these municipalities, or `any`",
        "{designation: [any]}",
    ),
    "legal_ground": Key(
        set_of(WORD),
        "paragraphs of the Public Access to Information and Secrecy Act, in any usual form",
        "[law]",
    ),
    "encoding": Key(
        set_of(WORD),
        "texts that were not harmed: no wrong or double encoding, lost or control characters",
        "[title, description]",
    ),
    "orphans": Key(
        map_of(TEXT, "field"),
        "values that must stand in a field of another table (`case.reference_code`)",
        "{target: case.reference_code}",
    ),
    "files_exist": Key(
        list_of(one_of("missing", "unreadable", "refused")),
        "on `document`: what may not have become of a document that is registered",
        "[missing, unreadable]",
    ),
}
"""The kinds of checks; the quality room evaluates them on finished objects."""
