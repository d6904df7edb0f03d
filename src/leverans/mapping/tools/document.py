"""The metadatabilaga: a printable page that says what a delivery keeps, drops and protects, to be signed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2

from leverans.mapping import language as lang
from leverans.mapping.functions import FOLDER, Function
from leverans.mapping.plan import Plan
from leverans.mapping.tools.coverage import ColumnLine, by_use, column_lines
from leverans.mapping.tools.elements import element, model_element
from leverans.mapping.tools.swedish import (
    AXES,
    Names,
    bad_text,
    columns,
    condition_text,
    hierarchy_text,
    latest_text,
    law_text,
    policy_text,
    protection_text,
    split_text,
    value_text,
)
from leverans.mapping.tools.virtual import virtual_tables

_MOST_CODES = 1_000
_CARDINALITY = {
    "one_to_one": "en rad till varje",
    "many_to_one": "samma rad kan höra till flera",
}
_MISSING = {
    "quarantine": "objektet ställs åt sidan (karantän)",
    "null": "uppgifterna därifrån lämnas tomma",
}
_SEVERITY = {"critical": "paketet stoppas", "quarantine": "objektet ställs åt sidan", "warning": "varning"}
_USES = {
    "mapped": "följer med",
    "joined": "kopplar samman tabeller",
    "conditioned": "styr regler",
    "key": "nyckel eller ordning",
    "dropped": "ingen egen plats i arkivet",
    "left": "tabellen lämnas",
    "document": "beskriver dokument",
    "uncovered": "OKÄNT",
}

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page says of the delivery.

    Attributes:
        delivery: ``municipality/delivery``.
        municipality: its name for people.
        producer: who delivers.
        system: the source system.
        agreement: the submission agreement's id.
        sources: (name, connector, known by ``live`` or ``landing``).
        files: SHA-256 of each file that decides the result, by path.
        profile: the target profile.
    """

    delivery: str
    municipality: str
    producer: str
    system: str
    agreement: str
    sources: tuple[tuple[str, str, str], ...]
    files: Mapping[str, str]
    profile: str


def document(plan: Plan, facts: Facts) -> str:
    """Give the metadatabilaga of a bound mapping as one self-contained HTML page.

    The same mapping and delivery give the same page to the byte: no clock is asked; the date is written by
    those who sign.
    """
    return render(
        "document.html.j2",
        facts=facts,
        mapping=plan.mapping,
        digest=plan.digest,
        virtual=[
            {**table, "drop": [_dropped(item) for item in table["drop"]]}
            for table in virtual_tables(plan.mapping)
        ],
        entities=[_entity(plan, entity) for entity in plan.mapping.entities.values()],
        codes=[_codes(table) for table in plan.mapping.codes.values()],
        laws=[(law, law_text(years, start)) for law, (years, start) in sorted(plan.mapping.laws.items())],
        checks=[_check(check) for check in plan.checks],
        paper=[_paper(plan, one) for one in plan.mapping.paper],
        functions=[_function(one) for _name, one in sorted(plan.mapping.functions.items())],
        leave=[_dropped(left) for left in plan.mapping.leave],
        tables=_tables(plan),
        counts=[(_USES[use], number) for use, number in by_use(column_lines(plan)).items()],
    )


def render(template: str, **words: Any) -> str:
    """Fill one of the room's templates; whatever is put in is escaped."""
    text = files("leverans.mapping.tools").joinpath("texts", template).read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text).render(**words)


def _entity(plan: Plan, entity: lang.Entity) -> Plain:
    names = Names.of(entity.table, entity.joins, entity.splits, plan.mapping.codes)
    personal = entity.personal or plan.mapping.entities[plan.mapping.root].personal
    return {
        "name": entity.name,
        "title": model_element(entity.model).swedish,
        "erms": model_element(entity.model).erms,
        "table": entity.table,
        "key": ", ".join(entity.key),
        "personal": personal,
        "where": entity.where,
        "hierarchy": hierarchy_text(entity.hierarchy, names),
        "latest": latest_text(entity.latest, names),
        "rules": [_rule(rule, names) for rule in entity.rules],
        "joins": [_join(join, names) for join in entity.joins],
        "splits": [_split(split, names) for split in entity.splits],
        "fields": [*_fields(entity.model, entity.fields, names), *_content(entity, names)],
        "parts": [_part(part, names) for part in entity.parts],
        "restrict": [_axis(axis, rules, names) for axis, rules in entity.restrict.items()],
        "children": [_child(plan, child, names) for child in entity.children],
        "drop": [_dropped(item) for item in _drops(entity)],
    }


def _drops(entity: lang.Entity) -> Iterator[lang.Dropped]:
    yield from entity.drop
    for join in entity.joins:
        yield from join.drop
    for part in entity.parts:
        yield from part.drop
        for join in part.joins:
            yield from join.drop


def _rule(rule: lang.Rule, names: Names) -> Plain:
    becomes = "utesluts" if rule.otherwise == "exclude" else "makuleras i arkivet"
    return {
        "name": rule.name,
        "keep": condition_text(rule.keep, names),
        "otherwise": becomes,
        "because": rule.because,
        "where": rule.where,
    }


def _join(join: lang.Join, names: Names) -> Plain:
    on = ", ".join(f"{names.column(own)} = {join.table}.{other}" for own, other in join.on)
    only = condition_text(join.condition, Names(join.table)) if join.condition.tests else ""
    return {
        "name": join.name,
        "table": join.table,
        "on": on,
        "only": only,
        "latest": latest_text(join.latest, Names(join.table)),
        "cardinality": _CARDINALITY[join.cardinality],
        "missing": _MISSING[join.missing],
        "where": join.where,
    }


def _split(split: lang.Split, names: Names) -> Plain:
    return {
        "name": split.name,
        "how": split_text(split, names),
        "bad": policy_text(split.on_error),
        "where": split.where,
    }


def _fields(model: str, fields: Mapping[str, lang.Value], names: Names) -> list[Plain]:
    return [
        {
            "name": element(model, name).swedish,
            "erms": element(model, name).erms,
            "columns": columns(value, names),
            "how": value_text(value, names),
            "bad": bad_text(value, names),
            "where": value.where,
        }
        for name, value in fields.items()
    ]


def _content(entity: lang.Entity, names: Names) -> list[Plain]:
    content = entity.content
    if content is None:
        return []
    words = (("saknas dokumentet", content.missing), ("är det tomt", content.empty))
    bad = "; ".join(f"{when}: {policy_text(policy)}" for when, policy in words)
    return [
        {
            "name": element("file", "content").swedish,
            "erms": element("file", "content").erms,
            "columns": columns(content.by, names),
            "how": f"dokumentet i {content.document} som pekas ut: {value_text(content.by, names)}",
            "bad": f"{bad}; pekar raden inte ut något: {policy_text(content.absent)}",
            "where": content.where,
        }
    ]


def _part(part: lang.Part, names: Names) -> Plain:
    own = Names.of(part.table, part.joins, part.splits, names.codes) if part.table else names
    on = ", ".join(f"{names.column(one)} = {own.column(other)}" for one, other in part.on)
    return {
        "title": model_element(part.model).swedish,
        "erms": model_element(part.model).erms,
        "table": part.table,
        "on": on,
        "only": condition_text(part.condition, Names(part.table)) if part.condition.tests else "",
        "when": condition_text(part.when, own) if part.when.tests else "",
        "latest": latest_text(part.latest, own),
        "joins": [_join(join, own) for join in part.joins],
        "splits": [_split(split, own) for split in part.splits],
        "fields": _fields(part.model, part.fields, own),
        "where": part.where,
    }


def _axis(axis: str, rules: tuple[lang.Protect, ...], names: Names) -> Plain:
    lines = [
        {
            "when": condition_text(rule.condition, names) if rule.condition.tests else "i alla andra fall",
            "then": protection_text(rule, names),
            "where": rule.where,
        }
        for rule in rules
    ]
    return {"title": AXES[axis], "rules": lines}


def _child(plan: Plan, child: lang.Child, names: Names) -> Plain:
    below = plan.mapping.entities[child.entity]
    on = ", ".join(f"{names.column(own)} = {below.table}.{other}" for own, other in child.on)
    return {
        "entity": child.entity,
        "title": model_element(below.model).swedish,
        "on": "samma rad" if child.same_row else on,
        "only": condition_text(child.condition, Names(below.table)) if child.condition.tests else "",
        "order": ", ".join(child.order),
    }


def _dropped(item: lang.Dropped) -> Plain:
    kind = "gallras: följer inte med alls" if item.use == "gallring" else "teknisk uppgift"
    return {
        "name": item.name,
        "kind": kind,
        "reason": item.reason,
        "decision": item.decision,
        "where": item.where,
    }


def _codes(table: lang.CodeTable) -> Plain:
    header = list(next(iter(table.entries.values()), {}))
    rows = [[row[name] for name in header] for row in table.entries.values()]
    origin = table.file or (f"källans tabell {table.table}" if table.table else "står i mappningen")
    return {
        "name": table.name,
        "origin": origin,
        "only": condition_text(table.condition, Names(table.table)) if table.condition.tests else "",
        "valid": f"från {table.valid.start} till {table.valid.end}" if table.valid is not None else "",
        "key": table.key,
        "value": table.value,
        "unmapped": policy_text(table.unmapped, table.default),
        "header": header,
        "rows": rows[:_MOST_CODES],
        "more": max(0, len(rows) - _MOST_CODES),
    }


def _function(one: Function) -> Plain:
    file = FOLDER / f"{one.name.partition(':')[0]}.py"
    return {"name": one.name, "text": one.text, "file": file.as_posix(), "sha256": one.sha256}


def _paper(plan: Plan, declared: lang.Paper) -> Plain:
    root = plan.mapping.entities[plan.mapping.root]
    names = Names.of(root.table, root.joins, root.splits)
    return {
        "series": declared.series,
        "place": declared.place,
        "when": condition_text(declared.condition, names)
        if declared.condition.tests
        else "i alla andra fall",
        "basis": ", ".join(text for text in (declared.by, declared.date, declared.reference) if text),
        "where": declared.where,
    }


def _check(check: lang.Check) -> Plain:
    return {
        "id": check.id,
        "text": check.text.get("sv") or check.text.get("en", ""),
        "on": check.on,
        "severity": _SEVERITY.get(check.severity, check.severity),
        "because": check.because,
        "where": check.where,
    }


def _use(line: ColumnLine) -> str:
    """Say what becomes of a column; what is dropped stands in the rows, unless it is disposed of."""
    if line.use != "dropped":
        return _USES[line.use]
    gone = line.reason.startswith("gallring")
    return "gallras: följer inte med alls" if gone else "bara i de ursprungliga raderna, där de följer med"


def _tables(plan: Plan) -> list[Plain]:
    made: dict[str, list[Plain]] = {}
    for line in column_lines(plan):
        entry = {
            "column": line.column,
            "use": _use(line),
            "targets": ", ".join(line.targets),
            "reason": line.reason,
            "where": line.where,
        }
        made.setdefault(line.stream, []).append(entry)
    return [{"name": name, "columns": lines} for name, lines in made.items()]
