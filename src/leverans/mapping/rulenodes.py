"""The blocks of rules: those of a mapping and those of a file of rules beside it."""

from leverans.mapping.grammar import (
    CHECKS,
    CONDITION,
    ENTITY,
    SAID,
    TEXT,
    WORD,
    Key,
    Node,
    Type,
    list_of,
    node,
    one_of,
)

CHECK = Node(
    "A rule about finished objects; exactly one kind.",
    {
        "id": Key(WORD, "name of the rule", "ARK-012", required=True),
        "on": Key(ENTITY, "which entity", "case", required=True),
        "severity": Key(one_of("quarantine", "warning"), "what it leads to; default `quarantine`", "warning"),
        "text": Key(node("told"), "what it says when it fails", "{sv: …, en: …}", required=True),
        **CHECKS,
    },
    one=(tuple(CHECKS),),
)

TOLD = Node(
    "A text for people in Swedish and in English.",
    {
        "sv": Key(SAID, "in Swedish", "Ärendet avslutas före det öppnas", required=True),
        "en": Key(SAID, "in English", "The case is closed before it is opened", required=True),
    },
)

BETWEEN = Node(
    "Limits of a date; `today` is the delivery's reference time.",
    {"from": Key(TEXT, "first day", '"1996-01-01"'), "to": Key(TEXT, "last day", "today")},
)

DIARY = Node(
    "The form of a diary number: `{year}`, `{yy}` and `{number}` stand for digits, `{series}` for the "
    "register's name, all else for itself.",
    {
        "pattern": Key(TEXT, "the form", "ALK {year}/{number}", required=True),
        "year": Key(WORD, "the date field whose year it must be", "opened"),
    },
)

RULES = Node(
    "A file of rules beside a mapping (`<mapping>.rules.yaml`).",
    {
        "rules": Key(Type("int"), "version of the language", "1", required=True),
        "checks": Key(
            list_of(node("archive_rule")), "the rules", "- {id: ALK-R01, on: case, …}", required=True
        ),
    },
)

ARCHIVE_RULE = Node(
    "One rule of a file of rules: an expectation of Great Expectations or one of our kinds.",
    {
        "id": Key(WORD, "name of the rule, unique with the mapping's own", "ALK-R01", required=True),
        "on": Key(WORD, "entity of the mapping, table of the model, or `document`", "agent", required=True),
        "when": Key(CONDITION, "which rows it is about; fields of the same table", "{type: {in: [owner]}}"),
        "severity": Key(
            one_of("critical", "quarantine", "warning"),
            "`critical` stops the packages of its partition, `quarantine` sets aside, `warning` is told",
            "quarantine",
            required=True,
        ),
        "text": Key(node("told"), "what it says when it fails", "{sv: …, en: …}", required=True),
        "because": Key(SAID, "the clause or source behind it", "arkivlagen 6 §", required=True),
        "expectation": Key(WORD, "class of Great Expectations", "expect_column_values_to_match_regex"),
        "with": Key(Type("any", label="parameter → value"), "its parameters", "{column: title, regex: .}"),
        **CHECKS,
    },
    one=(("expectation", *CHECKS),),
)
