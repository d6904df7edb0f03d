"""The blocks about single values: operators and steps, code tables, content of files."""

from leverans.mapping.grammar import (
    BOOL,
    CLEANERS,
    COLUMN,
    CONDITION,
    DROP,
    ITEM,
    LAYOUT,
    POLICY,
    SCALAR,
    TABLE,
    TEXT,
    WORD,
    Key,
    Node,
    either,
    list_of,
    map_of,
    node,
    one_of,
)

VALUE_NODE = Node(
    "How one value is made: exactly one operator, then steps in this order whatever order they are written "
    "in: `clean` → `null_if` → `match` → `code` → `type`, `date` or `datetime` → `required`.",
    {
        "from": Key(COLUMN, "a column, or `join.column`", "AR_MENING"),
        "constant": Key(SCALAR, "a fixed text", "case"),
        "concat": Key(
            list_of(ITEM),
            "columns and values in a row; an item without letters or digits is a text by itself",
            '[PREFIX, " ", AR, "/", LOPNR]',
        ),
        "coalesce": Key(list_of(ITEM), "the first that is neither NULL nor empty", "[Titel, Arbetstitel]"),
        "choose": Key(list_of(node("choice")), "the first whose `when` holds", "- {when: …, constant: open}"),
        "lookup": Key(WORD, "a code table, for several columns of one row", "plan"),
        "by": Key(ITEM, "what is looked up", "PROCESS"),
        "take": Key(
            either(WORD, list_of(WORD)), "column (or two, for a field that is a pair)", "[rule, authority]"
        ),
        "nulls": Key(one_of("null", "skip"), "concat: NULL makes all NULL (default), or is skipped", "skip"),
        "clean": Key(list_of(one_of(*CLEANERS)), "cleaning steps", "[strip, collapse_space]"),
        "null_if": Key(list_of(SCALAR), "texts that stand for no value", '["00000000", ""]'),
        "match": Key(
            TEXT, "regular expression (RE2) that the whole value must fit", "'[A-Z]{3} \\d{4}/\\d+'"
        ),
        "group": Key(WORD, "the named group of `match` to take", "year"),
        "code": Key(WORD, "code table that the value is translated by", "status"),
        "type": Key(one_of("text", "int", "decimal"), "type of the value", "int"),
        "decimal_mark": Key(one_of(".", ","), "decimal mark of `type: decimal`", "','"),
        "date": Key(
            either(LAYOUT, list_of(LAYOUT)),
            "layouts of a date, tried in order; %Y %m %d, or %-m %-d",
            '"%Y%m%d"',
        ),
        "datetime": Key(
            either(LAYOUT, list_of(LAYOUT)),
            "layouts of a time, tried in order; also %H %M %S %f %z",
            '"%Y-%m-%d %H:%M:%S.%f"',
        ),
        "required": Key(BOOL, "NULL and empty set the object aside", "true"),
        "on_error": Key(POLICY, "what a bad value leads to; default `quarantine`", "null"),
        "default": Key(SCALAR, "the value of `on_error: default`", "okänd"),
    },
    exclusive=(("type", "date", "datetime"),),
    one=(("from", "constant", "concat", "coalesce", "choose", "lookup"),),
)


CHOICE = Node(
    "One choice: a condition and a value.",
    {
        "when": Key(CONDITION, "what must hold", "{AR_SLUT: {empty: false}}"),
        "otherwise": Key(BOOL, "holds always; the last choice", "true"),
        **VALUE_NODE.keys,
    },
    exclusive=(("type", "date", "datetime"),),
    one=(("when", "otherwise"), ("from", "constant", "concat", "coalesce", "choose", "lookup")),
)


CODES = Node(
    "A code table: a CSV file, inline values, or a physical table. All text, leading zeros live.",
    {
        "file": Key(
            TEXT,
            "CSV beside the file that names it; `plan:` is the municipality's plan folder",
            "plan:ihp.csv",
        ),
        "values": Key(map_of(SCALAR, "code"), "inline", "{I: incoming, U: outgoing}"),
        "table": Key(TABLE, "a physical table", "db.KODER"),
        "where": Key(CONDITION, "only these rows of it", '{TYP: {in: [B, "B "]}}'),
        "key": Key(COLUMN, "column of the code", "KOD"),
        "value": Key(COLUMN, "column of the term; not needed for `lookup`", "TERM"),
        "unmapped": Key(
            one_of("quarantine", "null", "default"), "a code that is not there; default `quarantine`", "null"
        ),
        "default": Key(SCALAR, "the value of `unmapped: default`", "okänd"),
        "drop": Key(DROP, "columns of the physical table that are not used", "Sort: {technical: ordning}"),
    },
    one=(("file", "values", "table"),),
)


CONTENT = Node(
    "Field `content` of a file: which landed document it is.",
    {
        "document": Key(TABLE, "the document stream", "share.share", required=True),
        "by": Key(
            ITEM,
            "the document's reference: path below the share, or key of the BLOB's row",
            "Filnamn",
            required=True,
        ),
        "missing": Key(
            one_of("quarantine", "warn"), "the document is not there or not readable", "quarantine"
        ),
        "empty": Key(one_of("quarantine", "warn"), "the document has no bytes", "quarantine"),
        "absent": Key(one_of("quarantine", "skip"), "the row names no document (paper)", "skip"),
    },
)
