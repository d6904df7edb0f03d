"""What checks cost: each engine alone, Great Expectations' import, and their share of a delivery.

    .venv/bin/python bench/checks.py                   # engines on 100k objects, a delivery of 2,000 cases
    .venv/bin/python bench/checks.py --cases 0         # the engines alone
    .venv/bin/python bench/checks.py --rows 1000000 --rounds 5

Engines evaluate the shipped rules of one mapping on made-up tables, in buckets of 2,000 objects as a delivery
does; printed are rows (objects, agents, records … that rules looked at) per second, medians with min–max of
rounds that take turns. The share is (check + count) of the wall time that ``leverans run --json`` tells per
stage, import of Great Expectations included as far as the run had to wait for it.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAPPING = ROOT / "mappings" / "alkt" / "serveringstillstand.yaml"
PLAN = ROOT / "municipalities" / "mora" / "plan"
BUCKET = 2_000
IMPORT = (
    "import time, resource, pyarrow, pandas\n"
    "before = resource.getrusage(resource.RUSAGE_SELF)\n"
    "import leverans.quality\n"
    "since = time.monotonic()\n"
    "import leverans.quality.gx\n"
    "after = resource.getrusage(resource.RUSAGE_SELF)\n"
    "print(time.monotonic() - since, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,"
    " (after.ru_maxrss - before.ru_maxrss) / 1024)"
)


def main() -> None:
    args = _words()
    _importing(args.rounds)
    _engines(args.rows, args.rounds)
    if args.cases:
        _delivery(args.cases, args.rounds)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000, help="objects that the engines look at")
    parser.add_argument("--cases", type=int, default=2_000, help="cases of the delivery, 0 for none")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _importing(rounds: int) -> None:
    measured = []
    for _ in range(rounds):
        done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
        measured.append([float(word) for word in done.stdout.split()])
    wall, cpu, memory = (_spread(list(column)) for column in zip(*measured, strict=True))
    print(f"import of Great Expectations: {wall} s wall, {cpu} s CPU, {memory} MB")


def _engines(rows: int, rounds: int) -> None:
    from leverans.mapping import load
    from leverans.quality import EXPECTATION, Facts, engine_for, outcomes

    checks = load(MAPPING, content=ROOT, plan_folder=PLAN).checks
    own = [check for check in checks if check.kind != EXPECTATION]
    asked = [check for check in checks if check.kind == EXPECTATION]
    pairs = [("own kinds", own), ("Great Expectations", asked), ("together", list(checks))]
    buckets = [_tables(BUCKET, start) for start in range(0, rows, BUCKET)]
    facts = Facts(as_of=date(2026, 6, 30))
    outcomes(checks, buckets[0], facts)
    speeds: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, chosen in pairs:
            engine, since = engine_for(chosen), time.monotonic()
            looked = sum(
                one.looked_at for tables in buckets for one in outcomes(chosen, tables, facts, engine)
            )
            spent = time.monotonic() - since
            speeds.setdefault(name, []).append(looked / spent)
            seconds.setdefault(name, []).append(spent)
    for name, chosen in pairs:
        what = f"{name} ({len(chosen)} rules, {rows} objects, {len(buckets)} buckets)"
        print(f"{what}: {_spread(seconds[name])} s, {statistics.median(speeds[name]):,.0f} rows/s")


def _tables(size: int, start: int) -> dict:
    import pyarrow as pa

    from leverans.model import Agent, Case, File, Record, Restriction, disassemble

    def record(case: int, at: int) -> Record:
        file = File(id=f"f{case}-{at}", name="a.pdf", sha256="0" * 64, size=1, crc32=0)
        return Record(
            id=f"r{case}-{at}", key=str(at), title=f"Handling {at}", created="2003-04-02", files=(file,)
        )

    made = [
        Case(
            id=f"c{number}", key=str(number), partition="2003", reference_code=f"ALK-2003-{number:06d}",
            title="Ansökan om stadigvarande tillstånd", status="closed", classification_code="6.3.2",
            opened="2003-04-02", closed="2003-09-01",
            agents=(Agent("owner", "Bolaget", id_number="555555-5555"), Agent("counterpart", "Anna Ek")),
            restrictions=(Restriction("secrecy", "full", law="OSL 30 kap. 23 §"),),
            records=tuple(record(number, at) for at in range(5)),
        )
        for number in range(start, start + size)
    ]  # fmt: skip
    tables = disassemble(made)
    roots = tables["file"]["root"]
    nothing = pa.nulls(len(roots), pa.string())
    landed = pa.array(["landed"] * len(roots))
    tables["document"] = pa.table(
        {"root": roots, "status": landed, "disposition": nothing, "stream": nothing}
    )
    return tables


def _delivery(cases: int, rounds: int) -> None:
    work = Path(tempfile.mkdtemp(prefix="leverans-bench-", dir=_var()))
    try:
        words = ["demo", "build", str(work / "world"), "--cases", str(cases), "--content", str(ROOT)]
        _leverans(words)
        shares: dict[str, list[float]] = {"with the shipped rules": [], "without the file of rules": []}
        for _ in range(rounds):
            for name, measured in shares.items():
                measured.append(_run(work, rules=name.startswith("with the")))
        for name, measured in shares.items():
            print(f"share of checks in a delivery of {cases} cases {name}: {_spread(measured)} %")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run(work: Path, *, rules: bool) -> float:
    path = work / "world" / MAPPING.relative_to(ROOT).with_name(f"{MAPPING.stem}.rules.yaml")
    aside = path.with_suffix(".aside")
    if path.exists() and not rules:
        path.rename(aside)
    elif aside.exists() and rules:
        aside.rename(path)
    shutil.rmtree(work / "home", ignore_errors=True)
    out = _leverans(
        ["run", "mora/alkt", "--json", "--content", str(work / "world"), "--home", str(work / "home")]
    )
    told = json.loads(out)
    stages = told["stages"]
    print(f"  {told['seconds']} s: {stages}", file=sys.stderr)
    return 100 * (stages["check"] + stages["count"]) / told["seconds"]


def _leverans(words: list[str]) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEVERANS_")}
    done = subprocess.run(
        [sys.executable, "-m", "leverans", *words],
        check=True,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def _var() -> Path:
    (ROOT / "var").mkdir(exist_ok=True)
    return ROOT / "var"


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f})"


if __name__ == "__main__":
    main()
