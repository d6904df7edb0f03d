"""The blocks that make virtual tables (the data behind `leverans.mapping.grammar`)."""

from leverans.mapping.grammar import (
    COLUMN,
    DROP,
    PATH,
    SCALAR,
    TABLE,
    TEXT,
    Key,
    Node,
    map_of,
    node,
    one_of,
    set_of,
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
        "again": Key(
            PATH, "where rows of the same kind lie within a row; `_parent` is then that row", "underklass"
        ),
        "columns": Key(
            map_of(PATH, "column"),
            "column → path within the row: steps, last `@attribute` or `text()`; `/` in a JSON key is `~1`",
            "{id: '@id', typ: typ, namn: 'part/namn'}",
        ),
        "carry": Key(set_of(COLUMN), "columns of the row it lies within that each row gets too", "[AR, NR]"),
        "drop": Key(
            map_of(node("reason"), "path"),
            "paths that are not read, with all below",
            "teknik: {technical: …}",
        ),
    },
    exclusive=(("within", "format"), ("within", "namespaces")),
    one=(("from", "within"),),
)

PIVOT = Node(
    "A virtual table with one row per filled-in form, made of a table with one row per answer. Its columns "
    "are those of `key`, of `version` and of the questions; its key is `_row`. A version or question that "
    "does not stand here, and two answers to a question that takes one, set the object aside.",
    {
        "from": Key(TABLE, "the table of the answers", "SVAR", required=True),
        "key": Key(set_of(COLUMN), "its columns that tell the form", "[ARENDE_ID]", required=True),
        "question": Key(COLUMN, "its column of the question", "FRAGA_ID", required=True),
        "value": Key(COLUMN, "its column of the answer", "SVAR", required=True),
        "version": Key(COLUMN, "its column of the form's version; only with `versions`", "FLODE_VERSION"),
        "versions": Key(
            map_of(node("form"), "version"), "the questions of each version", "'4': {columns: …}"
        ),
        "form": Key(node("form"), "the questions, where there is only one version", "{columns: …}"),
        "separator": Key(TEXT, "stands between the answers of a question with several", "'; '"),
        "drop": Key(DROP, "columns of the answers that are not used", "FRAGETEXT: {technical: …}"),
    },
    exclusive=(("form", "version"),),
    one=(("versions", "form"),),
)

FORM = Node(
    "The questions of one version of a form; every question stands here.",
    {
        "columns": Key(map_of(SCALAR, "column"), "column → question with one answer", "{namn: '66864'}"),
        "several": Key(
            map_of(SCALAR, "column"), "column → question with any number of answers", "{val: '66865'}"
        ),
        "drop": Key(map_of(node("reason"), "question"), "questions not kept", "'66866': {technical: …}"),
    },
)

LATEST_NODE = Node(
    "Of rows that are versions of one thing only the latest is used; the others travel with the object. Two "
    "that are equally late set it aside. Conditions of a child, part or join hold before, named rules after.",
    {
        "by": Key(
            set_of(COLUMN),
            "columns that order the versions (see Order); NULL is the oldest",
            "[VER]",
            required=True,
        ),
        "of": Key(set_of(COLUMN), "columns that all versions of one thing share", "[PART_ID]", required=True),
    },
)

HIERARCHY = Node(
    "The table of the root refers to itself: rows without a parent are the objects, the others lie below "
    "them. They become sub-cases by a child on the parent's key, of the case and of the sub-case "
    "itself. A row whose parent is missing, and rows in a circle, are set aside.",
    {
        "parent": Key(
            set_of(COLUMN),
            "columns with the key of the row above; empty on top",
            "[OVERORDNAT]",
            required=True,
        ),
    },
)

LATEST = {"latest": Key(node("latest"), "only the latest version of each", "{by: [VER], of: [PART_ID]}")}
"""The key of entities, parts and joins whose rows are versions."""

SHAPES = {
    "nested": Key(
        map_of(node("nested"), "name of the virtual table"),
        "virtual tables unfolded from columns that hold XML or JSON",
        "arende: {from: SVAR.dokument, format: xml, each: Arende, …}",
    ),
    "pivot": Key(
        map_of(node("pivot"), "name of the virtual table"),
        "virtual tables turned from rows of questions and answers",
        "blankett: {from: SVAR, key: [ARENDE_ID], question: FRAGA_ID, value: SVAR, form: …}",
    ),
}
"""Keys of a mapping that make virtual tables."""

SHAPE_NODES = {"nested": NESTED, "pivot": PIVOT, "form": FORM, "latest": LATEST_NODE, "hierarchy": HIERARCHY}
