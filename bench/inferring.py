"""How well undeclared references are inferred, and what it costs to look at a big table.

    python -m bench.inferring [--rows N]

Precision and recall are of what `leverans new source` proposes; *first* is how many true references stand
first among the candidates of their column. The declarations of each database are not looked at.
"""

import argparse
import random
import resource
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.content import casedata_loader
from tests.sources.references import ALKT, NORTHWIND, declared

from leverans.sources.profiling import survey

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
COLUMNS = 15


def judged(path: Path, truth: set[tuple[str, tuple[str, ...], str]]) -> tuple[int, int, int, int]:
    """Give true references, how many stand first, how many are proposed, how many of those are true."""
    seen = survey("db", "x", "sql", path.name, path.parent, options={}, declared=False)
    first = {(one.table, one.columns, one.target) for one in seen.references if one.rank == 1}
    chosen = {(one.table, one.columns, one.target) for one in seen.chosen()}
    return len(truth), len(truth & first), len(chosen), len(truth & chosen)


def sources(folder: Path) -> dict[str, tuple[Path, set[tuple[str, tuple[str, ...], str]]]]:
    """Give each database with its true references."""
    casedata_loader.merge(folder / "casedata.sqlite", SHARED / "casedata_mariadb")
    databases = SHARED / "databases"
    chinook = databases / "chinook" / "Chinook_Sqlite.sqlite"
    people = databases / "employee_hr" / "employee.db"
    undeclared = {(one, (own,), other) for (one, own), (other, _) in casedata_loader.UNDECLARED.items()}
    merged = folder / "casedata.sqlite"
    return {
        "Northwind": (databases / "northwind" / "northwind.sqlite", NORTHWIND),
        "Chinook": (chinook, declared(chinook)),
        "employees": (people, declared(people)),
        "AlkT": (SHARED / "alkt_sqlserver" / "alkt.sqlite", ALKT),
        "CaseData": (merged, declared(merged) | undeclared),
    }


def big(path: Path, rows: int) -> None:
    """Write one table of fifteen columns."""
    luck = random.Random(1)  # a benchmark
    names = ", ".join(f"kolumn_{number}" for number in range(COLUMNS - 4))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE arende (id INTEGER PRIMARY KEY, dnr, oppnad, avslutad, {names})")
        made = (
            (
                number,
                f"SN {1990 + number % 35}/{number}",
                f"{1990 + number % 35}-{luck.randrange(1, 13):02}-{luck.randrange(1, 29):02}",
                None if number % 9 == 0 else f"{1991 + number % 34}-01-02 10:00:00",
                *(f"{luck.randrange(10 ** (at + 1)):x} text" for at in range(COLUMNS - 4)),
            )
            for number in range(rows)
        )
        connection.executemany(f"INSERT INTO arende VALUES ({', '.join('?' * COLUMNS)})", made)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sys.stdout.write(
            "| source | true | first | proposed | recall | precision |\n|---|---|---|---|---|---|\n"
        )
        for source, (path, truth) in sources(folder).items():
            true, first, chosen, found = judged(path, truth)
            shares = f"{found / true:.0%} | {found / max(1, chosen):.0%}"
            sys.stdout.write(f"| {source} | {true} | {first} | {chosen} | {shares} |\n")
        if rows:
            big(folder / "big.sqlite", rows)
            start = time.perf_counter()
            survey("db", "x", "sql", "big.sqlite", folder, options={})
            used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            sys.stdout.write(
                f"\n{rows} rows × {COLUMNS} columns: {time.perf_counter() - start:.0f} s, peak {used} MB\n"
            )


if __name__ == "__main__":
    main()
