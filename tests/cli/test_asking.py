import json
from datetime import UTC, datetime

import pytest

from leverans.cli.main import main
from leverans.clock import FixedClock
from leverans.ledger import Ledger

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    """A work root in which mora/alkt has been run once."""
    (tmp_path / "mora").mkdir()
    with Ledger.open(tmp_path / "mora" / "ledger.sqlite", "mora", FixedClock()) as ledger:
        run = ledger.begin(
            "mora/alkt", reference_time=NOW, test=False, code_version="0.1", agreement="A-1", by="cli"
        )
        ledger.finish(run, "complete")
    return tmp_path


def ask(home, capsys, *words):
    code = main([*words, "--home", str(home), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "words",
    [
        ("status", "nosuch"),
        ("status", "mora/nosuch"),
        ("quarantine", "list", "moraa/aaa"),
        ("quarantine", "list", "mora/aaa"),
        ("quarantine", "show", "mora/aaa", "X"),
        ("quarantine", "show", "mora/alkt", "X"),
        ("explain", "X"),
    ],
)
def test_a_name_that_no_ledger_knows_is_a_usage_error(home, capsys, words):
    code, plain = ask(home, capsys, *words)
    assert (code, plain["error"]["code"]) == (2, "USE003")


@pytest.mark.parametrize("words", [("list", "nosuch"), ("verify", "nosuch"), ("get", "nosuch", "X")])
def test_a_municipality_without_an_archive_is_a_usage_error(home, capsys, words):
    code, plain = ask(home, capsys, "archive", *words)
    assert (code, plain["error"]["code"]) == (2, "USE004")


def test_a_delivery_that_is_known_and_has_nothing_aside_is_no_error(home, capsys):
    nothing = {"delivery": "mora/alkt", "test": False, "undecided": 0, "quarantine": [], "held_back": []}
    assert ask(home, capsys, "quarantine", "list", "mora/alkt") == (0, nothing)
    assert ask(home, capsys, "status", "mora")[0] == 0
    status, answer = ask(home / "empty", capsys, "status")
    assert (status, answer["deliveries"]) == (0, [])


def test_the_status_breaks_no_word_at_80_columns(home, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    name = "mora/serveringstillstand"
    with Ledger.open(home / "mora" / "ledger.sqlite", "mora", FixedClock()) as ledger:
        run = ledger.begin(name, reference_time=NOW, test=True, code_version="0.1", agreement="A-1", by="cli")
    assert main(["status", "--home", str(home)]) == 0
    lines = capsys.readouterr().out.splitlines()
    cells = {cell.strip() for line in lines for cell in line.split("│")}
    assert {name, "TEST", "mora/alkt", "complete", "reglerad", "interrupted", "0 kvar", run.id} <= cells
    assert any("Arkiv " in line and " Karantän " in line for line in lines)
    assert max(len(line) for line in lines if not line.startswith(("!", "    "))) <= 80


def test_what_may_be_a_personal_number_is_not_repeated(home, capsys):
    _, plain = ask(home, capsys, "explain", "19121212-1213")
    assert "1212" not in json.dumps(plain)


@pytest.mark.parametrize("words", [("build", "world"), ("run",)])
@pytest.mark.parametrize("cases", ["0", "-5"])
def test_a_demo_world_has_at_least_one_case(tmp_path, capsys, words, cases):
    code, plain = ask(tmp_path, capsys, "demo", *words, "--cases", cases)
    assert (code, plain["error"]["code"]) == (2, "DEM002")
    assert list(tmp_path.iterdir()) == []
