"""The ledger and the reconciliation, each against a floor measured in the same run.

    .venv/bin/python bench/ledger.py             # a million ledger objects, 50,000 stored ones
    .venv/bin/python bench/ledger.py --objects 1000000 --stored 100000 --rounds 3

*Ledger*: `Ledger.record_objects` of N objects in batches of 5,000, as packages bring them; the floor is a
plain sqlite3 ``executemany`` of the same rows into a table with the same columns and indexes and no triggers,
one transaction a batch, WAL.

*Reconciliation*: a real OCFL storage root is made by the archive's own store (S objects with ``case.json``
and a zip of one small document), and read back with the code that every run reconciles with: once as the
objects of this run, to the last byte, and once as those of earlier runs, by inventory and description. The
floor reads the same files. Real stores of a million objects need about 50 GB; what is printed for a million
is an extrapolation, and says so; two sizes are measured to see that the cost per object is flat.

Peak memory is the process's own (`ru_maxrss`) of a child that does nothing but that part.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import resource
import shutil
import sqlite3
import statistics
import tempfile
import time
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path

BATCH = 5_000
MILLION = 1_000_000
WANTED = {"ledger s": 30.0, "reconcile s": 60.0, "reconcile MB": 500.0}
DELIVERY = "bench/one"


def rows(start, number):
    """Objects as packages bring them: 12 parts each."""
    for at in range(start, start + number):
        own = str(uuid.UUID(int=(at * 0x9E3779B97F4A7C15F39CC0605CEDC835) % (1 << 128)))
        seed = hashlib.sha256(own.encode()).digest()
        yield {
            "object": own,
            "key": str(at),
            "reference": f"DNR-{at:08d}",
            "partition": str(1990 + at % 30),
            "route": "open",
            "disposition": "archived",
            "state": "new",
            "version": 1,
            "digest": seed.hex(),
            "package": "pack",
            "reason": None,
            "rule": None,
            "where": None,
            "closed": True,
            "parts": seed * 3,
            "documents": 1,
            "records": 1,
        }


def peak():
    """Megabytes of the largest resident set of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def begun(path):
    from leverans.clock import SystemClock
    from leverans.ledger import Ledger

    ledger = Ledger.open(path, "bench", SystemClock())
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    run = ledger.begin(
        DELIVERY, reference_time=moment, test=False, code_version="1", agreement="A", by="bench"
    )
    return ledger, run


def insert(folder, number):
    """Seconds and peak MB of recording the objects; making the rows is not counted."""
    import pyarrow as pa

    from leverans.ledger import OBJECT_COLUMNS

    ledger, run = begun(folder / "ledger.sqlite")
    seconds = 0.0
    with ledger:
        for start in range(0, number, BATCH):
            table = pa.Table.from_pylist(list(rows(start, min(BATCH, number - start))), schema=OBJECT_COLUMNS)
            since = time.monotonic()
            ledger.record_objects(run, f"part {start}", table)
            seconds += time.monotonic() - since
        since = time.monotonic()
        ledger.checkpoint(run, "bench", "done")
        seconds += time.monotonic() - since
    return seconds, peak()


def floor(folder, number):
    """Seconds and peak MB of the same rows by plain sqlite3."""
    connection = sqlite3.connect(folder / "floor.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA cache_size=-{64 * 1024}")
    names = list(next(rows(0, 1)))
    quoted = ", ".join(f'"{name}"' for name in names)
    connection.execute(f"CREATE TABLE o (sequence INTEGER PRIMARY KEY, batch, run, {quoted})")
    for name in ("object, run", "run, disposition", "key", "reference"):
        connection.execute(f"CREATE INDEX i_{name.replace(', ', '_')} ON o ({name})")
    places = ", ".join("?" for _ in names)
    statement = f"INSERT INTO o (batch, run, {quoted}) VALUES (1, 1, {places})"
    seconds = 0.0
    for start in range(0, number, BATCH):
        piece = [tuple(row.values()) for row in rows(start, min(BATCH, number - start))]
        since = time.monotonic()
        connection.execute("BEGIN")
        connection.executemany(statement, piece)
        connection.execute("COMMIT")
        seconds += time.monotonic() - since
    connection.close()
    return seconds, peak()


def build(folder, number):
    """Make a storage root with the archive's own store, and the ledger that knows it."""
    import pyarrow as pa

    from leverans.clock import FixedClock
    from leverans.delivery.versions import document_part
    from leverans.ledger import OBJECT_COLUMNS
    from leverans.settings import MunicipalityHome
    from leverans.store import NewVersion, StorageRoot, StoredFile, User

    home = MunicipalityHome(folder)
    root = StorageRoot.create_or_open(home.archive("open"))
    ledger, run = begun(home.ledger)

    def written(row):
        def write(target):
            document = f"handling {row['reference']}\n".encode() * 40
            sha256 = hashlib.sha256(document).hexdigest()
            with zipfile.ZipFile(target / "v1.zip", "w") as archive:
                archive.writestr(f"{row['object']}/1.txt", document)
            record = {"files": [{"sha256": sha256, "container": "v1.zip", "path": f"{row['object']}/1.txt"}]}
            told = {
                "id": row["object"],
                "content_digest": row["digest"],
                "title": "x" * 300,
                "records": [record],
            }
            (target / "case.json").write_text(json.dumps(told))
            row["parts"] = b"".join(sorted([row["parts"][:8], document_part(sha256)]))
            row["parts"] = bytes([row["parts"][0] & 0x7F]) + row["parts"][1:8] + document_part(sha256)
            paths = (target / "v1.zip", target / "case.json")
            return [
                StoredFile(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
                for path in paths
            ]

        return write

    with ledger:
        for start in range(0, number, BATCH):
            piece = list(rows(start, min(BATCH, number - start)))
            versions = (
                NewVersion(f"urn:uuid:{row['object']}", 1, "package pack", written(row)) for row in piece
            )
            root.put(versions, FixedClock(), User("bench", "urn:bench"))
            table = pa.Table.from_pylist(piece, schema=OBJECT_COLUMNS)
            ledger.record_objects(run, f"part {start}", table)
        ledger.finish(run, "complete", {})
    return 0.0, 0.0


def read_back(folder, number, *, whole):
    """Seconds and peak MB of reading back everything; `whole`: to the last byte."""
    from leverans.clock import SystemClock
    from leverans.delivery import reconciling
    from leverans.delivery.progress import Silent
    from leverans.ledger import Ledger
    from leverans.settings import MunicipalityHome

    home = MunicipalityHome(folder)
    result = reconciling.ReadBack()
    since = time.monotonic()
    with Ledger.open(home.ledger, "bench", SystemClock()) as ledger:
        tables, packages = ledger.current(DELIVERY), None if whole else set()
        compared = reconciling._compare  # noqa: SLF001  # what every run reconciles with
        compared(result, tables, home, packages, test=False, progress=Silent())
    seconds = time.monotonic() - since
    assert result.broken == 0, result.problems[:1]
    assert result.archived + result.kept == number
    return seconds, peak()


def read_floor(folder, *, whole):
    """Seconds of reading the same files and nothing else."""
    names = {"inventory.json", "inventory.json.sha256", "case.json"} | ({"v1.zip"} if whole else set())
    since, size = time.monotonic(), 0
    for top, folders, files in os.walk(folder / "archive"):
        inside = top.endswith("/v1")
        for name in files:
            if name in names and not (inside and name.startswith("inventory")):
                size += len(Path(top, name).read_bytes())
        folders.sort()
    return time.monotonic() - since, peak()


def apart(function, *words, **named):
    """Run in a child of its own, so that its peak memory is its own."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_child, args=(theirs, function, words, named))
    child.start()
    answer = ours.recv()
    child.join()
    return answer


def _child(pipe, function, words, named):
    pipe.send(function(*words, **named))


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def ratios(ours, floors):
    return spread([one / other for one, other in zip(ours, floors, strict=True)])


def told(name, value, wanted):
    verdict = "within" if value <= wanted else "ABOVE"
    print(f"  {name}: {value:.1f}, wanted at most {wanted:.0f}: {verdict}")


def bench_ledger(place, number, rounds):
    print(f"ledger: {number:,} objects, {rounds} rounds, floor and ledger in turns")
    floors, ours, memory = [], [], []
    for _ in range(rounds):
        for function, into in ((floor, floors), (insert, ours)):
            folder = Path(tempfile.mkdtemp(dir=place))
            seconds, megabytes = apart(function, folder, number)
            into.append(seconds)
            if function is insert:
                memory.append(megabytes)
            shutil.rmtree(folder)
    print(f"  floor s {spread(floors)}   ledger s {spread(ours)}   ratio {ratios(ours, floors)}")
    print(f"  peak MB {max(memory):.0f}")
    told("ledger s for a million", statistics.median(ours) * MILLION / number, WANTED["ledger s"])


def bench_reconciliation(place, number, rounds):
    per_object = {}
    for size in (max(1, number // 5), number):
        folder = Path(tempfile.mkdtemp(dir=place))
        apart(build, folder, size)
        print(f"reconciliation: {size:,} real objects, {rounds} rounds, page cache warm after the first")
        for whole, name in ((False, "by inventory and description"), (True, "to the last byte")):
            floors, ours, memory = [], [], []
            for _ in range(rounds):
                floors.append(apart(read_floor, folder, whole=whole)[0])
                seconds, megabytes = apart(read_back, folder, size, whole=whole)
                ours.append(seconds)
                memory.append(megabytes)
            print(f"  {name}: floor s {spread(floors)}   ours s {spread(ours)}")
            print(f"    ratio {ratios(ours, floors)}   peak MB {max(memory):.0f}")
            per_object[size, whole] = statistics.median(ours) / size, max(memory)
        shutil.rmtree(folder)
    for whole, name in ((False, "by inventory and description"), (True, "to the last byte")):
        small, large = per_object[max(1, number // 5), whole], per_object[number, whole]
        print(f"{name}: µs per object {small[0] * 1e6:.0f} → {large[0] * 1e6:.0f}")
        if not whole:
            least = max(1, number // 5)
            each = (large[0] * number - small[0] * least) / (number - least)
            mean = large[0] * MILLION
            print(f"  each further object {each * 1e6:.0f} µs; a million by the mean {mean:.0f} s")
            million = large[0] * number + each * (MILLION - number)
            told("extrapolated reconcile s for a million, the start once", million, WANTED["reconcile s"])
            told("peak MB", large[1], WANTED["reconcile MB"])
        else:
            print(f"  extrapolated s for a million, all of them new: {large[0] * MILLION:.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=MILLION, help="objects in the ledger")
    parser.add_argument("--stored", type=int, default=50_000, help="objects in the storage root")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--place", type=Path, help="where to work (default: the temporary folder)")
    args = parser.parse_args()
    place = Path(tempfile.mkdtemp(dir=args.place, prefix="bench-ledger-"))
    try:
        bench_ledger(place, args.objects, args.rounds)
        bench_reconciliation(place, args.stored, args.rounds)
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
