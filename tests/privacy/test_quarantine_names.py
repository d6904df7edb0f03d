"""What lies in quarantine is named as in the report: a file by its number, a person never; who looks is noted."""

import json
import sqlite3
from contextlib import closing

import pytest

from leverans.cli import main
from leverans.ledger import Aside
from leverans.report.guarded import Names

LIST = ("quarantine", "list", "mora/alkt", "--code", "MAP123")


def files(world):
    with closing(sqlite3.connect(world.home / "mora" / "ledger.sqlite")) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM row_event WHERE code = 'MAP123'")]


def said(world, capsys, *words):
    status = main([*words, "--content", str(world.path), "--home", str(world.home)])
    assert status == 0
    out, err = capsys.readouterr()
    return " ".join(out.replace("│", " ").split()) + err


def revealed(world):
    query = "SELECT entry FROM audit WHERE kind = 'reveal'"
    with closing(sqlite3.connect(world.home / "mora" / "ledger.sqlite")) as connection:
        return [json.loads(entry) for (entry,) in connection.execute(query)]


def test_files_without_a_register_go_by_their_number(delivered, capsys):
    names = files(delivered)
    assert names
    _, told = delivered.ask(*LIST)
    text = said(delivered, capsys, *LIST)
    assert [one["key"] for one in told["quarantine"]] == [None] * len(names)
    for one in told["quarantine"]:
        assert one["name"] == f"share.share nr {one['number']}"
        assert one["name"] in text
        text += said(delivered, capsys, "quarantine", "show", "mora/alkt", one["name"])
    assert [name for name in names if name in text or name in json.dumps(told, ensure_ascii=False)] == []


def test_a_file_s_name_is_shown_to_who_asks_for_it_and_that_is_noted(delivered, capsys, tmp_path):
    world = delivered.copy(tmp_path)
    name = world.ask(*LIST)[1]["quarantine"][0]["name"]
    text = said(world, capsys, "quarantine", "show", "mora/alkt", name, "--reveal", "--by", "Anna Alm")
    assert any(file.split("/")[-1] in text for file in files(world))
    assert revealed(world) == [
        {"tool": "quarantine", "delivery": "mora/alkt", "by": "Anna Alm", "objects": [name]}
    ]
    status, told = world.ask("audit", "verify", "mora")
    assert status == 0, told


def test_a_file_is_decided_about_by_its_number(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    first, second, *_ = (one["name"] for one in world.ask(*LIST)[1]["quarantine"])
    why = ("--by", "Anna Alm", "--reason", "hör inte hit", "--decision", "SN 2026/7")
    status, told = world.ask("quarantine", "exclude", "mora/alkt", "--object", first, *why)
    assert (status, told["objects"], told["rows"]) == (0, 0, 1)
    assert first not in json.dumps(told["decision"])
    left = {one["name"]: one["decision"] for one in world.ask(*LIST)[1]["quarantine"]}
    assert left[first]["action"] == "exclude"
    assert left[second] is None


@pytest.mark.parametrize(
    ("files", "stream", "key", "name", "told"),
    [
        (frozenset({"s.f"}), "s.f", "mapp/Anna.pdf", "s.f nr 7", None),
        (frozenset({"s.f"}), "s.t", "163", "s.t 163", "163"),
        (frozenset({"s.f"}), "s.t", "640823-3235", "s.t ••••••-••••", None),
        (
            None,
            "s.t",
            "163",
            "s.t nr 7",
            None,
        ),  # the landing is purged: nobody knows which keys are file names
    ],
)
def test_a_key_is_told_where_it_names_no_file_and_no_person(files, stream, key, name, told):
    aside = Aside("r", None, stream, key, None, None, "open", "MAP123", None, None, 7)
    assert (Names(files).name(aside), Names(files).key(aside)) == (name, told)
