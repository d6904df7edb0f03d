"""A mapping in plain Swedish: how a value is made, when a condition holds, what a bad value leads to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leverans.mapping import language as lang

_CLEAN = {
    "strip": "blanksteg i början och slutet tas bort",
    "collapse_space": "flera blanksteg i följd blir ett",
    "upper": "skrivs med stora bokstäver",
    "lower": "skrivs med små bokstäver",
    "forward_slashes": "omvända snedstreck vänds",
    "strip_leading_zeros": "inledande nollor tas bort",
    "nfc": "tecken skrivs på ett enhetligt sätt (Unicode NFC)",
}
_LAYOUT = {
    "%-m": "M",
    "%-d": "D",
    "%-H": "t",
    "%Y": "ÅÅÅÅ",
    "%y": "ÅÅ",
    "%m": "MM",
    "%d": "DD",
    "%H": "tt",
    "%M": "mm",
    "%S": "ss",
    "%f": "bråkdelar",
    "%z": "tidszon",
}
_DST = {
    "quarantine": "klockslag som inte fanns eller fanns två gånger ställs åt sidan",
    "earlier": "klockslag som fanns två gånger den dagen läses som det tidigare, och klockslag som inte "
    "fanns läses med sommartid (som timmen före); båda med varning",
    "later": "klockslag som fanns två gånger den dagen läses som det senare, och klockslag som inte fanns "
    "läses med normaltid (som timmen efter); båda med varning",
}
_IDENTITY = {
    "auto": "person- eller organisationsnummer av något slag",
    "personnummer": "personnummer",
    "samordningsnummer": "samordningsnummer",
    "tf": "tf-nummer",
    "organisationsnummer": "organisationsnummer",
}
_WEB = {
    "full": "får visas på webben",
    "metadata": "uppgifterna får visas på webben, filerna lämnas ut på beställning",
    "none": "visas inte på webben, kan begäras ut",
}
_START = {
    "created": "handlingen upprättades",
    "opened": "ärendet öppnades",
    "closed": "ärendet avslutades",
    "received": "handlingen kom in",
    "sent": "handlingen expedierades",
}
AXES = {"secrecy": "Sekretess", "personal_data": "Personuppgifter", "copyright": "Upphovsrätt"}


@dataclass(frozen=True, slots=True)
class Names:
    """What the references of one block mean.

    Attributes:
        table: the block's own table.
        joins: the tables of its joins, by name.
        splits: its splits, by name.
        codes: the code tables of the mapping, whose words for unknown codes are told with the values.
    """

    table: str
    joins: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, lang.Split] = field(default_factory=dict)
    codes: Mapping[str, lang.CodeTable] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        table: str,
        joins: tuple[lang.Join, ...],
        splits: tuple[lang.Split, ...] = (),
        codes: Mapping[str, lang.CodeTable] | None = None,
    ) -> "Names":
        """Make them of a block's table, joins and splits."""
        named = {split.name: split for split in splits}
        return cls(table, {join.name: join.table for join in joins}, named, codes or {})

    def column(self, reference: str) -> str:
        """Give a column with its table, e.g. ``db.ENHET.NAMN``; of a split the text and its part."""
        prefix, dot, rest = reference.partition(".")
        if dot and prefix in self.splits:
            whole = " och ".join(columns(self.splits[prefix].by, self))
            return f"{whole} (delen {rest})"
        if dot and prefix in self.joins:
            return f"{self.joins[prefix]}.{rest}"
        return f"{self.table}.{reference}"


def columns(value: lang.Value, names: Names) -> list[str]:
    """Give every column that a value is made of, each once."""
    found = [names.column(value.column)] if value.operator == "from" else []
    inner = [*value.parts, *(choice for _when, choice in value.choices)]
    inner += [part for part in (value.by, value.at) if part is not None]
    for part in inner:
        found += columns(part, names)
    return list(dict.fromkeys(found))


def value_text(value: lang.Value, names: Names) -> str:
    """Say how a value is made."""
    day = [f"enligt den rad som gällde {_inner(value.at, names, value)}"] if value.at is not None else []
    return "; ".join([_operator(value, names), *_steps(value), *day])


def _operator(value: lang.Value, names: Names) -> str:
    match value.operator:
        case "from":
            return f"hämtas ur {names.column(value.column)}"
        case "constant":
            return f"alltid ”{value.constant}”"
        case "concat":
            parts = " + ".join(_inner(part, names, value) for part in value.parts)
            empty = (
                "delar utan värde hoppas över" if value.nulls == "skip" else "saknas en del blir allt tomt"
            )
            return f"sätts samman av {parts} ({empty})"
        case "coalesce" | "fn":
            given = ", ".join(_inner(part, names, value) for part in value.parts)
            made = f"räknas fram av den registrerade funktionen {value.function} ur "
            return (made if value.operator == "fn" else "det första som har ett värde av: ") + given
        case "choose":
            lines = [
                f"{_when(condition, names)}: {_inner(choice, names, value)}"
                for condition, choice in value.choices
            ]
            return "; ".join(lines)
        case _:
            by = _inner(value.by, names, value) if value.by else ""
            return f"slås upp i tabellen ”{value.table}” (kolumn {' och '.join(value.take)}) med {by}"


def _inner(value: lang.Value, names: Names, outer: lang.Value) -> str:
    """Say how a value inside another is made, and what a bad one leads to where the outer says otherwise."""
    if value.operator == "from" and not _steps(value):
        return names.column(value.column)
    if value.operator == "constant":
        return f"”{value.constant}”"
    bad = bad_text(value, names)
    told = f"; om det är fel: {bad}" if _can_fail(value) and bad != bad_text(outer, names) else ""
    return f"({value_text(value, names)}{told})"


def _can_fail(value: lang.Value) -> bool:
    steps = (value.match, value.code, value.layouts, value.identity, value.max_length, value.required)
    return any(steps) or value.kind != "text" or value.operator in {"fn", "lookup"}


def bad_text(value: lang.Value, names: Names) -> str:
    """Say what a bad value leads to, and an unknown code where its table says otherwise."""
    made = policy_text(value.on_error, value.default)
    table = names.codes.get(value.table if value.operator == "lookup" else value.code)
    if table is None or table.valid is not None or (value.code and value.on_error != "quarantine"):
        return made
    unknown = policy_text(table.unmapped, table.default)
    return made if unknown == made else f"okänd kod: {unknown}; annat fel: {made}"


def _when(condition: lang.Condition, names: Names) -> str:
    return f"om {condition_text(condition, names)}" if condition.tests else "annars"


def _steps(value: lang.Value) -> list[str]:
    made = [_CLEAN[step] for step in value.clean]
    if value.null_if:
        listed = ", ".join(f"”{text}”" if text else "tom text" for text in value.null_if)
        made.append(f"{listed} räknas som inget värde")
    if value.match:
        taken = f", varav delen ”{value.group}” tas" if value.group else ""
        made.append(f"måste följa mönstret {value.match}{taken}")
    if value.code:
        made.append(f"översätts med kodtabellen ”{value.code}”")
    if value.layouts:
        layouts = " eller ".join(layout_text(layout) for layout in value.layouts)
        made.append(f"läses som {'datum' if value.kind == 'date' else 'tidpunkt'} skriven {layouts}")
    elif value.kind == "int":
        made.append(f"måste vara ett heltal{_thousands(value)}")
    elif value.kind == "decimal":
        made.append(f"måste vara ett tal med decimaltecken ”{value.decimal_mark}”{_thousands(value)}")
    made += _tried(value)
    if value.required:
        made.append("måste finnas")
    return made


def _tried(value: lang.Value) -> list[str]:
    made: list[str] = []
    if value.zone:
        made.append(f"tid i zonen {value.zone}; {_DST[value.dst]}")
    if value.identity:
        made.append(f"prövas som {_IDENTITY[value.identity]}; numret bevaras som det är skrivet")
    if value.max_length:
        made.append(f"högst {value.max_length} tecken")
    if value.harmed == "warn":
        made.append("text med skadade tecken tas med som den är, med varning")
    return made


def _thousands(value: lang.Value) -> str:
    mark = {"": "", "space": "blanksteg"}.get(value.thousands, f"”{value.thousands}”")
    return f" och {mark} mellan tusental" if mark else ""


def split_text(split: lang.Split, names: Names) -> str:
    """Say how a text is taken apart."""
    groups = ", ".join(split.groups)
    return f"{value_text(split.by, names)}; delas i {groups} med mönstret {split.pattern}"


def latest_text(latest: lang.Latest | None, names: Names) -> str:
    """Say which of several versions counts; an empty text where there are none."""
    if latest is None:
        return ""
    same = " och ".join(names.column(column) for column in latest.of)
    order = ", därefter ".join(names.column(column) for column in latest.by)
    return (
        f"Av rader med samma {same} gäller bara den senaste efter {order}; de äldre blir inget eget utan "
        "följer med som ursprungliga rader. Är två lika sena ställs objektet åt sidan."
    )


def hierarchy_text(hierarchy: lang.Hierarchy | None, names: Names) -> str:
    """Say how rows lie below each other; an empty text where they do not."""
    if hierarchy is None:
        return ""
    parent = " och ".join(names.column(column) for column in hierarchy.parent)
    return (
        f"Bara rader där {parent} är tom blir egna objekt; de andra ligger under den rad som de pekar på. "
        "Rader vars överordnade saknas, eller som pekar på varandra i en ring, ställs åt sidan."
    )


def layout_text(layout: str) -> str:
    """Write a layout as people do: ``ÅÅÅÅ-MM-DD``."""
    for sign, word in _LAYOUT.items():
        layout = layout.replace(sign, word)
    return layout


def condition_text(condition: lang.Condition, names: Names) -> str:
    """Say when a condition holds."""
    return " och ".join(_test(test, names.column(test.column)) for test in condition.tests) or "alltid"


def _test(test: lang.Test, column: str) -> str:
    listed = ", ".join(_word(value) for value in test.values)
    match test.operator:
        case "in":
            return f"{column} är {listed}" if len(test.values) == 1 else f"{column} är någon av {listed}"
        case "not_in":
            return f"{column} inte är {listed}"
        case "match":
            return f"{column} följer mönstret {test.pattern}"
        case "empty":
            return f"{column} är tom" if test.flag else f"{column} har ett värde"
        case _:
            return f"{column} saknas (NULL)" if test.flag else f"{column} inte saknas (NULL)"


def _word(value: str | None) -> str:
    return "NULL" if value is None else f"”{value}”" if value else "tom text"


def policy_text(policy: str, default: str | None = None) -> str:
    """Say what a bad value leads to."""
    return {
        "quarantine": "objektet ställs åt sidan (karantän)",
        "null": "fältet lämnas tomt, med varning",
        "default": f"ersätts med ”{default}”, med varning",
        "fail": "körningen stoppas",
        "keep": "bevaras som det är, med varning",
        "warn": "tas med, med varning",
        "skip": "ingen fil görs (papper)",
    }[policy]


def protection_text(rule: lang.Protect, names: Names) -> str:
    """Say what a rule of protection does."""
    made = [_WEB[rule.web]]
    if rule.law is not None:
        made.append(f"lagrum: {value_text(rule.law, names)}")
    if rule.text is not None:
        made.append(f"förklaring: {value_text(rule.text, names)}")
    if rule.hidden:
        made.append("inte heller att det finns visas")
    return "; ".join(made)


def law_text(years: int, start: str) -> str:
    """Say how long a paragraph keeps something secret."""
    return f"{years} år från det att {_START[start]}"


__all__ = [
    "AXES",
    "Names",
    "bad_text",
    "columns",
    "condition_text",
    "hierarchy_text",
    "latest_text",
    "law_text",
    "layout_text",
    "policy_text",
    "protection_text",
    "split_text",
    "value_text",
]
