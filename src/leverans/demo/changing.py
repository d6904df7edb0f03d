"""The scripted change of a world between two deliveries: late documents, reopened and voided cases."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from leverans.demo.cases import REOPENED, make_case
from leverans.demo.cast import draw_cast
from leverans.demo.database import moment
from leverans.demo.errors import DemoError
from leverans.demo.lexicon import lexicon
from leverans.demo.plan import draw_plan
from leverans.demo.register import COLUMNS, document_row, read_rows, write_rows
from leverans.demo.share import Share, epoch, stamp
from leverans.demo.streams import stream
from leverans.demo.things import Case, Document
from leverans.demo.world import REGISTER, SHARE, TRUTH, database_path, is_world, write_json

CHANGES: Final = "changes.json"
EACH: Final = 2
"""How many cases of each kind of change there are."""

_TITLE = "Kompletterande yttrande"


def change(target: Path, *, seed: int = 1) -> dict[str, list[str]]:
    """Changes the source of a world, once: what a second delivery of it has to notice.

    Two cases get a document more (`late_document`), two closed ones are open again (`reopened`), two become
    void (`voided`): six cases, each without dirt, neither secret, protected nor void before.
    Returns their reference codes by kind, as written to changes.json beside the truth.

    Raises:
        DemoError: no finished world is there, it was changed before, or it has too few clean cases.
    """
    target = Path(target).absolute()
    begun = target / f"{CHANGES}.begun"
    _refuse(target, begun)
    truth = json.loads((target / TRUTH).read_text(encoding="utf-8"))
    chosen = _choose(truth["seed"], truth["cases"], seed)
    write_json(begun, {kind: [case.reference for case in cases] for kind, cases in chosen.items()})
    _change_register(target / REGISTER, _late(target, chosen["late_document"], seed), chosen["voided"])
    _reopen(database_path(target), chosen["reopened"])
    for path in (database_path(target), target / REGISTER, begun, target / "sources"):
        stamp(path, epoch(seed) + timedelta(days=365))
    begun.rename(target / CHANGES)
    stamp(target, epoch(seed) + timedelta(days=365))
    return {kind: [case.reference for case in cases] for kind, cases in chosen.items()}


def _refuse(target: Path, begun: Path) -> None:
    if not is_world(target):
        raise DemoError(f"{target} holds no demo world: build one first")
    if (target / CHANGES).exists():
        raise DemoError(f"{target} was changed before: build it anew to change it again")
    if begun.exists():
        raise DemoError(f"{target} was left half changed: build it anew")


def _candidates(world_seed: int, cases: int, seed: int) -> Iterator[Case]:
    """Clean cases in an order drawn by lot, each once."""
    plan, cast = draw_plan(world_seed, cases), draw_cast(world_seed, cases)
    clean = [index for index in range(cases) if index not in plan.dirt]
    for index in stream(world_seed, "change", seed).sample(clean, len(clean)):
        yield make_case(plan, cast, index)


def _choose(world_seed: int, cases: int, seed: int) -> dict[str, list[Case]]:
    chosen: dict[str, list[Case]] = {"late_document": [], "reopened": [], "voided": []}
    for case in _candidates(world_seed, cases, seed):
        fits = {"late_document": bool(case.documents), "reopened": case.closed is not None, "voided": True}
        kind = next((kind for kind, taken in chosen.items() if fits[kind] and len(taken) < EACH), None)
        if kind is None:
            break
        chosen[kind].append(case)
    if any(len(taken) < EACH for taken in chosen.values()):
        raise DemoError(f"a world of {cases} cases has too few clean ones to change: build 60 or more")
    return chosen


def _after(days: int) -> datetime:
    return datetime.fromisoformat(lexicon().world["first_day_after"]) + timedelta(days=days, hours=9)


def _late(target: Path, cases: list[Case], seed: int) -> dict[str, tuple[str, ...]]:
    """Puts a file on the share for each case; gives the register's new rows by reference code."""
    rows = {}
    share = Share(target / SHARE, seed)
    for days, case in enumerate(cases):
        number = len(case.documents) + 1
        path = f"{case.folder}/{_TITLE}.pdf"
        document = Document(number, _TITLE, _TITLE, path, "pdf", "I", _after(days))
        share.add(case, document)
        stamp(target / SHARE / case.folder, document.at)
        rows[case.reference] = document_row(case.reference, document)
    return rows


def _change_register(path: Path, late: dict[str, tuple[str, ...]], voided: list[Case]) -> None:
    void = {case.reference for case in voided}
    flag = COLUMNS.index("Makulerad")
    rows = read_rows(path)
    changed = []
    for row, following in zip(rows, [*rows[1:], ("",)], strict=True):
        is_void = row[0] in void and row[1] == "0"
        changed.append((*row[:flag], "J", *row[flag + 1 :]) if is_void else row)
        if row[0] in late and following[0] != row[0]:
            changed.append(late[row[0]])
    write_rows(path, changed)


def _reopen(path: Path, cases: list[Case]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        (last,) = connection.execute('SELECT max("HandelseID") FROM "Ärende_Händelser"').fetchone()
        for number, case in enumerate(cases, start=1):
            at = moment(_after(10 + number))
            event = (last + number, case.id, REOPENED, at, at, None, case.place_id, case.reference)
            connection.execute('UPDATE "Ärende" SET "AvslutsDatum" = NULL WHERE "ArendeID" = ?', (case.id,))
            connection.execute('INSERT INTO "Ärende_Händelser" VALUES (?, ?, ?, ?, ?, ?, ?, ?)', event)
