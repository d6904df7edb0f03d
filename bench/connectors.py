"""Landing a table out of each database: rows per second and memory, beside a floor measured in the same run.

    .venv/bin/python bench/connectors.py                       # 100k rows × 15 columns, three rounds
    .venv/bin/python bench/connectors.py --rows 1000000 --engines postgresql,mariadb,sqlite
    .venv/bin/python bench/connectors.py --engines postgresql-odbc,mariadb-odbc
    .venv/bin/python bench/connectors.py --documents 1000      # BLOBs of 200 KB besides

Every figure is that of a process of its own: `land` (Parquet in buckets, digests, control totals before
and after), the floor (the driver's own rows, thrown away: COPY, SSCursor, sqlite3), pandas.read_sql in
chunks, and connectorx where it is installed. They take turns; printed are medians with min–max, and the peak
of resident memory above that of the imports. Servers are the suite's own: private folders, private ports.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
READER = "reader"
COLUMNS = 15
STREAM = "  matt: {key: [id], root: {by: [id]}}\n"
FILES = "  fil: {key: [id], root: {by: [id]}, documents: [{column: data}]}\n"
VALUES = (
    "{n}, {n} * 7, {n} % 97, {n} / 3.0, {n} * 1.25, concat('rubrik ', {n}), concat('Åtgärd nr ', {n} % 1000),"
    " concat('text ', {n}, ' å ä ö'), '2024-02-29', '2024-02-29 12:00:00', concat('k', {n} % 12), NULL,"
    " concat('enhet ', {n} % 50), {n} % 2, concat('rad ', {n})"
)
TYPES = (
    "id bigint PRIMARY KEY, a bigint, b int, c double precision, d numeric(14,2), e varchar(40),"
    " f varchar(40), g varchar(60), h date, i timestamp NULL, j varchar(9), k varchar(9), l varchar(20),"
    " m int, n varchar(40)"
)


def main() -> None:
    words = _words()
    if words.child:
        print(json.dumps(_child(json.loads(words.child))))
        return
    with tempfile.TemporaryDirectory(dir=words.folder) as folder, ExitStack() as stack:
        Path(folder).chmod(0o755)
        for name in words.engines.split(","):
            kind, _, route = name.partition("-")
            home = Path(folder) / name
            home.mkdir()
            place = _ENGINES[kind](stack, home, words.rows, words.documents)
            place |= {"engine": kind, "location": place["location"] + (f"?route={route}" if route else "")}
            _measure(name, place, Path(folder), words)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--documents", type=int, default=0, help="BLOBs of 200 KB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", default="postgresql,mariadb,sqlite,firebird")
    parser.add_argument("--hows", default="land,floor,pandas,connectorx", help="which of them")
    parser.add_argument("--folder", help="where everything lies, instead of the usual temporary folder")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(name: str, place: dict[str, str], folder: Path, words: argparse.Namespace) -> None:
    hows = ["land", "floor", "pandas"]
    if importlib.util.find_spec("connectorx") is not None and name != "firebird":
        hows.append("connectorx")
    hows = [how for how in hows if how in words.hows.split(",")]
    found: dict[str, list[dict[str, float]]] = {how: [] for how in hows}
    for _ in range(words.rounds):
        for how in hows:
            found[how].append(_run({**place, "how": how, "folder": str(folder)}))
    print(f"{name}, {words.rows} rows × {COLUMNS} columns")
    base = statistics.median(one["seconds"] for one in found.get("floor", found[hows[0]]))
    for how in hows:
        speeds = [words.rows / one["seconds"] / 1000 for one in found[how]]
        peak = max(one["peak"] for one in found[how])
        ratio = statistics.median(one["seconds"] for one in found[how]) / base
        print(
            f"  {how:10} {_spread(speeds)} thousand rows/s, {ratio:.2f} × floor, {peak:.0f} MB above import"
        )
    if words.documents and name != "firebird":
        told = _run({**place, "how": "documents", "folder": str(folder)})
        print(
            f"  documents  {told['bytes'] / told['seconds'] / 1e6:.0f} MB/s,"
            f" {told['peak']:.0f} MB above import"
        )


def _run(task: dict[str, str]) -> dict[str, float]:
    words = [sys.executable, __file__, "--child", json.dumps(task)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _spread(numbers: list[float]) -> str:
    return f"{statistics.median(numbers):.0f} ({min(numbers):.0f}–{max(numbers):.0f})"


def _peak() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _child(task: dict[str, str]) -> dict[str, float]:
    work: Callable[[dict[str, str]], Callable[[], int]] = _HOW[task["how"]]
    run = work(task)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, begun = _peak(), time.perf_counter()
    number = run()
    return {"seconds": time.perf_counter() - begun, "peak": _peak() - before, "bytes": number}


def _landing(task: dict[str, str], streams: str = STREAM) -> Callable[[], int]:
    from tests.sources.building import definition
    from tests.support.databases import PASSWORD

    from leverans.blobs import ContentStore
    from leverans.sources import Access, Secret, land, open_connector

    folder = Path(tempfile.mkdtemp(dir=task["folder"]))
    if task["engine"] == "firebird":
        streams = streams.replace("matt", "MATT").replace("id]", "ID]")
    access = Access({"password": Secret(PASSWORD)})
    connector = open_connector(
        "db", definition(folder / "c", "sql", streams), task["location"], folder, access
    )

    warm = open_connector(
        "w", definition(folder / "w", "sql", "  LITEN: {shared: true}\n"), task["location"], folder, access
    )
    with warm:  # what is imported on the way is imported now
        land("m/w", [warm], root=folder / "warm", store=ContentStore(folder / "warm-blobs"))

    def run() -> int:
        with connector:
            landed = land("m/d", [connector], root=folder / "out", store=ContentStore(folder / "blobs"))
        return landed.manifest.documents.bytes

    return run


def _floor(task: dict[str, str]) -> Callable[[], int]:
    def run() -> int:
        return sum(1 for _ in _raw(task))

    return run


def _raw(task: dict[str, str]) -> Iterator[Any]:
    """Rows as the driver gives them."""
    with ExitStack() as stack:
        if task["engine"] == "postgresql":
            connection = stack.enter_context(_server(task).connect("bench"))
            cursor = stack.enter_context(connection.cursor())
            copy = stack.enter_context(
                cursor.copy("COPY (SELECT * FROM matt ORDER BY id) TO STDOUT (FORMAT csv)")
            )
            yield from copy
        elif task["engine"] == "mariadb":
            from pymysql.cursors import SSCursor

            cursor = stack.enter_context(stack.enter_context(_server(task).connect("bench")).cursor(SSCursor))
            cursor.execute("SELECT * FROM matt ORDER BY id")
            yield from cursor
        elif task["engine"] == "sqlite":
            import sqlite3

            yield from sqlite3.connect(task["location"]).execute("SELECT * FROM matt ORDER BY id")
        else:
            cursor = stack.enter_context(stack.enter_context(_server(task).connect("bench")).cursor())
            cursor.execute("SELECT * FROM MATT ORDER BY ID")
            yield from cursor


def _pandas(task: dict[str, str]) -> Callable[[], int]:
    import pandas as pd
    import sqlalchemy as sa

    def run() -> int:
        if task["engine"] in {"sqlite", "firebird"}:
            import sqlite3

            opened: Any = (
                sqlite3.connect(task["location"])
                if task["engine"] == "sqlite"
                else _server(task).connect("bench")
            )
        else:
            kind = {"postgresql": "postgresql+psycopg", "mariadb": "mysql+pymysql"}[task["engine"]]
            made = sa.create_engine(
                f"{kind}://", creator=lambda: _server(task).connect("bench", autocommit=False)
            )
            opened = made.connect().execution_options(stream_results=True)
        return sum(
            len(part) for part in pd.read_sql("SELECT * FROM matt ORDER BY id", opened, chunksize=10_000)
        )

    return run


def _connectorx(task: dict[str, str]) -> Callable[[], int]:
    import connectorx
    from tests.support.databases import PASSWORD

    place = f"sqlite://{task['location']}"
    if task["engine"] != "sqlite":
        kind = "mysql" if task["engine"] == "mariadb" else "postgresql"
        place = f"{kind}://admin:{quote(PASSWORD, safe='')}@127.0.0.1:{task['port']}/bench"
    return lambda: len(connectorx.read_sql(place, "SELECT * FROM matt ORDER BY id", return_type="arrow"))


_HOW: dict[str, Any] = {
    "land": _landing,
    "documents": lambda task: _landing(task, FILES),
    "floor": _floor,
    "pandas": _pandas,
    "connectorx": _connectorx,
}


def _server(task: dict[str, str]) -> Any:
    from tests.support import databases

    kind = {"postgresql": databases.Postgres, "mariadb": databases.Maria, "firebird": databases.Firebird}
    server = kind[task["engine"]](Path(task["home"]))
    server.port = int(task["port"])
    return server


def _postgres(stack: ExitStack, folder: Path, rows: int, documents: int) -> dict[str, str]:
    from tests.support.databases import PASSWORD, Postgres

    (folder / "pg").mkdir()
    server = Postgres(folder / "pg").start()
    stack.callback(server.stop)
    server.sql(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
    server.sql("CREATE DATABASE bench")
    server.sql(f"CREATE TABLE matt ({TYPES})", "bench")
    told = (
        VALUES.format(n="n")
        .replace("'2024-02-29'", "date '2024-02-29'")
        .replace("'2024-02-29 12", "timestamp '2024-02-29 12")
    )
    server.sql(f"INSERT INTO matt SELECT {told} FROM generate_series(1, {rows}) g(n)", "bench")
    server.sql('CREATE TABLE fil (id int PRIMARY KEY, data bytea); CREATE TABLE "LITEN" (x int)', "bench")
    server.sql(
        "INSERT INTO fil SELECT n, decode(repeat(md5(n::text), 12500), 'hex')"
        f" FROM generate_series(1, {documents}) g(n)",
        "bench",
    )
    server.sql(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; ANALYZE;"
        f" GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}",
        "bench",
    )
    return {"location": server.address("bench"), "home": str(folder / "pg"), "port": str(server.port)}


def _maria(stack: ExitStack, folder: Path, rows: int, documents: int) -> dict[str, str]:
    from tests.support.databases import PASSWORD, Maria

    (folder / "my").mkdir()
    server = Maria(folder / "my").start()
    stack.callback(server.stop)
    server.sql("CREATE DATABASE bench", f"CREATE USER {READER}@'%' IDENTIFIED BY '{PASSWORD}'")
    server.sql(f"GRANT SELECT ON bench.* TO {READER}@'%'")
    server.sql(
        f"CREATE TABLE matt ({TYPES})",
        f"INSERT INTO matt SELECT {VALUES.format(n='seq')} FROM seq_1_to_{rows}",
        "CREATE TABLE fil (id int PRIMARY KEY, data longblob)",
        "CREATE TABLE LITEN (x int)",
        database="bench",
    )
    if documents:
        made = "repeat(unhex(md5(seq)), 12500)"
        server.sql(f"INSERT INTO fil SELECT seq, {made} FROM seq_1_to_{documents}", database="bench")
    return {"location": server.address("bench"), "home": str(folder / "my"), "port": str(server.port)}


def _sqlite(_stack: ExitStack, folder: Path, rows: int, documents: int) -> dict[str, str]:
    import sqlite3

    path = folder / "bench.sqlite"
    with sqlite3.connect(path) as connection:
        connection.create_function("concat", -1, lambda *parts: "".join(map(str, parts)), deterministic=True)
        connection.execute(f"CREATE TABLE matt ({TYPES})")
        series = "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {})"
        connection.execute(f"{series.format(rows)} INSERT INTO matt SELECT {VALUES.format(n='n')} FROM g")
        connection.execute("CREATE TABLE fil (id integer PRIMARY KEY, data blob)")
        connection.execute("CREATE TABLE LITEN (x int)")
        if documents:
            connection.execute(
                f"{series.format(documents)} INSERT INTO fil SELECT n, randomblob(200000) FROM g"
            )
    connection.close()
    return {"location": str(path)}


def _firebird(stack: ExitStack, folder: Path, rows: int, _documents: int) -> dict[str, str]:
    from tests.support.databases import Firebird

    (folder / "fb").mkdir()
    server = Firebird(folder / "fb").start()
    stack.callback(server.stop)
    server.make("bench")
    types = TYPES.replace("timestamp NULL", "timestamp").replace("id bigint", "id bigint NOT NULL")
    told = (
        ":n, :n * 7, MOD(:n, 97), :n / 3.0, :n * 1.25, 'rubrik ' || :n, 'Åtgärd nr ' || MOD(:n, 1000),"
        " 'text ' || :n || ' å ä ö', '2024-02-29', '2024-02-29 12:00:00', 'k' || MOD(:n, 12), NULL,"
        " 'enhet ' || MOD(:n, 50), MOD(:n, 2), 'rad ' || :n"
    )
    server.sql(
        f"CREATE TABLE matt ({types})",
        f"EXECUTE BLOCK AS DECLARE n INT = 1; BEGIN WHILE (n <= {rows}) DO BEGIN"
        f" INSERT INTO matt VALUES ({told}); n = n + 1; END END",
        "CREATE TABLE LITEN (x int)",
        f"GRANT SELECT ON matt TO {READER}",
        f"GRANT SELECT ON LITEN TO {READER}",
        database="bench",
    )
    return {"location": server.address("bench"), "home": str(folder / "fb"), "port": str(server.port)}


_ENGINES: dict[str, Callable[[ExitStack, Path, int, int], dict[str, str]]] = {
    "postgresql": _postgres,
    "mariadb": _maria,
    "sqlite": _sqlite,
    "firebird": _firebird,
}

if __name__ == "__main__":
    main()
