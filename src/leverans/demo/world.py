"""Builds a whole world: beside its place first, moved there when it is finished."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from leverans.demo.cases import make_case
from leverans.demo.cast import Cast, draw_cast
from leverans.demo.database import Database
from leverans.demo.dirt import soil
from leverans.demo.errors import DemoError
from leverans.demo.files import SUFFIXES
from leverans.demo.lexicon import lexicon
from leverans.demo.plan import Plan, draw_plan
from leverans.demo.register import Register
from leverans.demo.share import Share, epoch, stamp
from leverans.demo.streams import stream
from leverans.demo.things import Case, Document
from leverans.demo.truth import Truth

SOURCES: Final = "sources"
SHARE: Final = "sources/share"
REGISTER: Final = "sources/register.csv"
TRUTH: Final = "truth.json"

Progress = Callable[[int, int], None]


def build(target: Path, *, cases: int = 2000, seed: int = 1, progress: Progress | None = None) -> Path:
    """Builds the world of this seed and size at `target` and returns the path.

    The same seed and size give the same bytes and times of every file. `target` may be absent, empty or a
    world built before, which is replaced. `progress` is called with (cases written, cases in all).
    Every kind of dirt is there from 60 cases on.

    Raises:
        DemoError: something else is at `target`, or `cases` is less than 1.
    """
    if cases < 1:
        raise DemoError(f"a world of {cases} cases cannot be built: ask for one case or more")
    target = Path(target).absolute()
    _refuse_strangers(target)
    building = target.with_name(f".{target.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    try:
        _fill(building, cases, seed, progress or (lambda _done, _all: None))
        _install(building, target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target


def is_world(path: Path) -> bool:
    """Whether a finished world stands at this path."""
    return (path / TRUTH).is_file() and (path / REGISTER).is_file() and database_path(path).is_file()


def database_path(world: Path) -> Path:
    """The database of a world."""
    name: str = lexicon().world["database"]
    return world / SOURCES / name


def write_json(path: Path, value: Any) -> None:
    """Writes a JSON file the way the world keeps them."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _refuse_strangers(target: Path) -> None:
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir() or target.is_symlink():
        raise DemoError(f"{target} is no folder: choose another place for the demo world")
    if any(target.iterdir()) and not is_world(target):
        raise DemoError(f"{target} holds something else than a demo world: choose an empty or new folder")


def _install(building: Path, target: Path) -> None:
    before = target.with_name(f".{target.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if target.exists():
        target.rename(before)
    building.rename(target)
    shutil.rmtree(before, ignore_errors=True)


def _fill(root: Path, cases: int, seed: int, progress: Progress) -> None:
    (root / SHARE).mkdir(parents=True)
    plan, cast, truth, share = (
        draw_plan(seed, cases),
        draw_cast(seed, cases),
        Truth(),
        Share(root / SHARE, seed),
    )
    with Database(database_path(root)) as database, Register(root / REGISTER) as register:
        database.add_cast(cast)
        for index in range(cases):
            case = _write_case(plan, cast, index, (database, register, share), truth)
            if index in plan.orphans:
                truth.orphans.append(str(database.add_orphan(case)))
            progress(index + 1, cases)
    _litter(plan, cast, share, truth)
    counts = {"tables": database.rows, "files": share.files, "register_rows": register.rows}
    write_json(root / TRUTH, truth.as_dict(seed=seed, cases=cases, counts=counts))
    _settle(root, seed)


def _write_case(
    plan: Plan, cast: Cast, index: int, writers: tuple[Database, Register, Share], truth: Truth
) -> Case:
    case = make_case(plan, cast, index)
    kind, number = plan.dirt.get(index, (None, 0))
    keys = soil(case, kind, number, plan.seed) if kind else []
    for writer in writers:
        writer.add_case(case)
    truth.add(case, kind, keys)
    return case


def _litter(plan: Plan, cast: Cast, share: Share, truth: Truth) -> None:
    """Leaves files on the share that belong to no case at all."""
    chance = stream(plan.seed, "litter")
    for number in range(1, 2 + max(1, len(plan.ids) // 500)):
        index = chance.randrange(len(plan.ids))
        case = make_case(plan, cast, index)
        kind = chance.choice(tuple(SUFFIXES))
        folder = chance.choice(("Mallar", f"{case.opened.year}"))
        path = f"{folder}/Osorterat {number}{SUFFIXES[kind]}"
        at = case.opened + timedelta(days=1)
        share.add_loose(case, Document(100 + number, "Arbetsmaterial", "", path, kind, "", at))
        truth.outside.append(path)


def _settle(root: Path, seed: int) -> None:
    """Gives every file and folder that is no case's the time of the world, folders last."""
    share = root / SHARE
    years = sorted(share.iterdir())
    for path in (database_path(root), root / REGISTER, root / TRUTH, *years, share, root / SOURCES, root):
        stamp(path, epoch(seed))
