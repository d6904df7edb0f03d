import csv
import json
import sqlite3
from pathlib import Path

import pytest

from leverans.demo import build


class World:
    """A built world, read back with nothing of the generator's own code."""

    def __init__(self, root: Path):
        self.root = root
        self.truth = json.loads((root / "truth.json").read_text("utf-8"))
        self.dirt = self.truth["dirt"]
        self.share = root / "sources" / "share"
        with (root / "sources" / "register.csv").open(encoding="utf-8", newline="") as file:
            self.register = list(csv.DictReader(file, delimiter=";"))

    def sql(self, query, *values):
        connection = sqlite3.connect(f"file:{self.root}/sources/alkt.sqlite?mode=ro", uri=True)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    @property
    def references(self):
        """DiarieNr by ArendeID."""
        return {str(key): code for key, code in self.sql('SELECT ArendeID, DiarieNr FROM "Ärende"')}

    @property
    def case_rows(self):
        return {row["DiarieNr"]: row for row in self.register if row["Löpnr"] == "0"}

    @property
    def document_rows(self):
        return [row for row in self.register if row["Löpnr"] != "0"]

    @property
    def files(self):
        """Paths on the share, relative to it, exactly as on disk."""
        return {path.relative_to(self.share).as_posix() for path in self.share.rglob("*") if path.is_file()}

    def ids_where(self, wanted):
        """ArendeID of the cases whose row in the register is wanted, in numeric order."""
        hits = {code for code, row in self.case_rows.items() if wanted(row)}
        return sorted((key for key, code in self.references.items() if code in hits), key=int)


@pytest.fixture(scope="session", params=[60, 300])
def world(request, tmp_path_factory):
    return World(
        build(tmp_path_factory.mktemp("demo") / "world", cases=request.param, seed=request.param + 1)
    )


@pytest.fixture(scope="session")
def read_world():
    return World
