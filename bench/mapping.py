"""Mapping alone: landed Parquet in, archive objects out, beside a script that somebody wrote by hand.

    .venv/bin/python bench/mapping.py                                # 1 M cases, 5 M records, 5 M files
    .venv/bin/python bench/mapping.py --cases 20000 100000           # two sizes, and the growth per row

Generated cases of the shipped AlkT mapping: for each case its row, a decision, two events, six rows of the
register and five documents: 15 source rows. They lie as Parquet, a file per stream and bucket. Each
measurement is a process of its own, on one core: rows per second of processor time, peak RSS of the process
(``ru_maxrss``), and what each row costs more in the largest size than in the smallest. The hand-written
script (pandas, `bench/mapping_by_hand.py`) reads the same files and makes the same objects, without verdicts,
dispositions of rows and documents, protection of persons, or lineage.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from mapping_rows import ROWS_PER_CASE, generate

ROOT = Path(__file__).resolve().parents[1]
WANTED = {"rows_per_second": 200_000, "rss_gb": 1.5, "growth": 1.15, "ratio": 1.5}


def main() -> None:
    args = _words()
    if args.worker:
        _work(args.worker, Path(args.work))
        return
    work = Path(args.work or tempfile.mkdtemp(prefix="leverans-mapping-", dir=_var()))
    try:
        results = {cases: _size(work, cases, args) for cases in sorted(args.cases)}
        _print(results)
    finally:
        if not args.work:
            shutil.rmtree(work, ignore_errors=True)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--bucket", type=int, default=10_000, help="cases in a bucket")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--hand", type=int, default=1, help="0 leaves the hand-written script out")
    parser.add_argument("--work", help="keep the generated files here")
    parser.add_argument("--worker", choices=sorted(_WORKERS), help=argparse.SUPPRESS)
    return parser.parse_args()


def _var() -> Path:
    (ROOT / "var").mkdir(exist_ok=True)
    return ROOT / "var"


def _size(work: Path, cases: int, args: argparse.Namespace) -> dict[str, Any]:
    folder = work / str(cases)
    if not (folder / "done").exists():
        generate(folder, cases, args.bucket)
    names = ["leverans", "by_hand"] if args.hand else ["leverans"]
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(args.rounds):
        for name in names:
            rounds[name].append(_measured(name, folder))
    rows = cases * ROWS_PER_CASE
    made = {
        name: {key: statistics.median(one[key] for one in found) for key in found[0]}
        for name, found in rounds.items()
    }
    return {"rows": rows, **made}


def _measured(name: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--worker", name, "--work", str(folder)]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return measured


# The workers: a process each, on one core


def _work(name: str, folder: Path) -> None:
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    begun, wall = time.process_time(), time.perf_counter()
    made = _WORKERS[name](folder)
    print(json.dumps({
        "seconds": time.process_time() - begun,
        "wall": time.perf_counter() - wall,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "made": made,
    }))  # fmt: skip


def _tables(folder: Path, prefix: str = "") -> dict[str, pa.Table]:
    return {
        path.name.removeprefix(prefix).removesuffix(".parquet"): pq.read_table(path, use_threads=False)
        for path in sorted(folder.glob(f"{prefix}*.parquet" if prefix else "[!0-9]*.parquet"))
    }


def _buckets(folder: Path) -> Iterator[dict[str, pa.Table]]:
    for number in sorted({path.name[:6] for path in folder.glob("[0-9]*.parquet")}):
        yield _tables(folder, number)


def _leverans(folder: Path) -> int:
    from leverans.contracts import Catalogue, Column, Stream
    from leverans.mapping import Context, bind, load

    keys = {"Ärende": ("ArendeID",), "Ärende_Beslut": ("BeslutsID",), "Ärende_Händelser": ("HandelseID",),
            "Objekt": ("ObjektID",), "Ägare": ("AgarID",), "Klartext": ("Kodtyp", "Kod"),
            "register": ("DiarieNr", "Löpnr"), "share": ("ref",)}  # fmt: skip
    shared = _tables(folder)
    first = next(_buckets(folder))
    streams: dict[str, list[Stream]] = {}
    for name, table in (shared | first).items():
        source, short = name.split(".", 1)
        columns = tuple(
            Column(one.name, "int64" if one.type == pa.int64() else "string") for one in table.schema
        )
        kind = "documents" if source == "share" else "table"
        streams.setdefault(source, []).append(Stream(short, kind, columns, keys[short]))
    mapping = load(
        ROOT / "mappings/alkt/serveringstillstand.yaml",
        content=ROOT,
        plan_folder=ROOT / "municipalities/mora/plan",
    )
    plan = bind(mapping, {name: Catalogue(name, name, tuple(found)) for name, found in streams.items()})
    said = Context(
        municipality="mora",
        system="alkt",
        secret=b"k" * 32,
        creators=(("Nämnden", date(1986, 1, 1), None),),
        reference_time=datetime(2026, 1, 1, tzinfo=UTC),
        period=(date(1996, 1, 1), date(2025, 12, 31)),
    )
    made = 0
    for bucket in _buckets(folder):
        mapped = plan.execute(bucket, shared, said)
        made += sum(table.num_rows for table in mapped.tables.values())
    return made


def _by_hand(folder: Path) -> int:
    from mapping_by_hand import archive_objects

    shared = {name: table.to_pandas() for name, table in _tables(folder).items()}
    made = 0
    for bucket in _buckets(folder):
        frames = {name: table.to_pandas() for name, table in bucket.items()}
        made += sum(len(frame) for frame in archive_objects(frames, shared).values())
    return made


_WORKERS: dict[str, Callable[[Path], int]] = {"leverans": _leverans, "by_hand": _by_hand}


def _print(results: dict[int, dict[str, Any]]) -> None:
    heads = ("cases", "source rows", "rows/s", "by hand", "ratio", "peak RSS", "us/row", "made")
    print("".join(f"{head:>13}" for head in heads))
    for cases, found in results.items():
        own, hand = found["leverans"], found.get("by_hand")
        cells = [
            f"{cases:,}",
            f"{found['rows']:,}",
            f"{found['rows'] / own['seconds']:,.0f}",
            f"{found['rows'] / hand['seconds']:,.0f}" if hand else "-",
            f"{own['seconds'] / hand['seconds']:.2f}" if hand else "-",
            f"{own['rss'] / 1e9:.2f} GB",
            f"{own['seconds'] / found['rows'] * 1e6:.2f}",
            f"{own['made']:,.0f}" if not hand or own["made"] == hand["made"] else "not equal",
        ]
        print("".join(f"{cell:>13}" for cell in cells))
    first, last = results[min(results)], results[max(results)]
    each = [one["leverans"]["seconds"] / one["rows"] for one in (first, last)]
    print(f"growth per row from the smallest to the largest: {each[1] / each[0]:.2f}")
    print(f"wanted: {json.dumps(WANTED)}")


if __name__ == "__main__":
    main()
