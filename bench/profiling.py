"""What `leverans source profile` costs: 20 tables of 50,000 rows × 10 columns, free text among them.

python -m bench.profiling [--tables N] [--rows N]
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

from leverans.sources import Definition, StreamDefinition, open_connector
from leverans.sources.profiling import profile

WORDS = [
    "ansökan",
    "om",
    "bygglov",
    "för",
    "å",
    "ä",
    "ö",
    "enligt",
    "beslut",
    "nämnden",
    "handläggare",
    "granne",
    "yttrande",
]
_COLUMNS = "id INTEGER PRIMARY KEY, sak_id INT, dnr, datum, namn, pnr, epost, fritext, belopp REAL, status"


def build(path: Path, tables: int, rows: int) -> None:
    """Make the database; its numbers of persons are invented and mostly wrong."""
    made = random.Random(1)  # no secret
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in range(tables):
            connection.execute(f"CREATE TABLE tabell_{number} ({_COLUMNS})")
            connection.executemany(
                f"INSERT INTO tabell_{number} VALUES (?,?,?,?,?,?,?,?,?,?)",  # our own name
                (_row(made, place, rows) for place in range(rows)),
            )


def _row(made: random.Random, place: int, rows: int) -> tuple[object, ...]:
    day = f"20{made.randrange(24):02}-0{1 + made.randrange(9)}-1{made.randrange(10)}"
    number = f"19{made.randrange(100):02}0101-{made.randrange(10_000):04}"
    text = " ".join(made.choices(WORDS, k=20))
    name, mail = f"Anna {made.choice(WORDS).title()}", f"a{place}@example.org"
    sak, state = made.randrange(rows), made.choice("abc")
    return place, sak, f"BN 2021-{place:06}", day, name, number, mail, text, place / 7, state


def main() -> None:
    """Build, profile and tell time and memory."""
    words = argparse.ArgumentParser()
    words.add_argument("--tables", type=int, default=20)
    words.add_argument("--rows", type=int, default=50_000)
    args = words.parse_args()
    streams = tuple(StreamDefinition(f"tabell_{number}", key=("id",)) for number in range(args.tables))
    definition = Definition("s", "s", "", "sql", {}, streams, "0" * 64, lambda _path: "")
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "x.sqlite", args.tables, args.rows)
        begun = time.perf_counter()
        with open_connector("db", definition, "x.sqlite", Path(folder)) as connector:
            seen = profile(connector, suspect=True)
        seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(f"{sum(one.rows for one in seen.tables)} rows, {seconds:.1f} s, peak {peak} MiB\n")


if __name__ == "__main__":
    main()
