"""The blocks of what nobody has decided on yet: legal to write, refused by every check.

``leverans new source`` writes them, an engineer works them off; see `leverans.mapping.grammar`.
"""

from leverans.mapping.grammar import TEXT, Key, Node, Type, either, list_of, map_of, node

COLUMNS = map_of(either(TEXT, node("todo")), "column")

TODO = Node(
    "What is known of a column that nobody has decided on. Counts and shapes only, never a value.",
    {
        "type": Key(TEXT, "as it lands, and as the source declares it", "'string (varchar(40))'"),
        "nulls": Key(TEXT, "share of the rows without a value", "'12 %'"),
        "distinct": Key(
            TEXT, "how many different values; `≈` where they were too many to count", "'≈ 81 000'"
        ),
        "shapes": Key(
            list_of(TEXT),
            "shapes of its values, the most common first: `A` a capital, `a` small letters, `9` a digit, `x` "
            "any other character; a shape of fewer than five rows is not shown",
            '["AA 9999/9"]',
        ),
        "layout": Key(TEXT, "the layout that nearly all its values fit as dates", '"%Y-%m-%d"'),
        "refers": Key(TEXT, "the column it seems to refer to, and why", "'db.ENHET.ENH_ID (…)'"),
        "note": Key(TEXT, "what else was seen, or who is asked", "'unik'"),
    },
)

TODO_TABLE = Node(
    "A table that nobody has decided on.",
    {
        "rows": Key(Type("int"), "how many rows it has", "812"),
        "belongs": Key(
            TEXT,
            "the table whose rows it seems to be part of, and through which columns",
            "'db.ARENDE (AR_ID)'",
        ),
        "columns": Key(COLUMNS, "its columns", "AR_TYP: {type: string, …}", required=True, todo=True),
    },
)

TODO_COLUMNS = {
    "todo": Key(
        COLUMNS, "columns that nobody has decided on; refused until there are none", "AR_TYP: {…}", todo=True
    )
}
"""The key of blocks that have columns."""

TODO_TABLES = {
    "todo": Key(
        map_of(node("todo_table"), "table"),
        "tables that nobody has decided on; refused until there are none",
        "LOGG: {rows: 812, columns: {…}}",
    )
}
"""The key of a mapping."""
