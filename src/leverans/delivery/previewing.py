"""Real records of the last landing: source rows beside the archive object they become.

Objects of the protected route are never shown, nor objects of which it is not certain that they are not: an
object whose row of protection is missing or could not be read. Personal keys and identity numbers stand as
pseudonyms; `reveal` shows them and leaves an entry in the audit log first.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow.compute as pc

from leverans.clock import Clock
from leverans.delivery.mapping_stage import BROKEN_ROW
from leverans.delivery.rehearsing import Rehearsal, Rehearsed, known_secret, last_landing, rehearse
from leverans.delivery.witness import witnessed
from leverans.errors import UsageError
from leverans.findings import describe
from leverans.ledger.audit import REVEAL
from leverans.mapping.tools.origin import (
    PLURALS,
    EntityFacts,
    Line,
    SourceRow,
    fitting_rows,
    groups_of,
    lines_of,
    own_row,
)
from leverans.mapping.tools.plain import objects, plain_object
from leverans.model import Case
from leverans.registry import load_delivery
from leverans.settings import Settings
from leverans.trust import object_id, personal_object_id, pseudonym

DOUBTFUL = frozenset({"MAP110", "MAP111", "MAP112", "MAP113", "MAP116", "MAP133", BROKEN_ROW})
"""Codes of objects that may be protected without our knowing: the row that would say so is in doubt."""

_FORMATS = re.compile(r"(^|\.)(sha256|crc32|basis|digest|version|route)$")
_COMPANY = re.compile(r"^(?:16)?\d{2}[2-9]\d{3}-?\d{4}$")
"""An organisation number: its third digit is 2 or more; a person's is that of a month."""


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of the archive object.

    Attributes:
        path: as `leverans trace` takes it.
        value: the value.
        columns: ``source.table.column`` that it comes from; several candidates where it is not certain.
        where: line of the mapping.
    """

    path: str
    value: str
    columns: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class ShownObject:
    """One object, source beside result.

    Attributes:
        object: object id.
        key: its key in the source, a pseudonym where it is personal.
        becomes: ``archive``, ``quarantine``, ``exclude`` or ``void``.
        withheld: it is not certain that it is not protected: only the verdicts are told.
        verdicts: (code, Swedish text, rule, place), each once.
        rows: its source rows.
        fields: its fields, in the model's order.
    """

    object: str
    key: str
    becomes: str
    withheld: bool
    verdicts: tuple[tuple[str, str, str, str], ...]
    rows: tuple[SourceRow, ...] = field(repr=False)
    fields: tuple[ShownField, ...] = field(repr=False)

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        names = ("path", "value", "where")
        return {
            "object": self.object,
            "key": self.key,
            "becomes": self.becomes,
            "withheld": self.withheld,
            "verdicts": [
                dict(zip(("code", "text", "rule", "where"), one, strict=True)) for one in self.verdicts
            ],
            "rows": [{"stream": row.stream, "key": row.key, "row": dict(row.values)} for row in self.rows],
            "fields": [
                {**{name: getattr(one, name) for name in names}, "columns": list(one.columns)}
                for one in self.fields
            ],
        }


def preview(
    settings: Settings,
    name: str,
    *,
    clock: Clock,
    wanted: str | None = None,
    count: int = 3,
    reveal: bool = False,
    by: str = "",
) -> list[ShownObject]:
    """Map the last landing until enough objects are found.

    Args:
        settings: the installation's roots.
        name: ``municipality/delivery``.
        clock: for the ledger.
        wanted: one object, by id, reference code or key (a personal key by its pseudonym).
        count: how many objects, without `wanted`.
        reveal: show personal keys and identity numbers; it leaves an entry in the audit log.
        by: the person who asks; needed for `reveal`.

    Raises:
        ConfigurationError: MTL003 there is no landing, MTL014 no key for pseudonyms; MAP, the mapping has
            faults.
        UsageError: MTL004, no object fits that may be shown.
    """
    delivery = load_delivery(settings.content, name)
    home = settings.municipality(delivery.municipality.name)
    secret = known_secret(home, clock)
    landing, moment = last_landing(home, delivery, clock)
    rehearsal = rehearse(settings, delivery, landing, secret=secret, reference_time=moment)
    most = 1 if wanted else count
    found: list[ShownObject] = []
    for number in rehearsal.buckets():
        if len(found) < most:
            one = _Bucket(rehearsal, rehearsal.bucket(number), secret, reveal=reveal)
            found += one.shown(wanted, most - len(found))
    if wanted and not found:
        raise UsageError("MTL004")
    if reveal:
        entry = {"tool": "preview", "delivery": name, "by": by, "objects": [one.object for one in found]}
        with witnessed(settings, delivery.municipality.name, clock) as ledger:
            ledger.audit.append(REVEAL, entry)
    return found


class _Bucket:
    """Shows objects of one mapped bucket."""

    def __init__(self, rehearsal: Rehearsal, bucket: Rehearsed, secret: bytes, *, reveal: bool) -> None:
        self.plan, self.context = rehearsal.plan, rehearsal.context
        self.bucket, self.secret, self.reveal = bucket, secret, reveal
        mapping = self.plan.mapping
        self.entities = {name: EntityFacts.of(entity) for name, entity in mapping.entities.items()}
        self.system = mapping.system or self.context.system
        self.lines = [
            Line(one.entity, one.field, one.stream, one.columns, one.operators, one.where)
            for one in self.plan.lines
        ]
        self.constants = {
            value.where: value.constant
            for entity in mapping.entities.values()
            for part in entity.parts
            for value in part.fields.values()
            if value.operator == "constant"
        }
        self.texts = {check.id: check.text.get("sv", "") for check in self.plan.checks}

    def shown(self, wanted: str | None, most: int) -> list[ShownObject]:
        """Give objects that may be shown, in the order of the case table."""
        tables = self.bucket.mapped.tables
        cases = tables["case"]
        cases = cases.filter(pc.fill_null(pc.equal(cases["route"], "open"), False))
        if wanted:
            names = ["id", "key"] if self._personal() else ["id", "key", "reference_code"]
            fits = [pc.fill_null(pc.equal(cases[column], wanted), False) for column in names]
            mask = fits[0]
            for other in fits[1:]:
                mask = pc.or_(mask, other)
            cases = cases.filter(mask)
        cases = cases.slice(0, most)
        ids = cases["root"].combine_chunks()
        kept = {name: table.filter(pc.is_in(table["root"], value_set=ids)) for name, table in tables.items()}
        return [self._object(case) for case in objects(kept)]

    def _personal(self) -> bool:
        return self.plan.root_stream in self.plan.personal

    def _object(self, case: Case) -> ShownObject:
        verdicts = self._verdicts(case.id)
        words = {word for _code, word, _rule, _where in verdicts}
        becomes = next((word for word in ("quarantine", "exclude", "void") if word in words), "archive")
        withheld = any(code in DOUBTFUL for code, _word, _rule, _where in verdicts)
        rows = [] if withheld else [SourceRow.of(row.stream, row.key, row.json) for row in case.rows]
        mask = _Mask(self.secret, set() if self.reveal else self._secrets(case, rows))
        fields = [] if withheld else list(self._fields(case, _Seen(rows, mask)))
        return ShownObject(
            object=case.id,
            key=case.key,
            becomes=becomes,
            withheld=withheld,
            verdicts=tuple(
                (code, self.texts.get(rule) or _text(code, rule), rule, where)
                for code, _word, rule, where in verdicts
            ),
            rows=tuple(_masked(row, mask) for row in rows),
            fields=tuple(fields),
        )

    def _verdicts(self, root: str) -> list[tuple[str, str, str, str]]:
        table = self.bucket.verdicts
        own = table.filter(pc.fill_null(pc.equal(table["root"], root), False)).to_pylist()
        told = [(row["code"], row["disposition"], row["rule"] or "", row["where"] or "") for row in own]
        return list(dict.fromkeys(told))

    def _secrets(self, case: Case, rows: Iterable[SourceRow]) -> set[str]:
        """Give the texts that point out a person: personal keys and identity numbers."""
        found: set[str] = set()
        mapping = self.plan.mapping
        root = mapping.entities[mapping.root]
        for row in rows:
            columns: set[str] = set()
            for entity in mapping.entities.values():
                if entity.table == row.stream and (entity.personal or (entity is root and root.personal)):
                    columns.update(entity.key)
            if row.stream in self.plan.personal and not root.personal:
                columns.update(self.plan.keys.get(row.stream, ()))
            found.update(row.values.get(column) or "" for column in columns)
        inner = [agent for part in case.all_subcases() for agent in part.agents]
        inner += [agent for record in case.all_records() for agent in record.agents]
        for agent in (*case.agents, *inner):
            if agent.id_number and not _COMPANY.match(agent.id_number.strip()):
                found.add(agent.id_number.strip())
        return found - {""}

    # Fields and where they come from

    def _fields(self, case: Case, seen: "_Seen") -> Iterator[ShownField]:
        yield from self._thing(plain_object(case), "", self.plan.mapping.root, seen)

    def _thing(self, plain: dict[str, Any], prefix: str, entity: str, seen: "_Seen") -> Iterator[ShownField]:
        for name, value in plain.items():
            if name in PLURALS:
                yield from self._parts(value, name, f"{prefix}{name}", entity, seen)
            elif isinstance(value, list):
                for at, one in enumerate(value):
                    below = self._entity_of(one, name.removesuffix("s"), entity, seen.rows)
                    yield from self._thing(one, f"{prefix}{name}[{at}].", below, seen)
            elif not _FORMATS.search(name):
                made = lines_of(self.lines, entity, name)
                yield _field(f"{prefix}{name}", value, made, seen.mask)

    def _entity_of(self, plain: dict[str, Any], model: str, above: str, rows: list[SourceRow]) -> str:
        own = [self.entities[name] for name in self.entities[above].children]
        found = own_row([one for one in own if one.model == model], plain["id"], rows, self._identify)
        return found[0].name if found else own[0].name

    def _identify(self, entity: str, key: tuple[str, ...]) -> Iterator[str]:
        place = (self.context.municipality, self.system, entity, key)
        yield object_id(*place)
        yield personal_object_id(self.secret, *place)

    def _parts(
        self, parts: list[dict[str, Any]], plural: str, prefix: str, entity: str, seen: "_Seen"
    ) -> Iterator[ShownField]:
        model = PLURALS[plural]
        groups = groups_of(line for line in self.lines if line.entity == f"{entity}.{model}")
        for at, part in enumerate(parts):
            values = {name: None if value is None else str(value) for name, value in part.items()}
            fits = [group for group in groups if self._fits(group, values, seen.rows)]
            for name, value in part.items():
                if model == "restriction":
                    made = self._restricted(entity, part["axis"], name)
                else:
                    made = [line for group in fits for line in group if line.field == name]
                yield _field(f"{prefix}[{at}].{name}", value, made, seen.mask)

    def _fits(self, group: list[Line], values: dict[str, str | None], rows: list[SourceRow]) -> bool:
        """Say whether a part of the mapping can have made these values."""
        told = {name: value for name, value in values.items() if name != "key"}
        found = fitting_rows(group, told, rows, lambda line: self.constants.get(line.where))
        if found is None or "key" not in values:
            return found is not None
        return any(row.key == values["key"] for row in found)

    def _restricted(self, entity: str, axis: str, name: str) -> list[Line]:
        """Give the lines of a rule of protection, and the columns that its conditions test."""
        target = f"{entity}.restrict.{axis}"
        made = lines_of(self.lines, entity, f"restrict.{axis}.{name}")
        tested = [use for use in self.plan.uses if use.target == target and use.use == "conditioned"]
        return [
            *made,
            *(Line(entity, axis, use.stream, (use.column,), ("when",), use.where) for use in tested),
        ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """The rows of one object, and what hides personal words."""

    rows: list[SourceRow]
    mask: "_Mask"


class _Mask:
    """Puts pseudonyms in the place of words, wherever they stand by themselves in a text."""

    def __init__(self, secret: bytes, words: set[str]) -> None:
        longest = sorted(words, key=lambda word: (-len(word), word))
        found = "|".join(map(re.escape, longest))
        self._pattern = re.compile(rf"(?<!\w)(?:{found})(?!\w)") if words else None
        self._secret = secret

    def __call__(self, text: str) -> str:
        """Give the text without the words."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: pseudonym(self._secret, found[0]), text)


def _masked(row: SourceRow, mask: _Mask) -> SourceRow:
    values = {name: None if value is None else mask(value) for name, value in row.values.items()}
    return SourceRow(row.stream, row.key if row.key.startswith("p-") else mask(row.key), values)


def _field(path: str, value: Any, lines: list[Line], mask: _Mask) -> ShownField:
    columns = tuple(dict.fromkeys(f"{line.stream}.{column}" for line in lines for column in line.columns))
    return ShownField(path, mask(str(value)), columns, lines[0].where if lines else "")


def _text(code: str, rule: str) -> str:
    return describe(code).text("sv", {"field": rule})
