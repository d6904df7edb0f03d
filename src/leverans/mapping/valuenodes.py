"""The blocks about single values: operators and steps, code tables, content of files."""

from leverans.mapping.grammar import (
    BOOL,
    CLEANERS,
    COLUMN,
    CONDITION,
    DROP,
    ITEM,
    LAYOUT,
    SCALAR,
    TABLE,
    TEXT,
    WORD,
    Key,
    Node,
    Type,
    either,
    list_of,
    map_of,
    node,
    one_of,
)

ON_ERROR = one_of("quarantine", "null", "default", "fail", "keep")
IDENTITIES = ("auto", "personnummer", "samordningsnummer", "tf", "organisationsnummer")
_KINDS = ("type", "date", "datetime", "identity")

VALUE_NODE = Node(
    "How one value is made: exactly one operator, then steps in this order whatever order they are written "
    "in: `clean` → `null_if` → `match` → `code` → `type`, `date`, `datetime` or `identity` → `max_length` → "
    "`required`.",
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
        "fn": Key(TEXT, "a registered function, `module:name`", "personer:alder"),
        "args": Key(list_of(ITEM), "what it is given; only with `fn`", "[FODD, AR_START]"),
        "at": Key(
            ITEM,
            "`lookup` and `code`: the day on which a table with `valid` is asked",
            '{from: AR_START, date: "%Y%m%d"}',
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
        "thousands": Key(
            one_of("space", ".", ",", "'"),
            "what may stand between thousands in `type: int` and `decimal`; `space` is a space, a no-break "
            "space or a thin one",
            "space",
        ),
        "date": Key(
            either(LAYOUT, list_of(LAYOUT)),
            "layouts of a date, tried in order; %Y (or %y, two digits) %m %d, or %-m %-d",
            '"%Y%m%d"',
        ),
        "datetime": Key(
            either(LAYOUT, list_of(LAYOUT)),
            "layouts of a time, tried in order; also %H %M %S %f %z",
            '"%Y-%m-%d %H:%M:%S.%f"',
        ),
        "zone": Key(
            TEXT,
            "time zone that a `datetime` without %z is meant in; the offset of that moment is written "
            "beside it",
            "Europe/Stockholm",
        ),
        "dst": Key(
            one_of("quarantine", "earlier", "later"),
            "times that the zone's clock skips or shows twice: a finding (default), or the offset that makes "
            "them the earlier or the later moment, with a warning",
            "earlier",
        ),
        "identity": Key(
            one_of(*IDENTITIES),
            "number of a person or an organisation: form, day, class and check digit are tried, the number "
            "stays as it is written, and an agent's `id_number_type` is its class; `auto` takes any class, "
            "and a leading 16 is an organisation",
            "auto",
        ),
        "max_length": Key(
            Type("int"),
            "most characters, more is a finding; without it titles, names and reference codes may have 100 "
            "000",
            "500",
        ),
        "harmed": Key(
            one_of("quarantine", "warn"),
            "text with control characters, lost characters (U+FFFD) or the marks of a wrong encoding: set "
            "the object aside (default) or only tell; it is never mended",
            "warn",
        ),
        "required": Key(BOOL, "NULL, empty and blank set the object aside", "true"),
        "on_error": Key(
            ON_ERROR,
            "what a bad value leads to; default `quarantine`; `keep` (with `identity`) keeps it with a "
            "warning",
            "null",
        ),
        "default": Key(SCALAR, "the value of `on_error: default`", "okänd"),
    },
    exclusive=(_KINDS,),
    one=(("from", "constant", "concat", "coalesce", "choose", "lookup", "fn"),),
)


CHOICE = Node(
    "One choice: a condition and a value.",
    {
        "when": Key(CONDITION, "what must hold", "{AR_SLUT: {empty: false}}"),
        "otherwise": Key(BOOL, "holds always; the last choice", "true"),
        **VALUE_NODE.keys,
    },
    exclusive=(_KINDS,),
    one=(("when", "otherwise"), ("from", "constant", "concat", "coalesce", "choose", "lookup", "fn")),
)


CODES = Node(
    "A code table: a CSV file, inline values, or a physical table. All text, leading zeros live. "
    "Rows of one code in a physical table that differ in a column that is taken (NULL and a text differ, "
    "too) are no answer: the object is set aside (MAP109). An empty term is NULL.",
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
        "valid": Key(
            node("valid"),
            "the table is dated: a code has a row for each time, and is asked with `at`",
            "{from: FRAN, to: TILL}",
        ),
        "drop": Key(DROP, "columns of the physical table that are not used", "Sort: {technical: ordning}"),
    },
    one=(("file", "values", "table"),),
)


VALID = Node(
    "From when to when each row of a code table holds; both days are counted in, empty is open. In a CSV "
    "file two rows of a code that overlap, or leave days between them, are refused before any row is read; "
    "in a physical table a day that several rows hold on, or none, sets the object aside.",
    {
        "from": Key(COLUMN, "column of the first day", "GILTIG_FRAN", required=True),
        "to": Key(COLUMN, "column of the last day", "GILTIG_TILL", required=True),
        "date": Key(LAYOUT, 'layout of both; default "%Y-%m-%d"', '"%Y%m%d"'),
        "gaps": Key(
            one_of("refuse", "allow"), "days between two rows in a CSV file; default `refuse`", "allow"
        ),
    },
)


SPLIT = Node(
    "One text taken apart into several: each named group can be used wherever a column can (`name.group`), "
    "but in `key`, `where` and the right side of `on`. A group that takes nothing is NULL.",
    {
        "by": Key(ITEM, "a column or a value", "DIARIENR", required=True),
        "match": Key(
            TEXT,
            "regular expression (RE2) with named groups that the whole text must fit; every group is used",
            "'(?P<ar>\\d{4})(?P<nr>\\d{5})'",
            required=True,
        ),
        "on_error": Key(
            one_of("quarantine", "null", "fail"),
            "what a text that does not fit leads to; default `quarantine`",
            "null",
        ),
    },
)


PAPER = Node(
    "An archivist's word for where the paper of a series lies; only in a delivery's overlay. It counts for "
    "cases that have neither a document nor a place in the data; the first that matches wins. A case that "
    "none matches is told.",
    {
        "series": Key(TEXT, "the series", "F1a", required=True),
        "place": Key(TEXT, "where it lies", "Centralarkivet", required=True),
        "when": Key(CONDITION, "which cases: columns of the case's rows", "{AR_TYP: {in: [BYGG]}}"),
        "otherwise": Key(BOOL, "all other cases; the last declaration", "true"),
        "by": Key(TEXT, "who declares it", "stadsarkivarien", required=True),
        "date": Key(Type("any", label="date"), "when it was declared", "2024-05-02", required=True),
        "reference": Key(TEXT, "where the declaration stands", "KS 2024/12"),
    },
    one=(("when", "otherwise"),),
)


CONTENT = Node(
    "Field `content` of a file: which landed document it is.",
    {
        "document": Key(TABLE, "the document stream", "share.share", required=True),
        "by": Key(
            ITEM,
            "the document's reference: path below the share, or key of the BLOB's row (the parts of a key of "
            'several columns in their order, with `|` between: `{concat: [ID, "|", VER]}`)',
            "Filnamn",
            required=True,
        ),
        "pattern": Key(
            TEXT,
            "regular expression over the documents' references; the document whose group `key` is what `by` "
            "says is the row's",
            "'(?:.*/)?(?P<key>\\d+)_[^/]*'",
        ),
        "missing": Key(
            one_of("quarantine", "warn"), "the document is not there or not readable", "quarantine"
        ),
        "empty": Key(one_of("quarantine", "warn"), "the document has no bytes", "quarantine"),
        "absent": Key(one_of("quarantine", "skip"), "the row names no document (paper)", "skip"),
    },
)
