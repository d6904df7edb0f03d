"""Golden pairs beside each mapping: made-up source rows and the archive objects they must become.

``mappings/<system>/golden/<name>.in.json|csv|xml`` → ``<name>.out.json``. The rows go through the same
binding and execution as a delivery's, with a catalogue made of the rows themselves. Tables of a
municipality's plan lie in ``golden/plan/``.
"""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leverans.blobs import commit
from leverans.errors import ConfigurationError, LeveransError
from leverans.mapping.api import bind, load
from leverans.mapping.layers import read
from leverans.mapping.plan import MappedBucket, Plan
from leverans.mapping.tools.covering import FieldPlace, marked
from leverans.mapping.tools.goldeninput import GoldenInput, read_input
from leverans.mapping.tools.plain import objects, plain_object

FOLDER = "golden"
_ENDINGS = ("*.in.json", "*.in.csv", "*.in.xml")
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class PairResult:
    """What became of one pair.

    Attributes:
        mapping: the mapping's file, relative to the content root.
        name: the pair's name.
        agrees: the result is the expected one.
        diff: a readable difference, empty when it agrees.
        missing: there is no ``.out.json`` yet.
        written: it was written now.
        faults: what made it impossible to run it; the other pairs run on.
    """

    mapping: str
    name: str
    agrees: bool
    diff: str = ""
    missing: bool = False
    written: bool = False
    faults: tuple[LeveransError, ...] = ()


@dataclass(slots=True)
class GoldenReport:
    """What became of all pairs.

    Attributes:
        pairs: every pair, sorted by file.
        uncovered: per mapping the fields that no pair puts to work.
        without: mappings that have no pair at all, and that none with a pair extends.
    """

    pairs: list[PairResult] = field(default_factory=list)
    uncovered: dict[str, list[FieldPlace]] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Every pair agrees."""
        return all(pair.agrees for pair in self.pairs)

    @property
    def sound(self) -> bool:
        """Every pair agrees, there is one, and no mapping lacks one."""
        return self.agrees and bool(self.pairs) and not self.without

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        names = ("mapping", "name", "agrees", "missing", "written", "diff")
        return {
            "agrees": self.agrees,
            "pairs": [
                {name: getattr(pair, name) for name in names}
                | {"faults": [_plain_fault(fault) for fault in pair.faults]}
                for pair in self.pairs
            ],
            "uncovered": {
                mapping: [{"field": place.name, "where": place.where} for place in places]
                for mapping, places in self.uncovered.items()
            },
            "without": self.without,
        }


def golden(content: Path, systems: Iterable[str] = (), *, update: bool = False) -> GoldenReport:
    """Run the golden pairs of systems, all by default.

    Args:
        content: the content root.
        systems: folders below ``mappings/``.
        update: write what comes out as the expected result.

    Raises:
        ConfigurationError: MTL012, a system has no pairs. What is wrong with one pair stands with it: MTL001
            or MTL002 its input is broken or names no mapping, MAP its mapping is broken or does not fit.
    """
    report = GoldenReport()
    wanted = list(systems)
    for system in wanted or _systems(content):
        folder = content / "mappings" / system
        inputs = sorted(path for ending in _ENDINGS for path in (folder / FOLDER).glob(ending))
        if wanted and not inputs:
            raise ConfigurationError("MTL012", f"mappings/{system}", system=system)
        _system(content, folder, inputs, report, update=update)
    return report


def _systems(content: Path) -> list[str]:
    return sorted(path.name for path in (content / "mappings").glob("[!_]*") if path.is_dir())


def _system(content: Path, folder: Path, inputs: list[Path], report: GoldenReport, *, update: bool) -> None:
    every: dict[str, set[FieldPlace]] = {}
    seen: dict[str, set[FieldPlace]] = {}
    layers: set[Path] = set()
    for path in inputs:
        try:
            given = read_input(path)
            plan = _bound(content, folder, path, given)
            report.pairs.append(_pair(path, given, plan, update=update))
        except ConfigurationError as fault:
            name = path.name.split(".in.")[0]
            told = fault.problems or (fault,)
            place = path.relative_to(content).as_posix()
            report.pairs.append(PairResult(place, name, agrees=False, faults=told))
            layers.add(folder / f"{name.partition('.')[0]}.yaml")  # it has a pair, though a broken one
            continue
        name = plan.mapping.name
        layers |= set(read(folder / f"{given.mapping}.yaml", content).files)
        known, made = _covered(given, plan)
        every[name] = known
        seen.setdefault(name, set()).update(made)
    for name, known in every.items():
        left = sorted(known - seen[name], key=lambda place: (_line(place.where), place.name))
        if left:
            report.uncovered[name] = left
    own = {
        path.relative_to(content).as_posix()
        for path in folder.glob("*.yaml")
        if not path.name.endswith(".rules.yaml")
    }
    touched = {path.resolve().relative_to(content.resolve()).as_posix() for path in layers}
    report.without += sorted(own - set(every) - touched)


def _plain_fault(fault: LeveransError) -> dict[str, Any]:
    text = {language: fault.text(language) for language in ("sv", "en")}
    return {"code": fault.code, "where": fault.where, "text": text}


def _line(where: str) -> tuple[str, int, int]:
    file, line, column = where.rsplit(":", 2)
    return file, int(line), int(column)


def _bound(content: Path, folder: Path, path: Path, given: GoldenInput) -> Plan:
    file = folder / f"{given.mapping}.yaml"
    if not file.is_file():
        raise ConfigurationError("MTL002", path.relative_to(content).as_posix(), name=given.mapping)
    mapping = load(file, content=content, plan_folder=path.parent / "plan", overlay=given.overlay or None)
    return bind(mapping, given.catalogues())


def _pair(path: Path, given: GoldenInput, plan: Plan, *, update: bool) -> PairResult:
    mapped = plan.execute(given.bucket(), given.shared(), given.context())
    made = outcome(mapped)
    target = path.with_name(f"{given.name}.out.json")
    before = target.read_text(encoding="utf-8") if target.is_file() else ""
    if update and made != before:
        with commit(path.parent) as group:
            group.file(target).write_text(made, encoding="utf-8")
        return PairResult(plan.mapping.name, given.name, agrees=True, written=True)
    diff = _difference(before, made, target.name)
    return PairResult(plan.mapping.name, given.name, made == before, diff, missing=not before)


def outcome(mapped: MappedBucket) -> str:
    """Give what a bucket became as text: objects, verdicts, what became of rows and documents."""
    plain = {
        "objects": [plain_object(case) for case in objects(mapped.tables)],
        "verdicts": [_short(row) for row in mapped.verdicts.to_pylist()],
        "rows": [_short(row) for row in mapped.rows.to_pylist()],
        "documents": [_short(row) for row in mapped.documents.to_pylist()],
    }
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def _short(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is absent, and the column of the line: a comment more in a mapping changes no result."""
    made = {name: value for name, value in row.items() if value not in {None, ""}}
    if "where" in made:
        made["where"] = made["where"].rsplit(":", 2)[0]
    return made


def _difference(before: str, made: str, name: str) -> str:
    lines = list(difflib.unified_diff(before.splitlines(), made.splitlines(), name, "now", n=3, lineterm=""))
    more = len(lines) - _MOST_LINES
    return "\n".join([*lines[:_MOST_LINES], *([f"… {more} lines more"] if more > 0 else [])])


def _covered(given: GoldenInput, plan: Plan) -> tuple[set[FieldPlace], set[FieldPlace]]:
    import dataclasses

    signs = marked(plan.mapping)
    run = dataclasses.replace(plan, mapping=signs.mapping)
    mapped = run.execute(given.bucket(), given.shared(), given.context())
    return signs.every(), signs.seen(mapped.tables)
