"""Makers of the bigger blocks: code tables, joins, parts, entities."""

from pathlib import Path
from typing import Any

from leverans.mapping import language as lang
from leverans.mapping.building import Maker, scalar_text, word
from leverans.mapping.layers import KeyPath, room_of
from leverans.mapping.periods import SEPARATOR, make_valid, read_dated
from leverans.mapping.retention import START, is_day, is_rule
from leverans.mapping.tables import code_places, read_codes, readable

PART_MODELS = {
    "agents": "agent",
    "events": "event",
    "locations": "location",
    "relations": "relation",
    "fonds": "fonds",
    "classes": "class",
    "places": "place",
    "custody": "custody",
    "extra_rows": "extra",
}
RETENTION = "retention"
PAIRS = {
    RETENTION: ("retention_rule", "retention_authority"),
    "classification": ("classification_code", "classification_title"),
}
"""Fields that are a pair: one lookup fills two fields of the model."""

NESTING = {"case": ("record", "subcase"), "subcase": ("record", "subcase"), "record": ("file",)}
"""What may stand below what."""

_INLINE = ("code", "value")


class Folders:
    """Where the tables that a mapping names lie."""

    def __init__(self, mapping: Path, plan: Path | None, content: Path) -> None:
        self.mapping = mapping
        self.plan = plan
        self.content = content

    def name(self, file: Path) -> str:
        """Give a file as messages call it."""
        return file.relative_to(self.content).as_posix() if file.is_relative_to(self.content) else file.name

    def find(self, text: str, where: str) -> Path | None:
        """Give the file, beside the file that names it; None for ``plan:`` without a plan folder."""
        if not text.startswith("plan:"):
            named = self.content / where.rsplit(":", 2)[0]
            return (named.parent if named.is_file() else self.mapping) / text
        return None if self.plan is None else self.plan / text.removeprefix("plan:")

    def holds(self, file: Path, text: str) -> bool:
        """Say whether a file lies in the content (one of ``plan:`` in the plan folder), links followed."""
        room = self.plan if self.plan is not None and text.startswith("plan:") else self.content
        real = file.resolve()
        return real.is_relative_to(room.resolve()) or (
            room is self.content and real.is_relative_to(room_of(self.mapping, self.content))
        )


def make_codes(
    maker: Maker, name: str, data: dict[str, Any], path: KeyPath, folders: Folders
) -> lang.CodeTable:
    """Make one code table; a CSV file is read."""
    entries: dict[str, dict[str, str]] = {}
    places: dict[str, str] = {}
    key, value = data.get("key", ""), data.get("value", "")
    needed = {"file": ("key",), "table": ("key", "value"), "values": ()}
    kind = next(kind for kind in needed if kind in data)
    for missing in [column for column in needed[kind] if column not in data]:
        maker.problems.add("MAP002", path, key=missing)
    if ("default" in data) != (data.get("unmapped") == "default"):
        maker.problems.add("MAP031", path)
    valid = make_valid(maker, data.get("valid"), (*path, "valid"))
    if valid is not None and kind == "values":
        maker.problems.add("MAP020", (*path, "valid"), key="valid", needed="file | table")
    if kind == "values":
        key, value = _INLINE
        entries = {code: {key: code, value: str(scalar_text(term))} for code, term in data["values"].items()}
    elif kind == "file" and key and ("valid" not in data or valid is not None):
        entries = _from_file(
            maker, data["file"], (key, value) if value else (key,), path, folders, valid=valid
        )
        places = _places(data["file"], key, entries, folders)
    return lang.CodeTable(
        name=name,
        where=maker.where(path),
        key=key,
        value=value,
        unmapped=word(data.get("unmapped", "quarantine")),
        default=scalar_text(data.get("default")),
        entries=entries,
        table=maker.stream(data["table"], (*path, "table")) if kind == "table" else "",
        condition=maker.condition(data.get("where"), (*path, "where")),
        drop=make_drop(maker, data.get("drop"), (*path, "drop")),
        file=data.get("file", ""),
        valid=valid,
        places=places,
    )


def _places(text: str, key: str, entries: dict[str, dict[str, str]], folders: Folders) -> dict[str, str]:
    """Give the place of every row of a table that was read."""
    file = folders.find(text, "")
    if file is None or not entries:
        return {}
    name = folders.name(file)
    if SEPARATOR in next(iter(entries)):
        return {entry: f"{name}:{entry.rsplit(SEPARATOR, 1)[1]}:1" for entry in entries}
    return code_places(file, name, key)


def _from_file(
    maker: Maker,
    text: str,
    columns: tuple[str, ...],
    path: KeyPath,
    folders: Folders,
    *,
    valid: lang.Valid | None,
) -> dict[str, dict[str, str]]:
    file = folders.find(text, maker.where((*path, "file")))
    if file is None:
        maker.problems.add("MAP021", (*path, "file"), file=text)
        return {}
    if not folders.holds(file, text):
        maker.problems.add("MAP045", (*path, "file"), file=text)
        return {}
    if valid is not None:
        return read_dated(file, folders.name(file), columns, (*path, "file"), maker.problems, valid=valid)
    return read_codes(file, folders.name(file), columns, (*path, "file"), maker.problems)


def make_drop(maker: Maker, data: dict[str, Any] | None, path: KeyPath) -> tuple[lang.Dropped, ...]:
    """Make a list of what is not mapped; decisions are put in later."""
    made: list[lang.Dropped] = []
    for name, reason in (data or {}).items():
        if maker.problems.below((*path, name)):
            continue
        if "gallring" in reason:
            made.append(lang.Dropped(name, "gallring", reason["gallring"], maker.where((*path, name))))
        else:
            made.append(lang.Dropped(name, "technical", reason["technical"], maker.where((*path, name))))
    return tuple(made)


def make_joins(maker: Maker, data: dict[str, Any] | None, path: KeyPath) -> tuple[lang.Join, ...]:
    """Make the joins of an entity or part, in the order written."""
    return tuple(
        lang.Join(
            name=name,
            table=maker.stream(join["table"], (*path, name, "table")),
            on=tuple(join["on"].items()),
            cardinality=join["cardinality"],
            missing=word(join.get("missing", "quarantine")),
            condition=maker.condition(join.get("where"), (*path, name, "where")),
            drop=make_drop(maker, join.get("drop"), (*path, name, "drop")),
            where=maker.where((*path, name)),
            latest=maker.latest(join.get("latest"), (*path, name, "latest")),
        )
        for name, join in (data or {}).items()
        if not maker.problems.below((*path, name))
    )


def make_fields(maker: Maker, data: dict[str, Any] | None, path: KeyPath) -> dict[str, lang.Value]:
    """Make the fields of an entity or part; broken ones are left out."""
    made: dict[str, lang.Value] = {}
    for name, value in (data or {}).items():
        at = (*path, name)
        if name != "content" and not maker.problems.below(at):
            made[name] = maker.value(value, at)
            _check_pair(maker, name, made[name], at)
            if name == START:
                _check_start(maker, made[name])
    return made


def _check_start(maker: Maker, value: lang.Value) -> None:
    """Note MAP048 for constants that are no day: the archive counts the years from it."""
    said = value.constant if value.operator == "constant" else None
    if said is not None and not (value.code or value.layouts or is_day(said)):
        maker.problems.note("MAP048", value.where, value=said)
    for one in (*(value.parts if value.operator == "coalesce" else ()), *(made for _, made in value.choices)):
        if not (value.code or value.layouts):
            _check_start(maker, one)


def _check_pair(maker: Maker, name: str, value: lang.Value, path: KeyPath) -> None:
    wanted = 2 if name in PAIRS else 1
    if (name in PAIRS and value.operator != "lookup") or (
        value.operator == "lookup" and len(value.take) != wanted
    ):
        maker.problems.add("MAP032", path, field=name, wanted=wanted)
    elif name in PAIRS:
        if name == RETENTION:
            _check_rules(maker, value, path)
        _check_filled(maker, value, path, name)


def _check_rules(maker: Maker, value: lang.Value, path: KeyPath) -> None:
    """Note MAP046 for what a plan says of keeping that is neither that nor a period; each row once."""
    table = maker.codes.get(value.table)
    for key, row in table.entries.items() if table is not None else ():
        said = row.get(value.take[0])
        if said is not None and not is_rule(said):
            where = table.places.get(key, maker.where(path)) if table is not None else ""
            maker.problems.note("MAP046", where, rule=said, column=value.take[0])


def _check_filled(maker: Maker, value: lang.Value, path: KeyPath, name: str) -> None:
    """Note MAP016 for empty cells that a pair takes from a table beside the mapping."""
    table = maker.codes.get(value.table)
    if table is None:
        return
    only = value.by.constant if value.by is not None and value.by.operator == "constant" else None
    takes = value.take[1:] if name == RETENTION else value.take  # of rules MAP046 is told
    for key, row in table.entries.items():
        for column in takes if only is None or row[table.key] == only else ():
            if not readable(row.get(column, "-")):
                maker.problems.note("MAP016", table.places.get(key, maker.where(path)), column=column)


def make_part(maker: Maker, model: str, data: dict[str, Any], path: KeyPath) -> lang.Part:
    """Make agents, events, locations, relations or extra rows."""
    table = maker.stream(data["from"], (*path, "from")) if "from" in data else ""
    if bool(table) != ("on" in data):
        maker.problems.add("MAP020", path, key="from" if table else "on", needed="on" if table else "from")
    for key in ("where", "join", "split", "order", "drop", "latest"):
        if key in data and not table:
            maker.problems.add("MAP020", (*path, key), key=key, needed="from")
    return lang.Part(
        model=model,
        where=maker.where(path),
        fields=make_fields(maker, data["fields"], (*path, "fields")),
        table=table,
        on=tuple(data.get("on", {}).items()),
        condition=maker.condition(data.get("where"), (*path, "where")),
        when=maker.condition(data.get("when"), (*path, "when")),
        joins=make_joins(maker, data.get("join"), (*path, "join")),
        order=tuple(data.get("order", ())),
        drop=make_drop(maker, data.get("drop"), (*path, "drop")),
        latest=maker.latest(data.get("latest"), (*path, "latest")),
        splits=maker.splits(data.get("split"), (*path, "split"), set(data.get("join", ()))),
    )


def make_entity(maker: Maker, name: str, data: dict[str, Any], path: KeyPath) -> lang.Entity | None:
    """Make one entity; None when it does not say what it is."""
    model = data.get("model", name)
    if model not in {"case", "subcase", "record", "file"}:
        maker.problems.add("MAP002", path, key="model")
        return None
    fields = data.get("fields", {})
    at_content = (*path, "fields", "content")
    content = None
    if isinstance(fields, dict) and "content" in fields and not maker.problems.below(at_content):
        content = _content(maker, fields["content"], at_content)
    return lang.Entity(
        name=name,
        model=model,
        table=maker.stream(data["from"], (*path, "from")),
        key=tuple(data["key"]),
        where=maker.where(path),
        personal=data.get("personal", False),
        rules=_rules(maker, model, data.get("where"), (*path, "where")),
        joins=make_joins(maker, data.get("join"), (*path, "join")),
        fields=make_fields(maker, fields, (*path, "fields")),
        content=content,
        parts=tuple(_parts(maker, data, path)),
        restrict=_restrict(maker, data.get("restrict"), (*path, "restrict")),
        children=_children(maker, data.get("children"), (*path, "children")),
        drop=make_drop(maker, data.get("drop"), (*path, "drop")),
        unique=tuple(data.get("unique", ())),
        latest=maker.latest(data.get("latest"), (*path, "latest")),
        hierarchy=_hierarchy(maker, model, data, path),
        splits=maker.splits(data.get("split"), (*path, "split"), set(data.get("join", ()))),
    )


def _hierarchy(maker: Maker, model: str, data: dict[str, Any], path: KeyPath) -> lang.Hierarchy | None:
    if "hierarchy" not in data:
        return None
    at, parent = (*path, "hierarchy"), tuple(data["hierarchy"]["parent"])
    if model != "case":
        maker.problems.add("MAP020", at, key="hierarchy", needed="case")
    if len(parent) != len(data["key"]):
        maker.problems.add("MAP041", at, given=len(parent), wanted=len(data["key"]))
    return lang.Hierarchy(parent, maker.where(at))


def _parts(maker: Maker, data: dict[str, Any], path: KeyPath) -> list[lang.Part]:
    made: list[lang.Part] = []
    for key, model in PART_MODELS.items():
        for index, part in enumerate(data.get(key, ())):
            if not maker.problems.below((*path, key, index)):
                made.append(make_part(maker, model, part, (*path, key, index)))
    for name, value in make_fields(maker, data.get("extras"), (*path, "extras")).items():
        place = maker.where((*path, "extras", name))
        label = lang.Value("constant", place, constant=name)
        made.append(lang.Part("extra", place, {"name": label, "value": value}))
    return made


def _content(maker: Maker, data: dict[str, Any], path: KeyPath) -> lang.Content:
    pattern = ""
    if "pattern" in data:
        pattern = maker.pattern(data["pattern"], (*path, "pattern"), "key")
    return lang.Content(
        document=maker.stream(data["document"], (*path, "document")),
        by=maker.item(data["by"], (*path, "by")),
        pattern=pattern,
        where=maker.where(path),
        missing=data.get("missing", "quarantine"),
        empty=data.get("empty", "quarantine"),
        absent=data.get("absent", "quarantine"),
    )


def _rules(maker: Maker, model: str, data: dict[str, Any] | None, path: KeyPath) -> tuple[lang.Rule, ...]:
    made: list[lang.Rule] = []
    for name, rule in (data or {}).items():
        at = (*path, name)
        if maker.problems.below(at):
            continue
        if rule["otherwise"] == "void" and model != "case":
            maker.problems.add("MAP004", (*at, "otherwise"), allowed="exclude")
        keep = maker.condition(rule["keep"], (*at, "keep"))
        made.append(lang.Rule(name, keep, rule["otherwise"], rule["because"], maker.where(at)))
    return tuple(made)


def _children(maker: Maker, data: dict[str, Any] | None, path: KeyPath) -> tuple[lang.Child, ...]:
    return tuple(
        lang.Child(
            name=name,
            entity=child["entity"],
            on=tuple(child.get("on", {}).items()),
            same_row=child.get("same_row", False),
            condition=maker.condition(child.get("where"), (*path, name, "where")),
            order=tuple(child.get("order", ())),
            where=maker.where((*path, name)),
        )
        for name, child in (data or {}).items()
        if not maker.problems.below((*path, name))
    )


def _restrict(
    maker: Maker, data: dict[str, Any] | None, path: KeyPath
) -> dict[str, tuple[lang.Protect, ...]]:
    made: dict[str, tuple[lang.Protect, ...]] = {}
    for axis, rules in (data or {}).items():
        at = (*path, axis)
        if not maker.problems.below(at):
            conditions = maker.in_turn(rules, at)
            made[axis] = tuple(
                _protect(maker, rule, (*at, index), condition)
                for index, (rule, condition) in enumerate(zip(rules, conditions, strict=True))
            )
    return made


def make_paper(maker: Maker, data: Any) -> tuple[lang.Paper, ...]:
    """Make an archivist's declarations of where paper lies."""
    if not isinstance(data, list) or maker.problems.below(("paper",)):
        return ()
    conditions = maker.in_turn(data, ("paper",))
    return tuple(
        lang.Paper(
            series=one["series"],
            place=one["place"],
            condition=condition,
            where=maker.where(("paper", index)),
            by=one["by"],
            date=str(one["date"]),
            reference=one.get("reference", ""),
        )
        for index, (one, condition) in enumerate(zip(data, conditions, strict=True))
    )


def _protect(maker: Maker, data: dict[str, Any], path: KeyPath, condition: lang.Condition) -> lang.Protect:
    if data.get("none") is False:
        maker.problems.add("MAP004", (*path, "none"), allowed="true")
    hidden = data.get("hidden", False)
    web = data.get("web", "full" if data.get("none") and not hidden else "none")
    return lang.Protect(
        condition=condition,
        web=web,
        where=maker.where(path),
        law=maker.value(data["law"], (*path, "law")) if "law" in data else None,
        text=maker.value(data["text"], (*path, "text")) if "text" in data else None,
        hidden=hidden,
    )
