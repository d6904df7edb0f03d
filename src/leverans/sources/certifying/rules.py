"""The rules of the connector contract that can be judged at a real source, with nothing made or broken there.

Their ids are those of the contract suite (`leverans.testing.contract`) where it has the same rule.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from leverans.errors import Outage
from leverans.findings import describe
from leverans.sources.certifying.judging import (
    AT_ONCE,
    BATCH_BYTES,
    BATCH_ROWS,
    MOST_PIECE,
    keys_of,
    more_than_reading,
    same_rows,
)
from leverans.sources.certifying.visit import Pass, Visit

State = Literal["kept", "broken", "not applicable", "not run"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule.

    Attributes:
        rule: id of the rule.
        state: ``kept``, ``broken``, ``not applicable`` or ``not run``.
        code: why, a code of `leverans.findings`; empty where there is nothing to say.
        parameters: what fills the code's text; no value of the source.
    """

    rule: str
    state: State
    code: str = ""
    parameters: Mapping[str, str | int] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """Give the reason in Swedish (``sv``) or English (``en``)."""
        return describe(self.code).text(language, self.parameters) if self.code else ""

    def plain(self) -> dict[str, object]:
        """Give it as it is signed."""
        plain: dict[str, object] = {"rule": self.rule, "verdict": self.state}
        if self.code:
            plain |= {"code": self.code, "text": {"sv": self.text("sv"), "en": self.text("en")}}
        return plain


class _Broken(Exception):
    def __init__(self, code: str, **parameters: str | int) -> None:
        self.code, self.parameters = code, parameters


class _Otherwise(_Broken):
    """Not broken: not applicable (its code says why), or not run."""

    state: State = "not applicable"


class _NotRun(_Otherwise):
    state: State = "not run"


class _KeptBut(_Otherwise):
    state: State = "kept"


def judged(found: Visit) -> Iterator[Verdict]:
    """Give the verdict of every rule, in order."""
    for name, (part, judge) in _RULES.items():
        try:
            _looked(found, part)
            judge(found)
        except _Otherwise as told:
            yield Verdict(name, told.state, told.code, told.parameters)
        except _Broken as told:
            yield Verdict(name, "broken", told.code, told.parameters)
        else:
            yield Verdict(name, "kept")


def _looked(found: Visit, part: str) -> None:
    """Hold a rule to what was looked at: a part that raised breaks it, one that was not reached leaves it.

    An outage, a stop or closed hours break nothing.
    """
    before = {"cancel": ("reading", "anew"), "anew": ("reading",), "documents": ("reading",)}.get(part, ())
    for one in (part, *before):
        if one in found.stopped:
            raise _NotRun("CRT041", fault=found.stopped[one])
    if part in found.faults:
        raise _Broken("CRT001", fault=found.faults[part])
    unread = found.check is None or bool(found.check.problems)
    if part not in {"", "check"} and (unread or any(one in found.faults for one in before)):
        raise _NotRun("CRT002")


def _check_healthy(found: Visit) -> None:
    if found.check is None:
        raise _NotRun("CRT002")
    codes = ", ".join(dict.fromkeys(problem.code for problem in found.check.problems))
    if codes and all(isinstance(problem, Outage) for problem in found.check.problems):
        raise _NotRun("CRT041", fault=codes)
    if codes or not found.check.reachable:
        raise _Broken("CRT003", codes=codes or "–")


def _account(found: Visit) -> None:
    if found.check is None:
        raise _NotRun("CRT002")
    if found.check.may_write and found.check.waiver:
        raise _KeptBut("CRT004", waiver=found.check.waiver)
    if found.check.may_write:
        raise _Broken("CRT005")
    if found.check.may_write is None:
        raise _NotRun("CRT006")


def _discover_twice(found: Visit) -> None:
    first, second = found.catalogues[:2]
    anew = found.catalogues[2:]
    if first != second or any(first != one for one in anew):
        raise _Broken("CRT007")
    if not anew:
        raise _NotRun("CRT002")


def _discover_all(found: Visit) -> None:
    missing = {*found.named} - {stream.name for stream in found.catalogue.streams}
    if missing:
        raise _Broken("CRT008", number=len(missing))


def _keys(found: Visit) -> None:
    keyed = [(stream, first) for stream, first, _second in found.tables() if stream.key]
    if not keyed:
        raise _Otherwise("CRT009")
    for stream, first in keyed:
        if not {*stream.key} <= {column.name for column in stream.columns} or not first.fitting:
            raise _Broken("CRT010", stream=stream.name)
        if found.keys[stream.name] not in {(), stream.key}:
            raise _Broken("CRT039", stream=stream.name)
        empty, twice = keys_of(stream, first.rows)
        if empty or twice:
            raise _Broken("CRT011", stream=stream.name, empty=empty, twice=twice)
    _bounded(first for _stream, first in keyed)


def _schema(found: Visit) -> None:
    _has_rows(found)
    for stream, *both in found.tables():
        if not all(one.fitting for one in both):
            raise _Broken("CRT010", stream=stream.name)
    _bounded(first for _stream, first, _second in found.tables())


def _read_twice(found: Visit) -> None:
    _has_rows(found)
    for stream, first, second in found.tables():
        if not _same(first, second):
            if found.moved:
                raise _NotRun("CRT013")
            raise _Broken("CRT012", stream=stream.name)
    _bounded(first for _stream, first, _second in found.tables())


def _same(first: Pass, second: Pass) -> bool:
    """However they were cut into batches: what both read is the same."""
    least = min(sum(rows.num_rows for rows in one.rows) for one in (first, second))
    if first.whole and second.whole and first.read != second.read:
        return False
    return same_rows(_first(first, least), _first(second, least))


def _first(one: Pass, rows: int) -> list:  # type: ignore[type-arg]  # of pyarrow.RecordBatch
    made, left = [], rows
    for batch in one.rows:
        made.append(batch.slice(0, left))
        left -= made[-1].num_rows
    return made


def _totals(found: Visit) -> None:
    for name, before in found.before.items():
        if before != found.after[name]:
            if found.moved:
                raise _NotRun("CRT013")
            raise _Broken("CRT014", stream=name)
    for stream, first, _second in found.tables():
        counted = found.before[stream.name].rows
        wrong = first.read != counted if first.whole else first.read > counted
        if wrong and not found.moved:
            raise _Broken("CRT015", stream=stream.name, counted=counted, read=first.read)
        if first.whole and not found.moved and _other_nulls(found, stream.name, first):
            raise _Broken("CRT040", stream=stream.name)


def _other_nulls(found: Visit, stream: str, one: Pass) -> bool:
    """Compare the NULLs that were counted with those that were read; not where rows were set aside."""
    if one.read != sum(rows.num_rows for rows in one.rows):
        return False
    counted = found.before[stream].nulls
    return any(
        number != sum(rows[column].null_count for rows in one.rows)
        for column, number in counted.items()
        if column not in found.held[stream]
    )


def _memory(found: Visit) -> None:
    _has_rows(found)
    for stream, *both in found.tables():
        for one in both:
            if one.most_rows > BATCH_ROWS or one.most_bytes > BATCH_BYTES or one.alive > AT_ONCE:
                raise _Broken("CRT016", stream=stream.name)
    if found.documents.largest > MOST_PIECE:
        raise _Broken("CRT017")


def _documents(found: Visit) -> None:
    if not found.documents.listed:
        raise _Otherwise("CRT018")
    if found.documents.otherwise:
        raise _Broken("CRT019", number=found.documents.otherwise)
    if found.documents.unsaid:
        raise _Broken("CRT020", number=found.documents.unsaid)
    if found.documents.opened < found.documents.listed:
        raise _KeptBut("CRT043", opened=found.documents.opened, listed=found.documents.listed)


def _traversal(found: Visit) -> None:
    if not found.documents.listed:
        raise _Otherwise("CRT018")
    if not found.documents.looked_outside:
        raise _Otherwise("CRT021")
    if found.documents.outside:
        raise _Broken("CRT022", number=found.documents.outside)


def _only_reading(found: Visit) -> None:
    if found.statements is None:
        raise _Otherwise("CRT023")
    if found.kind == "soap":
        raise _Otherwise("CRT024")
    wrong = _asking(found.statements) if found.kind == "rest" else len(more_than_reading(found.statements))
    if wrong or not found.statements:
        raise _Broken("CRT025", number=wrong)


def _asking(requests: tuple[str, ...]) -> int:
    return sum(not one.startswith(("GET ", "HEAD ")) for one in requests)


def _untouched(found: Visit) -> None:
    if found.before_files is None or found.after_files is None:
        raise _Otherwise("CRT026")
    before, after = found.before_files.items(), found.after_files.items()
    if before != after:
        raise _Broken("CRT027", number=len({name for name, _state in before ^ after}))


def _no_secret(found: Visit) -> None:
    if found.told_secret:
        raise _Broken("CRT028")
    if not found.has_secrets:
        raise _Otherwise("CRT029")


def _cancelled(found: Visit) -> None:
    if found.left_open is None:
        raise _NotRun("CRT030")
    if found.left_open:
        raise _Broken("CRT031", number=found.left_open)


def _closes(found: Visit) -> None:
    if not found.closes:
        raise _Broken("CRT032")


def _bounded(read: Iterable[Pass]) -> None:
    """Say of what is kept that it holds for the first rows, where a table has more."""
    parts = [one.read for one in read if not one.whole]
    if parts:
        raise _KeptBut("CRT042", rows=min(parts), tables=len(parts))


def _has_rows(found: Visit) -> None:
    if not any(first.read for _stream, first, _second in found.tables()):
        raise _Otherwise("CRT033")


_RULES: Mapping[str, tuple[str, Callable[[Visit], None]]] = {
    "check-healthy": ("check", _check_healthy),
    "account-reads-only": ("check", _account),
    "discover-twice": ("reading", _discover_twice),
    "discover-all": ("reading", _discover_all),
    "keys": ("reading", _keys),
    "schema": ("reading", _schema),
    "read-twice": ("reading", _read_twice),
    "totals": ("reading", _totals),
    "memory": ("reading", _memory),
    "documents": ("documents", _documents),
    "path-traversal": ("documents", _traversal),
    "only-reading": ("anew", _only_reading),
    "source-untouched": ("reading", _untouched),
    "no-secret": ("", _no_secret),
    "closed-on-cancel": ("cancel", _cancelled),
    "close-twice": ("", _closes),
}

RULES: tuple[str, ...] = tuple(_RULES)
"""The ids of all rules, in order."""
