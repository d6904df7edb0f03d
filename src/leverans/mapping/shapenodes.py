"""The blocks that make virtual tables (the data behind `leverans.mapping.grammar`)."""

from leverans.mapping.grammar import (
    COLUMN,
    PATH,
    TABLE,
    TEXT,
    Key,
    Node,
    list_of,
    map_of,
    node,
    one_of,
)

NESTED = Node(
    "A virtual table, unfolded from a column that holds XML or JSON: one row for each occurrence of `each`. "
    "It is used like any table, and has three columns of its own: `_row` (its key), `_parent` (the key of "
    "the row that it lies within) and `_no` (its number there, from 1). Every path that the data holds is a "
    "column, lies within a table, or is dropped with a reason; anything else sets the object aside.",
    {
        "from": Key(COLUMN, "table and column of the text, the last dot between them", "SVAR.dokument"),
        "format": Key(one_of("xml", "json"), "what the text is; only with `from`", "xml"),
        "namespaces": Key(
            map_of(TEXT, "prefix"),
            "XML namespaces of the paths; `default` is that of names without a prefix; only with `from`",
            "{default: 'urn:exempel', b: 'urn:bygg'}",
        ),
        "within": Key(TABLE, "the virtual table whose rows hold these", "arende"),
        "each": Key(
            PATH,
            "what each row is, from the document (XML: its root element first) or the row it lies within; "
            "`.` is the document itself. Lists of JSON need no step",
            "handelseLista/handelse",
            required=True,
        ),
        "columns": Key(
            map_of(PATH, "column"),
            "column → path within the row: steps, last `@attribute` or `text()`; `/` in a JSON key is `~1`",
            "{id: '@id', typ: typ, namn: 'part/namn'}",
        ),
        "carry": Key(list_of(COLUMN), "columns of the row it lies within that each row gets too", "[AR, NR]"),
        "drop": Key(
            map_of(node("reason"), "path"),
            "paths that are not read, with all below",
            "teknik: {technical: …}",
        ),
    },
    exclusive=(("within", "format"), ("within", "namespaces")),
    one=(("from", "within"),),
)

SHAPES = {
    "nested": Key(
        map_of(node("nested"), "name of the virtual table"),
        "virtual tables unfolded from columns that hold XML or JSON",
        "arende: {from: SVAR.dokument, format: xml, each: Arende, …}",
    ),
}
"""Keys of a mapping that make virtual tables."""
