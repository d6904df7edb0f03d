"""The spine against a floor measured in the same run.

    make bench                                   # 1k, 10k and 50k files, five rounds each
    make bench BENCH_ARGS="--files 1000 --rounds 5"

The floor is ``cp -r`` and ``sha256sum`` of the same files; the second floor syncs the copy to disk. Floors
and deliveries take turns, each round on a fresh work root; printed are medians with min–max.
*packaging* is the building of the packages alone: documents copied and hashed, METS, PREMIS and ERMS, without
identification. PSS is that of the whole process tree of ``leverans run``, sampled five times a second.
"""

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
FILES_PER_CASE = 5


@dataclass
class Series:
    """Measurements of one size."""

    floor: list[float] = field(default_factory=list)
    synced: list[float] = field(default_factory=list)
    delivery: list[float] = field(default_factory=list)
    packaging: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    packaging_ratio: list[float] = field(default_factory=list)
    pss: list[float] = field(default_factory=list)
    stages: dict[str, list[float]] = field(default_factory=dict)
    files: int = 0


def main() -> None:
    args = _words()
    work = Path(args.work or tempfile.mkdtemp(prefix="leverans-bench-", dir=_var()))
    work.mkdir(parents=True, exist_ok=True)
    try:
        results = {files: _size(work, files, args.rounds, args.seed) for files in args.files}
        _print(results)
    finally:
        if not args.work:
            shutil.rmtree(work, ignore_errors=True)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", help="keep the worlds here")
    return parser.parse_args()


def _var() -> Path:
    (ROOT / "var").mkdir(exist_ok=True)
    return ROOT / "var"


def _size(work: Path, files: int, rounds: int, seed: int) -> Series:
    world, series = work / f"world-{files}", Series()
    if not (world / "truth.json").is_file():
        words = ["demo", "build", str(world), "--cases", str(files // FILES_PER_CASE), "--seed", str(seed)]
        _leverans([*words, "--content", str(ROOT)])
    share = world / "sources" / "share"
    series.files = sum(1 for path in share.rglob("*") if path.is_file())
    for number in range(rounds):
        floor = _floor(share, work / "copy", sync=False)
        synced = _floor(share, work / "copy", sync=True)
        outcome, wall, pss = _deliver(world, work / "home")
        series.floor.append(floor)
        series.synced.append(synced)
        series.delivery.append(wall)
        series.packaging.append(outcome["stages"]["build"])
        series.ratio.append(wall / floor)
        series.packaging_ratio.append(outcome["stages"]["build"] / floor)
        series.pss.append(pss / 1e6)
        for name, seconds in outcome["stages"].items():
            series.stages.setdefault(name, []).append(seconds)
        print(
            f"{files} files, round {number + 1}: floor {floor:.2f} s, delivery {wall:.2f} s", file=sys.stderr
        )
    return series


def _floor(share: Path, copy: Path, *, sync: bool) -> float:
    shutil.rmtree(copy, ignore_errors=True)
    command = 'cp -r "$1" "$2" && find "$2" -type f -print0 | xargs -0 sha256sum > /dev/null'
    if sync:
        command += ' && sync -f "$2"'
    since = time.monotonic()
    subprocess.run(["sh", "-c", command, "floor", str(share), str(copy)], check=True)
    spent = time.monotonic() - since
    shutil.rmtree(copy, ignore_errors=True)
    return spent


def _deliver(world: Path, home: Path) -> tuple[dict, float, float]:
    shutil.rmtree(home, ignore_errors=True)
    name = json.loads((world / "truth.json").read_text())["delivery"]
    words = ["run", name, "--json", "--content", str(world), "--home", str(home)]
    since = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "leverans", *words], stdout=subprocess.PIPE, env=_environment()
    )
    peak, stop = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, stop))
    watcher.start()
    out, _ = process.communicate()
    wall = time.monotonic() - since
    stop.set()
    watcher.join()
    shutil.rmtree(home, ignore_errors=True)
    if process.returncode != 0:
        raise SystemExit(f"leverans run ended with {process.returncode}: {out[:2000]!r}")
    return json.loads(out), wall, peak[0]


def _watch(pid: int, peak: list[float], stop: threading.Event) -> None:
    while not stop.wait(0.2):
        try:
            own = psutil.Process(pid)
            tree = [own, *own.children(recursive=True)]
        except psutil.Error:
            return
        total = 0
        for process in tree:
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        peak[0] = max(peak[0], total)


def _leverans(words: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "leverans", *words], check=True, env=_environment(), stdout=2)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("LEVERANS_")}


def _print(results: dict[int, Series]) -> None:
    print(
        f"{'files':>7} {'floor s':>16} {'with sync s':>16} {'delivery s':>16} {'ratio':>16}"
        f" {'packaging s':>16} {'packaging ratio':>16} {'files/s':>8} {'ms/file':>8} {'PSS MB':>7}"
    )
    per_file = {}
    for series in results.values():
        delivery = statistics.median(series.delivery)
        per_file[series.files] = delivery / series.files
        print(
            f"{series.files:>7} {_spread(series.floor):>16} {_spread(series.synced):>16}"
            f" {_spread(series.delivery):>16} {_spread(series.ratio):>16} {_spread(series.packaging):>16}"
            f" {_spread(series.packaging_ratio):>16} {series.files / delivery:>8.0f}"
            f" {1000 * delivery / series.files:>8.2f} {max(series.pss):>7.0f}"
        )
        stages = ", ".join(f"{name} {statistics.median(times):.2f}" for name, times in series.stages.items())
        print(f"{'':>7} stages (s): {stages}")
    sizes = sorted(per_file)
    for small, large in itertools.pairwise(sizes):
        print(f"per-file cost at {large} / at {small}: {per_file[large] / per_file[small]:.2f}")


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
