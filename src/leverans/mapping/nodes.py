"""The blocks of the language and their keys (the data behind `leverans.mapping.grammar`)."""

from leverans.mapping.grammar import (
    BOOL,
    COLUMN,
    CONDITION,
    DROP,
    ENTITY,
    ITEM,
    NULLABLE,
    ON,
    PARTS,
    SAID,
    TABLE,
    TEXT,
    VALUE,
    WORD,
    Key,
    Node,
    Type,
    list_of,
    map_of,
    node,
    one_of,
    set_of,
)
from leverans.mapping.rulenodes import ARCHIVE_RULE, BETWEEN, CHECK, DIARY, RULES, TOLD
from leverans.mapping.shapenodes import LATEST, SHAPE_NODES, SHAPES
from leverans.mapping.todonodes import TODO, TODO_COLUMNS, TODO_TABLE, TODO_TABLES
from leverans.mapping.valuenodes import CHOICE, CODES, CONTENT, PAPER, SPLIT, VALID, VALUE_NODE

MAPPING = Node(
    "A mapping file. Target first: it lists the archive's entities and, for each field, where it comes from.",
    {
        "mapping": Key(Type("int"), "version of the language", "1", required=True),
        "id": Key(WORD, "name of the mapping", "diarium-a", required=True),
        "title": Key(TEXT, "what people call it", "Ärenden ur diariet"),
        "information_type": Key(TEXT, "as in the submission agreement", "diarium", required=True),
        "system": Key(
            WORD, "source system in the object ids; only where it differs from the connector's", "diarium"
        ),
        "extends": Key(TEXT, "file below this one, relative to this file; this one wins", "../base.yaml"),
        "source": Key(WORD, "the one source; its tables are written without its name", "diarium_a"),
        "sources": Key(
            set_of(WORD), "the sources; tables are written `source.table`", "[db, register, share]"
        ),
        "partition": Key(node("partition"), "what a package holds", "{by: Datum, take: year}", required=True),
        **SHAPES,
        "codes": Key(map_of(node("codes")), "code tables by name", "status: {file: codes/status.csv, …}"),
        "entities": Key(
            map_of(node("entity")), "the archive's entities", "case: {from: ARENDE, …}", required=True
        ),
        "checks": Key(list_of(node("check")), "rules about finished objects", "- {id: ARK-012, on: case, …}"),
        "leave": Key(
            map_of(node("reason"), "table"), "tables that are not archived", "LOGG: {technical: driftlogg}"
        ),
        "paper": Key(
            list_of(node("paper")),
            "where the paper of a series lies; only in a delivery's overlay",
            "- {series: F1a, place: Centralarkivet, …}",
        ),
        "decisions": Key(
            map_of(node("decision"), "table or `table.column`"),
            "the municipality's disposal decisions; only in a delivery's overlay",
            "db.ARENDE.AR_MINNESANT: {decision: KS 2021 § 45}",
        ),
        **TODO_TABLES,
    },
    exclusive=(("source", "sources"),),
)

ENTITY_NODE = Node(
    "One kind of archive object. The entity that is nobody's child is the root.",
    {
        "model": Key(
            one_of("case", "subcase", "record", "file"),
            "what it is in the archive; default: its own name",
            "record",
        ),
        "from": Key(TABLE, "the table whose rows it is", "db.ARENDE", required=True),
        "key": Key(set_of(COLUMN), "columns that identify it in the delivery", "[AR_ID]", required=True),
        "personal": Key(
            BOOL, "the key is or holds a personal identity number; inherited from the root", "true"
        ),
        "where": Key(
            map_of(node("rule"), "name of the rule"),
            "which rows are archived",
            "makulerat: {keep: …, otherwise: void}",
        ),
        "join": Key(
            map_of(node("join"), "name of the join"), "rows of other tables", "enh: {table: ENHET, …}"
        ),
        "hierarchy": Key(
            node("hierarchy"), "the root's table refers to itself (cases)", "{parent: [OVERORDNAT]}"
        ),
        **LATEST,
        "split": Key(map_of(node("split"), "name"), "texts taken apart", "dnr: {by: DNR, match: …}"),
        "fields": Key(
            Type("map", (VALUE,), label="field of the model", named=(("content", "content"),)),
            "the fields; `content` of a file is a [content](#content)",
            "title: {from: Rubrik}",
        ),
        "agents": Key(
            PARTS, "people and organisations", "- {fields: {type: {constant: sender}, name: {from: X}}}"
        ),
        "events": Key(PARTS, "events and decisions (`kind`)", "- {from: db.BESLUT, on: …}"),
        "locations": Key(PARTS, "where paper lies", "- {fields: {place: {from: Volym}}}"),
        "relations": Key(PARTS, "relations to other objects", "- {fields: {type: …, target: …}}"),
        "fonds": Key(
            PARTS,
            "the fonds with its creators in turn (cases)",
            "- {from: db.ARKIV, on: …, fields: {name: …}}",
        ),
        "classes": Key(
            PARTS, "classes in dated schemes (cases and sub-cases)", "- {fields: {code: {from: KLASS}, …}}"
        ),
        "places": Key(PARTS, "properties, addresses, coordinates", "- {fields: {designation: {from: FAST}}}"),
        "custody": Key(
            PARTS, "who kept the records, and successors", "- {fields: {holder: {from: FORVARAS_HOS}}}"
        ),
        "extras": Key(
            map_of(VALUE, "name"), "source fields without a target of their own", "Kanal: {from: channel}"
        ),
        "extra_rows": Key(
            PARTS, "the same from rows of a table (name and value)", "- {from: db.parameter, …}"
        ),
        "restrict": Key(node("restrict"), "protection on three axes", "secrecy: […]"),
        "children": Key(
            map_of(node("child")), "entities below this one", "records: {entity: record, on: {A: B}}"
        ),
        "unique": Key(
            set_of(WORD), "fields of a case that no two cases of the delivery share", "[reference_code]"
        ),
        "drop": Key(DROP, "columns that are not mapped", "SIST_LAST: {technical: senaste läsning}"),
        **TODO_COLUMNS,
    },
)

PARTITION = Node(
    "What part of the delivery a case belongs to.",
    {
        "by": Key(ITEM, "a column or a value", "AR_DATUM", required=True),
        "take": Key(one_of("value", "year"), "the value itself (default), or the year of a date", "year"),
    },
)

RULE = Node(
    "A named rule; what it sets aside is counted and stands in the receipt. Its name is the block's name.",
    {
        "keep": Key(CONDITION, "rows that are archived", "{Makulerad: {not_in: [J]}}", required=True),
        "otherwise": Key(
            one_of("exclude", "void"),
            "the others are excluded; `void` (cases only) makes a voided version of what is archived already",
            "void",
            required=True,
        ),
        "because": Key(SAID, "why, in words an archivist signs", "makulerat i diariet", required=True),
    },
)

TEST = Node(
    "One test of a column. Values are compared as exact text: `B` and `B ` differ.",
    {
        "in": Key(list_of(NULLABLE), "one of these; null stands for NULL", "[J, S]"),
        "not_in": Key(list_of(NULLABLE), "none of these", "[J]"),
        "is_null": Key(BOOL, "is NULL, or is not", "false"),
        "empty": Key(BOOL, "is NULL or an empty text, or is not", "true"),
        "match": Key(TEXT, "the whole value fits a regular expression", "'\\d+'"),
    },
    one=(("in", "not_in", "is_null", "empty", "match"),),
)

JOIN = Node(
    "Rows of another table, with a cardinality that is checked.",
    {
        "table": Key(TABLE, "the other table", "db.ENHET", required=True),
        "on": Key(ON, "own column (or `join.column`) → its column", "{ENH_ID: ENH_ID}", required=True),
        "where": Key(CONDITION, "only these rows of it", '{Löpnr: {in: ["0"]}}'),
        **LATEST,
        "cardinality": Key(
            one_of("one_to_one", "many_to_one"),
            "more than one row sets the object aside; one_to_one rows are part of the object",
            "many_to_one",
            required=True,
        ),
        "missing": Key(one_of("quarantine", "null"), "when there is no row; default `quarantine`", "null"),
        "drop": Key(DROP, "its columns that are not mapped", "ANDRAD: {technical: teknisk tidpunkt}"),
        **TODO_COLUMNS,
    },
)

PART = Node(
    "Agents, events, places and the other parts: one from the entity's own row, or one per row of a "
    "table. Without a name (place, target, value) none is made, unless that field is `required`.",
    {
        "from": Key(TABLE, "table of the rows; without it the entity's own row", "db.BESLUT"),
        "on": Key(ON, "the entity's column → the row's column (or `join.column`)", "{AR_ID: AR_ID}"),
        "where": Key(CONDITION, "only these rows of the table", "{typ: {in: [PERSON]}}"),
        "when": Key(CONDITION, "made only where this holds", "{reg.Motpart: {empty: false}}"),
        "join": Key(map_of(node("join"), "name of the join"), "joins of the rows", "roll: {table: ROLL, …}"),
        "split": Key(map_of(node("split"), "name"), "texts of the rows taken apart", "ort: {by: POSTORT, …}"),
        "order": Key(set_of(COLUMN), "order among its siblings (see Order)", "[HA_DATUM]"),
        **LATEST,
        "fields": Key(
            map_of(VALUE, "field of the model"), "the fields", "{name: {from: NAMN}, …}", required=True
        ),
        "drop": Key(DROP, "columns of the table that are not mapped", "ANDRAD: {technical: …}"),
        **TODO_COLUMNS,
    },
)

CHILD = Node(
    "Entities below an entity.",
    {
        "entity": Key(ENTITY, "which entity", "record", required=True),
        "on": Key(ON, "own column → the child's column", "{AR_ID: AR_ID}"),
        "same_row": Key(BOOL, "the child stands on the same row", "true"),
        "where": Key(CONDITION, "only these rows of the child's table", '{Löpnr: {not_in: ["0"]}}'),
        "order": Key(set_of(COLUMN), "order among its siblings (see Order)", "[Löpnr]"),
    },
    one=(("on", "same_row"),),
)

RESTRICT = Node(
    "Three axes; on each the first rule that matches wins, no match is not on the web. Where an axis does "
    "not stand, the one above (file → record → case) counts; where it stands nowhere: not on the web. A "
    "record is never more open than its case. Who reads a table whose column decides an axis of another "
    "entity says what holds there, or stands on its very row (MAP089). Access class: all `full` → "
    "open on the web; no `none` → metadata open, file by order; otherwise staff; protected identity or "
    "`hidden` → existence hidden.",
    {
        "secrecy": Key(list_of(node("secrecy")), "secrecy", "- {when: {S: {in: [S]}}, law: {from: Lagrum}}"),
        "personal_data": Key(list_of(node("web")), "personal data", "- {otherwise: true, web: metadata}"),
        "copyright": Key(list_of(node("web")), "copyright", "- {otherwise: true, web: metadata}"),
    },
)

SECRECY = Node(
    "One rule about secrecy. Years and start event come from the table of paragraphs (`mappings/_tables/"
    "osl.csv`), never from a mapping.",
    {
        "when": Key(CONDITION, "what must hold", "{Sekretess: {in: [S]}}"),
        "otherwise": Key(BOOL, "holds always; the last rule", "true"),
        "law": Key(VALUE, "the legal ground: secret, not on the web", "{from: Lagrum}"),
        "none": Key(BOOL, "not secret", "true"),
        "text": Key(VALUE, "explanation", "{from: Anmarkning}"),
        "hidden": Key(BOOL, "not even that it exists is shown", "true"),
    },
    one=(("when", "otherwise"), ("law", "none")),
)

WEB = Node(
    "One rule about what may stand on the web.",
    {
        "when": Key(CONDITION, "what must hold", "{AR_TYP: {in: [BYGG]}}"),
        "otherwise": Key(BOOL, "holds always; the last rule", "true"),
        "web": Key(
            one_of("full", "metadata", "none"),
            "all, all but the files, or nothing",
            "metadata",
            required=True,
        ),
        "law": Key(VALUE, "the legal ground", "{constant: URL 2 §}"),
        "text": Key(VALUE, "explanation", "{constant: Ritning}"),
    },
    one=(("when", "otherwise"),),
)

REASON = Node(
    "Why something is not mapped.",
    {
        "technical": Key(
            SAID, "carries no information about the records; why", "tidpunkt för senaste läsning"
        ),
        "gallring": Key(
            SAID,
            "information that is disposed of: needs this municipality's decision, and leaves the rows in the "
            "package too",
            "minnesanteckning",
        ),
    },
    one=(("technical", "gallring"),),
)

DECISION = Node(
    "A disposal decision.",
    {
        "decision": Key(SAID, "who decided and where it stands", "KS 2021-03-02 § 45", required=True),
        "date": Key(Type("any", label="date"), "when", "2021-03-02"),
    },
)

NODES: dict[str, Node] = {
    "mapping": MAPPING,
    "partition": PARTITION,
    **SHAPE_NODES,
    "entity": ENTITY_NODE,
    "value": VALUE_NODE,
    "choice": CHOICE,
    "test": TEST,
    "rule": RULE,
    "join": JOIN,
    "part": PART,
    "child": CHILD,
    "content": CONTENT,
    "restrict": RESTRICT,
    "secrecy": SECRECY,
    "web": WEB,
    "codes": CODES,
    "valid": VALID,
    "split": SPLIT,
    "paper": PAPER,
    "reason": REASON,
    "decision": DECISION,
    "todo_table": TODO_TABLE,
    "todo": TODO,
    "check": CHECK,
    "told": TOLD,
    "between": BETWEEN,
    "diary": DIARY,
    "rules": RULES,
    "archive_rule": ARCHIVE_RULE,
}
"""Every kind of block, in the order of the reference."""
