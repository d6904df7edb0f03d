"""Sources of others, prepared once, and the public command on them."""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree
from tests.content import casedata_loader

from leverans.cli import main

ROOT = Path(__file__).resolve().parents[2]
AT = "2026-06-30T12:00:00Z"
SHARES = ("object", "part_of", "reference", "quarantined", "excluded")


@dataclass
class Work:
    """A folder of sources, a work root, and the content: the repository's own or a copy of it."""

    sources: Path
    home: Path
    content: Path = ROOT

    def leverans(self, *words):
        """Run the command in this process; give exit status and what it printed as JSON."""
        out, err = io.StringIO(), io.StringIO()
        before = os.environ.get("LEVERANS_SOURCES")
        os.environ["LEVERANS_SOURCES"] = str(self.sources)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = main(
                    [*map(str, words), "--json", "--content", str(self.content), "--home", str(self.home)]
                )
        finally:
            if before is None:
                del os.environ["LEVERANS_SOURCES"]
            else:
                os.environ["LEVERANS_SOURCES"] = before
        assert out.getvalue(), err.getvalue()
        return status, json.loads(out.getvalue())

    def run(self, delivery, *words):
        return self.leverans("run", delivery, "--at", AT, *words)

    def packages(self, municipality):
        return sorted((self.home / municipality / "packages").rglob("*.zip"))

    def restore(self, municipality, reference, target):
        status, answer = self.leverans("archive", "get", municipality, reference, "--to", target)
        assert status == 0, answer
        return Path(answer["path"])


def delivered(work, delivery):
    status, result = work.run(delivery)
    assert status == 0, result
    return result


def table_counts(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = [
            name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        ]
        return {name: connection.execute(f'select count(*) from "{name}"').fetchone()[0] for name in names}


def query(path, sql, *values):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(sql, values).fetchall()


def change(path, *statements):
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def assert_conserved(result, rows):
    """Every row of every table of the source has exactly one disposition, and so has every document."""
    assert result["status"] == "complete", result["problems"]
    assert result["balanced"] is True
    for table, number in rows.items():
        stream = result["streams"][f"db.{table}"]
        assert stream["rows"] == number, table
        assert sum(stream[share] for share in SHARES) == number, table
    documents, objects = result["documents"], result["objects"]
    assert documents["listed"] == sum(documents[word] for word in ("archived", "quarantined", "excluded"))
    assert objects["found"] == sum(
        objects[word] for word in ("archived", "unchanged", "quarantined", "excluded")
    )


def assert_nothing_new(work, delivery, first):
    status, again = work.run(delivery)
    assert status == 0
    assert again["packages"] == 0
    assert again["objects"]["archived"] == 0
    assert again["objects"]["unchanged"] == first["objects"]["archived"]
    assert {name: Counter(stream) for name, stream in again["streams"].items()} == {
        name: Counter(stream) for name, stream in first["streams"].items()
    }


def assert_valid(work, municipality, number):
    packages = work.packages(municipality)
    assert len(packages) == number
    status, answers = work.leverans("validate", *packages)
    answers = answers if isinstance(answers, list) else [answers]
    assert [answer["findings"] for answer in answers if not answer["valid"]] == []
    assert status == 0
    assert len(answers) == number


@pytest.fixture(scope="session")
def official(shared):
    """The official schema of the record documents."""
    return etree.XMLSchema(etree.parse(shared / "specs" / "cits-erms" / "schema" / "ERMS_v2_1_2.xsd"))


def assert_official(work, municipality, schema):
    """Every record document is valid by the official schema, not only by our own validator."""
    for package in work.packages(municipality):
        with zipfile.ZipFile(package) as file:
            (name,) = (name for name in file.namelist() if name.endswith("/ERMS.xml"))
            schema.assertValid(etree.fromstring(file.read(name)))


@pytest.fixture(scope="session")
def scripts(shared):
    return shared / "data" / "casedata_mariadb"


@pytest.fixture(scope="session")
def merged(scripts, tmp_path_factory):
    """All scripts that load, in one database."""
    folder = tmp_path_factory.mktemp("casedata")
    casedata_loader.merge(folder / "casedata.sqlite", scripts)
    return folder


def copied(content):
    """Copy the repository's content, to change it."""
    for name in ("connectors", "mappings", "municipalities"):
        shutil.copytree(ROOT / name, content / name)
    return content


@pytest.fixture(scope="session")
def untested(tmp_path_factory):
    """The repository's content; every delivery may be live without an approved test (tests/e2e has those)."""
    content = copied(tmp_path_factory.mktemp("untested"))
    path = content / "municipalities" / "falun" / "parkeringstillstand.yaml"
    waiver = "waivers:\n  - {name: untested, reason: Provas i tests/e2e, by: Testaren, date: 2026-01-15}\n"
    path.write_text(path.read_text(encoding="utf-8") + waiver, encoding="utf-8")
    return content


@pytest.fixture
def own(merged, untested, tmp_path):
    """A copy of the merged database to change."""
    shutil.copytree(merged, tmp_path / "sources")
    return Work(tmp_path / "sources", tmp_path / "home", untested)
