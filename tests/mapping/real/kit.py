"""What every real mapping is asked: no fault, every column told, every row and value in the archive."""

import hashlib
import re
import zipfile

from tests.content.conftest import query


def assert_checked(work, delivery):
    """`leverans mapping check` finds nothing, bound to the source as it is."""
    status, plain = work.leverans("mapping", "check", delivery)
    assert (status, plain["findings"]) == (0, 0), plain
    assert {one["bound"] for one in plain["mappings"]} == {"live"}


def column_ledger(work, delivery):
    """Give what `leverans mapping coverage` says of every column: (stream, column) → its entry."""
    status, plain = work.leverans("mapping", "coverage", delivery)
    assert status == 0, plain
    return {(one["stream"], one["column"]): one for one in plain["columns"]}


def assert_every_column_told(work, delivery, path):
    """Every column of every table of the database has a use, or a reason in Swedish; give the ledger."""
    ledger = column_ledger(work, delivery)
    there = {(f"db.{table}", column) for table, columns in schema(path).items() for column in columns}
    assert there <= set(ledger)
    for entry in ledger.values():
        assert entry["use"] in {"mapped", "joined", "conditioned", "key", "dropped", "left", "document"}
        assert entry["where"] or entry["use"] == "document"
        assert len(entry["reason"]) > 10 or entry["use"] not in {"dropped", "left"}, entry
    return ledger


def schema(path):
    """Give table → its columns."""
    tables = [name for (name,) in query(path, "select name from sqlite_master where type = 'table'")]
    return {name: [row[1] for row in query(path, f'pragma table_info("{name}")')] for name in tables}


def erms(work, municipality, delivery=""):
    """Give the record documents of all packages as one text."""
    texts = []
    for package in work.packages(municipality):
        if delivery in package.parts or not delivery:
            with zipfile.ZipFile(package) as file:
                texts += [file.read(name).decode() for name in file.namelist() if name.endswith("/ERMS.xml")]
    return "\n".join(texts)


def aggregations(text):
    """Give object id → the text of the case."""
    found = re.findall(r"<aggregation .*?</aggregation>", text, re.DOTALL)
    return {re.search(r"<objectId>([^<]*)<", one).group(1): one for one in found}


def sql(work, database, text, *values):
    """Ask the source a question."""
    return query(work.sources / database, text, *values)


def archived_documents(work, municipality):
    """Give the SHA-256 of every document in the archive's own objects."""
    found = set()
    for path in (work.home / municipality / "archive").rglob("content/*.zip"):
        with zipfile.ZipFile(path) as file:
            found |= {hashlib.sha256(file.read(name)).hexdigest() for name in file.namelist()}
    return found
