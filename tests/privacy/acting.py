"""Acts a day with the planted delivery: runs that go well and runs that fail, by command or by flow.

Started as a process of its own: ``python -m tests.privacy.acting (command|flow) FOLDER``.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.privacy.planted import CANARIES, DELIVERY, add_late

Act = Callable[..., object]


def acts(folder: Path, run: Act) -> Iterator[str]:
    """Yield the name of each act when it is over."""
    sources = folder / "sources"
    run()
    yield "a first run"
    add_late(sources)
    run()
    yield "a later document"
    run(test=True)
    yield "a test"
    for name, spoil in (
        ("no database", lambda path: path.unlink()),
        ("no database any more", lambda path: path.write_text(CANARIES["inside a document"] * 999)),
        ("a table is gone", _without_table),
        ("a column is gone", _without_column),
    ):
        kept = (sources / "elever.sqlite").read_bytes()
        spoil(sources / "elever.sqlite")
        run()
        (sources / "elever.sqlite").write_bytes(kept)
        yield name
    shutil.move(sources / "mapp", sources / "borta")
    run()
    shutil.move(sources / "borta", sources / "mapp")
    yield "no share"
    with Exploding():
        run(restart=True)
    yield "a fault of the software"
    run(restart=True)
    yield "mended"


def _without_table(path: Path) -> None:
    _change(path, "DROP TABLE bilaga")


def _without_column(path: Path) -> None:
    _change(path, "ALTER TABLE elev DROP COLUMN klass")


def _change(path: Path, statement: str) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


class Exploding:
    """Mapping raises an error whose text holds a row, as a library's error may."""

    def __enter__(self) -> None:
        from leverans.mapping import Plan

        self._execute = Plan.execute

        def burst(*_given: object, **_named: object) -> object:
            raise ValueError(f"could not convert {CANARIES['key']!r} of {CANARIES['name']!r}")

        Plan.execute = burst

    def __exit__(self, *_fault: object) -> None:
        from leverans.mapping import Plan

        Plan.execute = self._execute


def command(test: bool = False, restart: bool = False) -> None:
    """Run it, then ask everything that a person may ask."""
    from leverans.cli import main

    words = [*(["--test"] if test else []), *(["--restart"] if restart else [])]
    main(["run", DELIVERY, "--dry"])
    main(["run", DELIVERY, *words])
    for question in (
        ["status"],
        ["overdue"],
        ["quarantine", "list", DELIVERY],
        ["quarantine", "show", DELIVERY, CANARIES["key of a faulty pupil"]],
        ["explain", CANARIES["protected title"][:3]],
        ["source", "check", DELIVERY],
        ["source", "discover", DELIVERY],
        ["audit", "verify", DELIVERY.partition("/")[0]],
        ["archive", "verify", DELIVERY.partition("/")[0]],
    ):
        main(question)
        main([*question, "--json"])


def flow(test: bool = False, restart: bool = False) -> None:
    """Run it by Prefect."""
    from flows.deliver import deliver

    deliver(DELIVERY, test=test, restart=restart, return_state=True)


if __name__ == "__main__":
    place = Path(sys.argv[2])
    os.environ.update(LEVERANS_CONTENT=str(place / "content"), LEVERANS_HOME=str(place / "home"))
    for ended in acts(place, {"command": command, "flow": flow}[sys.argv[1]]):
        sys.stdout.write(f"=== {ended}\n")
