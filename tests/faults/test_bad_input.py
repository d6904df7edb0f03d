"""Bad input by the public command: a located error with a remedy, a ledger that knows, a run that goes on."""

import csv
import io
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from tests.support.worlds import AT, World

pytestmark = pytest.mark.fault


def refused_with(answer, *codes):
    told = [answer["error"]["code"], *(problem["code"] for problem in answer["problems"])]
    for code in codes:
        assert code in told, told
    for entry in (answer["error"], *answer["problems"]):
        assert entry["text"]["sv"]
        assert entry["text"]["en"]
    assert any(
        entry["remedy"]["sv"] and entry["remedy"]["en"] for entry in (answer["error"], *answer["problems"])
    )


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def mended_and_complete(world):
    status, result = world.run("--at", AT)
    assert status == 0, result
    assert result["status"] == "complete"


def test_a_word_that_is_no_delivery(fresh):
    status, answer = fresh.run(delivery="mora")
    assert status == 2
    refused_with(answer, "USE001")


def test_a_delivery_that_is_not_there(fresh):
    status, answer = fresh.run(delivery="mora/nothing")
    assert status == 1
    assert "nothing" in answer["error"]["where"] + str(answer["problems"])


def test_a_database_that_is_not_there_comes_back(fresh):
    database = fresh.path / "sources/alkt.sqlite"
    database.rename(database.with_suffix(".away"))
    status, answer = fresh.run("--at", AT)
    assert status in {1, 3}
    refused_with(answer)
    database.with_suffix(".away").rename(database)
    mended_and_complete(fresh)


def test_a_share_that_is_not_there_comes_back(fresh):
    share = fresh.path / "sources/share"
    share.rename(share.with_name("away"))
    status, answer = fresh.run("--at", AT)
    assert status in {1, 3}
    refused_with(answer)
    share.with_name("away").rename(share)
    mended_and_complete(fresh)


def test_a_locked_database_is_an_outage(fresh):
    with sqlite3.connect(fresh.path / "sources/alkt.sqlite", isolation_level=None) as other:
        other.execute("begin exclusive")
        status, answer = fresh.run("--at", AT)
        other.execute("rollback")
    assert status == 3
    refused_with(answer)
    mended_and_complete(fresh)


def test_a_corrupt_database_is_told(fresh):
    database = fresh.path / "sources/alkt.sqlite"
    sound = database.read_bytes()
    database.write_bytes(sound[:100] + b"\xff" * (len(sound) - 100))
    status, answer = fresh.run("--at", AT)
    assert status == 1
    refused_with(answer)
    database.write_bytes(sound)
    mended_and_complete(fresh)


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="needs setpriv as root")
def test_no_permission_is_told(fresh, tmp_path):
    database = fresh.path / "sources/alkt.sqlite"
    database.chmod(0)
    words = [sys.executable, "-m", "leverans", "source", "check", "mora/alkt", "--content", str(fresh.path)]
    words += ["--home", str(tmp_path / "h")]
    if os.geteuid() == 0:
        words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *words]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    database.chmod(0o644)
    assert told.returncode == 1, told
    assert "→" in told.stdout + told.stderr


def test_a_broken_line_is_set_aside_and_the_rest_goes_on(fresh):
    expected = fresh.truth["expected"]
    with (fresh.path / "sources/register.csv").open("ab") as register:
        register.write(b"ALK-1999-99999;0;only three cells\r\n")
    status, result = fresh.run("--at", AT)
    assert status == 0, result
    assert result["objects"]["archived"] == expected["archived_open"] + len(expected["protected"])
    assert result["streams"]["register.register"]["rows"] == fresh.truth["counts"]["register_rows"] + 1
    assert result["balanced"] is True
    _, answer = fresh.ask("quarantine", "list", "mora/alkt")
    line = str(fresh.truth["counts"]["register_rows"] + 2)
    assert any(
        entry["stream"] == "register.register" and line in entry["key"] for entry in answer["quarantine"]
    )


def outcomes(world):
    """What became of every object, and why, read from the ledger as anybody could: with SQL."""
    with sqlite3.connect(f"file:{world.home}/mora/ledger.sqlite?mode=ro", uri=True) as ledger:
        rows = ledger.execute("select object, disposition, route, reason, key, reference from object_event")
        return {row[0]: row[1:] for row in rows}


def break_a_protecting_row(path, references):
    """Mark a document of one of the cases as a protected person's, with a cell too many; give the case."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    names = next(csv.reader(lines[:1], delimiter=";"))
    for place, line in enumerate(lines):
        cells = next(csv.reader([line], delimiter=";"))
        row = dict(zip(names, cells, strict=False))
        if len(cells) == len(names) and row["Löpnr"] == "1" and row["DiarieNr"] in references:
            row["SkyddadIdentitet"] = "sekretessmarkering"
            text = io.StringIO()
            csv.writer(text, delimiter=";").writerow([*row.values(), "a cell too many"])
            lines[place] = text.getvalue()
            path.write_bytes("".join(lines).encode())
            return row["DiarieNr"], place + 1
    raise AssertionError


def test_a_broken_line_sets_its_case_aside(fresh, tmp_path):
    sound = World(fresh.path, tmp_path / "sound")
    assert sound.run("--at", AT)[0] == 0
    before = outcomes(sound)
    archived = {row[4]: name for name, row in before.items() if row[:2] == ("archived", "open")}
    reference, line = break_a_protecting_row(fresh.path / "sources/register.csv", archived)
    status, result = fresh.run("--at", AT)
    assert status == 0, result
    assert result["balanced"] is True
    after = outcomes(fresh)
    case = archived[reference]
    assert after.pop(case)[:3] == ("quarantined", "open", "DLV009")
    del before[case]
    assert after == before
    assert result["findings"]["DLV009"] == result["findings"]["SRC101"] == 1
    assert result["objects"]["quarantined"] == sum(row[0] == "quarantined" for row in before.values()) + 1
    _, answer = fresh.ask("quarantine", "list", "mora/alkt")
    (told,) = [entry for entry in answer["quarantine"] if entry["code"] == "DLV009"]
    assert (told["object"], told["rule"], told["where"]) == (case, "register.register", None)
    assert ("register.register", str(line)) in {
        (entry["stream"], entry["key"]) for entry in answer["quarantine"] if entry["code"] == "SRC101"
    }


def test_a_broken_line_of_a_protected_case_does_not_name_it(fresh):
    cases = fresh.truth["expected"]["protected"]
    database = sqlite3.connect(fresh.path / "sources/alkt.sqlite")
    numbers = dict(database.execute('select ArendeID, DiarieNr from "Ärende"').fetchall())
    database.close()
    names = {str(numbers[int(key)]): key for key in cases}
    reference, _ = break_a_protecting_row(fresh.path / "sources/register.csv", names)
    assert fresh.run("--at", AT)[0] == 0
    (row,) = [row for row in outcomes(fresh).values() if row[2] == "DLV009"]
    assert row == ("quarantined", "protected", "DLV009", None, None)
    assert reference.encode() not in (fresh.home / "mora/ledger.sqlite").read_bytes()


def test_an_unknown_column_is_named_before_any_row_is_read(fresh):
    mapping = fresh.path / "mappings/alkt/serveringstillstand.yaml"
    sound = mapping.read_text(encoding="utf-8")
    edit(mapping, "OppnandeDatum", "OppnadesDatum")
    status, answer = fresh.run("--at", AT)
    assert status == 1
    refused_with(answer)
    assert any(
        problem["where"].startswith("mappings/alkt/serveringstillstand.yaml:")
        for problem in answer["problems"]
    )
    assert not (fresh.home / "mora/blobs").exists()
    mapping.write_text(sound, encoding="utf-8")
    mended_and_complete(fresh)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("producer: Socialnämnden\n  system: alkt", "producer: Byggnadsnämnden\n  system: alkt"),
        ("system: alkt\n  information_type", "system: annat\n  information_type"),
        ("information_type: serveringstillstand\n  period", "information_type: bygglov\n  period"),
        (
            "period: {from: 1996-01-01, to: 2025-12-31}\n  valid",
            "period: {from: 1996-01-01, to: 1999-12-31}\n  valid",
        ),
    ],
)
def test_an_agreement_that_does_not_match_refuses_the_run(fresh, old, new):
    edit(fresh.path / "municipalities/mora/alkt.yaml", old, new)
    status, result = fresh.run("--at", AT)
    assert status == 1
    assert result["status"] == "refused"
    assert result["packages"] == 0
    assert any(code.startswith("AGR") for code in result["findings"])
    assert any("alkt.yaml:" in problem["where"] for problem in result["problems"])
    assert not (fresh.home / "mora/blobs").exists()
    _, answer = fresh.ask("status")
    assert answer["deliveries"][0]["status"] == "refused"


def test_a_disk_that_fills_is_an_outage_and_the_run_goes_on_when_there_is_room(fresh, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    home = tmp_path / "small"
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", home], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no file system may be mounted here")
    try:
        fresh.home = home
        status, answer = fresh.run("--at", AT)
        assert status == 3, answer
        refused_with(answer, "RUN002")
        _, known = fresh.ask("status")
        assert known["deliveries"][0]["status"] == "interrupted"
        assert list(home.rglob("METS.xml")) == []
        subprocess.run(["mount", "-o", "remount,size=200m", home], check=True)
        mended_and_complete(fresh)
    finally:
        subprocess.run(["umount", "-l", home], check=True)


def test_one_run_at_a_time(fresh):
    from leverans.delivery.lock import alone
    from leverans.settings import Settings

    lock = Settings.load(fresh.path, fresh.home).municipality("mora").lock("alkt")
    with alone(lock, "mora/alkt"):
        status, answer = fresh.run("--at", AT)
    assert status == 3
    refused_with(answer, "RUN001")


def test_a_lost_key_is_not_silently_replaced(fresh):
    status, _ = fresh.run("--at", AT)
    assert status == 0
    key = next((fresh.home / "mora/keys").iterdir())
    sound = key.read_bytes()
    key.unlink()
    status, answer = fresh.run("--at", AT)
    assert status == 1
    refused_with(answer, "DLV005")
    key.write_bytes(sound)
    status, result = fresh.run("--at", AT)
    assert status == 0
    assert result["packages"] == 0


def test_an_interrupted_run_keeps_its_reference_time(fresh):
    database = fresh.path / "sources/alkt.sqlite"
    database.rename(database.with_suffix(".away"))
    assert fresh.run("--at", AT)[0] in {1, 3}
    database.with_suffix(".away").rename(database)
    status, answer = fresh.run("--at", "2027-01-01T00:00:00Z")
    assert status == 2
    refused_with(answer, "RUN004")
    status, result = fresh.run("--at", "2027-01-01T00:00:00Z", "--restart")
    assert status == 0
    assert result["status"] == "complete"


def test_an_unreadable_row_below_a_case_sets_just_that_case_aside(fresh):
    expected = fresh.truth["expected"]
    aside = {*expected["quarantined"], *expected["excluded"], *expected["protected"]}
    with sqlite3.connect(fresh.path / "sources/alkt.sqlite") as database:
        rows = database.execute('select HandelseID, ArendeID from "Ärende_Händelser" order by 1').fetchall()
        event, case = next(
            row for row in rows if str(row[1]) not in aside and row[1] in known_cases(database)
        )
        database.execute(
            "update \"Ärende_Händelser\" set DiarieNr = cast(x'ff41fe' as text) where HandelseID = ?", [event]
        )
    status, result = fresh.run("--at", AT)
    assert status == 0, result["problems"]
    assert result["balanced"] is True
    assert result["quarantined"]["DLV009"] == 1
    assert result["objects"]["quarantined"] == len(expected["quarantined"]) + 1
    _, answer = fresh.ask("quarantine", "list", "mora/alkt", "--code", "DLV009")
    assert [entry["key"] for entry in answer["quarantine"]] == [str(case)]


def known_cases(database):
    return {number for (number,) in database.execute('select ArendeID from "Ärende"')}
