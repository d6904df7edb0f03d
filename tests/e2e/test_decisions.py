"""Decisions by the public command: everything in quarantine has an exit, and only what is named is touched."""

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.support.worlds import leverans

from leverans import blobs
from leverans.blobs import LocalFilesystem
from leverans.clock import SystemClock
from leverans.delivery.witness import witnessed
from leverans.findings import catalogue
from leverans.ledger import commit_hook
from leverans.settings import Settings

pytestmark = pytest.mark.e2e
DELIVERY = "mora/alkt"
GROUNDS = ("--by", "Arne Arkivarie", "--reason", "prövat mot pappersakten", "--decision", "SN 2026 § 7")
LATER = "2026-07-01T12:00:00Z"


@pytest.fixture
def world(delivered, tmp_path):
    return delivered.copy(tmp_path)


def decide(world, action, *words, at=LATER):
    when = () if action == "exclude" else ("--at", at)
    return world.ask("quarantine", action, DELIVERY, *words, *GROUNDS, *when)


def waiting(world, *words):
    _, answer = world.ask("quarantine", "list", DELIVERY, *words)
    return answer["quarantine"]


def undecided(world, *words):
    return [one for one in waiting(world, *words) if one["decision"] is None]


def state(world, *, test=False):
    _, answer = world.ask("status", DELIVERY)
    return next(one for one in answer["deliveries"] if one["test"] is test)


def events(world):
    """Every object event, by run: what anybody can read with SQL."""
    with contextlib.closing(
        sqlite3.connect(f"file:{world.home}/mora/ledger.sqlite?mode=ro", uri=True)
    ) as ledger:
        rows = ledger.execute(
            "select r.id, object, disposition, version, reason, rule, o.package from object_event o"
            " join run r on r.number = o.run order by o.sequence"
        ).fetchall()
    found = {}
    for run, *told in rows:
        found.setdefault(run, []).append(told)
    return found


def tree(world, *rooms):
    return {
        path.relative_to(world.home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for room in rooms
        for path in sorted((world.home / "mora" / room).rglob("*"))
        if path.is_file()
    }


def objects_of(world, *, code=None):
    return {one["object"] for one in waiting(world) if one["object"] and code in {None, one["code"]}}


def premis(world, package):
    (path,) = [
        path for path in world.packages() + world.packages("packages-protected") if package in path.name
    ]
    with zipfile.ZipFile(path) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith("rep1/metadata/preservation/premis.xml")]
        return archive.read(name).decode()


def settle(world):
    """Decide about everything: accept what can be accepted, leave out the rest; give the codes in order."""
    codes = []
    for _ in range(30):
        left = undecided(world)
        if not left:
            return codes
        one = left[0]
        action = "accept" if one["acceptable"] else "exclude"
        status, done = decide(world, action, "--code", one["code"])
        assert status == 0, done
        codes.append((action, one["code"]))
    raise AssertionError(undecided(world))


def test_everything_decided_is_settled_and_the_next_run_finds_nothing_new(world):
    quarantined = objects_of(world)
    codes = settle(world)
    assert {"accept", "exclude"} == {action for action, _ in codes}
    told = state(world)
    assert (told["undecided"], told["pending"], told["settled"]) == (0, 0, True)
    archived = quarantined - {one["object"] for one in waiting(world)}
    assert archived
    status, result = world.run("--at", "2026-08-01T12:00:00Z")
    assert status == 0
    assert (result["packages"], result["settled"], result["undecided"]) == (0, True, 0)
    assert (result["quarantined"], result["objects"]["quarantined"]) == ({}, 0)
    assert result["objects"]["unchanged"] == len(archived) + state_before(world)
    assert result["excluded"]["decision SN 2026 § 7"] >= len(quarantined - archived)
    assert state(world)["settled"] is True
    assert leverans("validate", *world.packages(), "--json")[0] == 0
    assert world.ask("archive", "verify", "mora")[0] == 0


def state_before(world):
    """Objects that the first run archived."""
    first = next(iter(events(world)))
    return sum(1 for row in events(world)[first] if row[1] == "archived")


def test_accept_archives_only_what_is_named_with_the_deviation_recorded(world):
    before, names = events(world), objects_of(world, code="QUA101")
    packages, archive = tree(world, "packages", "packages-protected"), tree(world, "archive")
    status, done = decide(world, "accept", "--code", "QUA101")
    assert (status, done["objects"], done["rows"]) == (0, len(names), 0)
    result = done["result"]
    assert (result["status"], result["balanced"], result["parent"]) == ("complete", True, next(iter(before)))
    assert result["objects"]["found"] == result["objects"]["archived"] == len(names)
    after = events(world)
    assert {row[0] for row in after[result["run"]]} == names
    assert {run: rows for run, rows in after.items() if run in before} == before
    now = tree(world, "packages", "packages-protected")
    assert {name: now[name] for name in packages} == packages
    assert len(now) == len(packages) + result["packages"] == len(packages) + 1
    kept = tree(world, "archive")
    assert {name for name, digest in archive.items() if kept[name] != digest} <= {
        "mora/archive/catalogue.csv"
    }
    receipt = json.loads(Path(result["receipt"]).read_text(encoding="utf-8"))["receipt"]
    assert receipt["settles"] == {"parent": next(iter(before)), "decision": done["decision"]["id"]}
    assert receipt["decisions"][-1]["reference"] == "SN 2026 § 7"
    text = premis(world, after[result["run"]][0][5])
    (event,) = [part for part in text.split("<event>") if "unquarantine" in part]
    kind = catalogue()["QUA101"]
    for words in ("QUA101", kind.sv.split("{")[0], kind.en.split("{")[0], "SN 2026 § 7", names.copy().pop()):
        assert words in event
    assert "<agentName>Arne Arkivarie</agentName><agentType>person</agentType>" in text


def test_an_acceptance_that_is_only_recorded_waits_for_the_next_run(world):
    names = objects_of(world, code="QUA101")
    status, done = decide(world, "accept", "--code", "QUA101", "--record-only")
    assert (status, done["result"], done["settled"]) == (0, None, False)
    assert state(world)["pending"] == len(names)
    status, result = world.run("--at", LATER)
    assert (status, result["packages"], result["objects"]["archived"]) == (0, 1, len(names))
    assert state(world)["pending"] == 0
    assert {row[0] for row in events(world)[result["run"]] if row[1] == "archived"} == names


def test_an_excluded_object_stays_excluded_and_can_be_taken_back(world):
    (name,) = objects_of(world, code="QUA101")
    assert decide(world, "exclude", "--object", name)[0] == 0
    _, result = world.run("--at", LATER)
    (row,) = [row for row in events(world)[result["run"]] if row[0] == name]
    assert (row[1], row[4]) == ("excluded", "decision SN 2026 § 7")
    assert name not in {one["object"] for one in waiting(world)}
    status, done = decide(world, "accept", "--object", name)
    assert (status, done["result"]["objects"]["archived"]) == (0, 1)


def test_a_new_fault_sets_an_accepted_object_aside_again(world):
    (name,) = objects_of(world, code="QUA101")
    assert decide(world, "accept", "--object", name)[0] == 0
    key = next(iter(world.truth["dirt"]["closed_before_opened"]))
    change(world, 'update "Ärende" set "ArendeTyp" = 999 where "ArendeID" = ?', key)
    _, result = world.run("--at", LATER)
    again = [one for one in undecided(world) if one["object"] == name]
    assert [one["code"] for one in again] == ["MAP105"], result["quarantined"]
    assert decide(world, "exclude", "--object", name)[0] == 0


def change(world, statement, *values):
    with contextlib.closing(sqlite3.connect(world.path / "sources" / "alkt.sqlite")) as database, database:
        assert database.execute(statement, values).rowcount


def test_a_mended_mapping_and_a_retry_touch_only_those(world):
    before, names = events(world), objects_of(world, code="QUA101")
    packages, aside = tree(world, "packages"), {one["object"]: one["code"] for one in waiting(world)}
    path = world.path / "mappings" / "alkt" / "serveringstillstand.yaml"
    text = path.read_text(encoding="utf-8")
    assert "order: [opened, closed]\n    severity: quarantine" in text
    path.write_text(
        text.replace("[opened, closed]\n    severity: quarantine", "[opened, closed]\n    severity: warning"),
        encoding="utf-8",
    )
    status, refused = decide(world, "accept", "--code", "QUA101")
    assert (status, refused["error"]["code"]) == (1, "DEC008")
    status, done = decide(world, "retry", "--code", "QUA101")
    result = done["result"]
    assert (status, result["objects"]["archived"], result["objects"]["found"]) == (0, len(names), len(names))
    assert {row[0] for row in events(world)[result["run"]]} == names
    assert {run: rows for run, rows in events(world).items() if run in before} == before
    now = tree(world, "packages")
    assert {name: now[name] for name in packages} == packages
    assert len(now) == len(packages) + 1
    left = {one["object"]: one["code"] for one in waiting(world)}
    assert left == {name: code for name, code in aside.items() if name not in names}
    assert "unquarantine" not in premis(world, events(world)[result["run"]][0][5])


def test_what_is_still_wrong_after_a_retry_stays_with_its_code(world):
    names = objects_of(world, code="MAP105")
    status, done = decide(world, "retry", "--code", "MAP105")
    assert (status, done["result"]["objects"]["quarantined"]) == (0, len(names))
    assert {one["object"] for one in undecided(world) if one["code"] == "MAP105"} == names
    assert state(world)["undecided"] == done["undecided"] == len(undecided(world))


def test_a_mended_source_and_a_retry_touch_only_those(world):
    (path,) = world.truth["dirt"]["missing_file"]
    names, before = objects_of(world, code="MAP120"), events(world)
    target = world.path / "sources" / "share" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(next((world.path / "sources" / "share").rglob("*.pdf")), target)
    late = (
        world.path / "sources" / "share" / "2003" / "sent.pdf"
    )  # a new stray: none of this decision's business
    shutil.copy(target, late)
    status, done = decide(world, "retry", "--code", "MAP120")
    assert (status, done["result"]["objects"]["archived"]) == (0, 0)
    status, done = decide(world, "retry", "--object", *names, "--from-source")
    assert (status, done["result"]["objects"]["archived"], done["result"]["packages"]) == (0, 1, 1)
    after = events(world)
    assert {row[0] for run, rows in after.items() if run not in before for row in rows} == names
    assert names.isdisjoint(one["object"] for one in waiting(world))


def test_a_loose_row_that_was_mended_comes_to_its_object_and_no_other(world):
    key, other = world.truth["dirt"]["orphan_events"]
    owner = archived_keys(world)[0]
    theirs = """(select {0} from "Ärende" where "ArendeID" = ?)"""
    moved = ", ".join(f'"{name}" = {theirs.format(name)}' for name in ("DiarieNr", "ObjektID"))
    sql = f'update "Ärende_Händelser" set "ArendeID" = ?, {moved} where "HandelseID" = ?'
    change(world, sql, owner, owner, owner, key)
    before = events(world)
    status, done = decide(world, "retry", "--object", key, "--from-source")
    assert (status, done["objects"], done["rows"]) == (0, 0, 1), done
    result = done["result"]
    assert result["objects"]["by_state"] == {"supplemented": 1}
    (row,) = [row for run, rows in events(world).items() if run not in before for row in rows]
    assert row[2] == 2
    assert {one["key"] for one in undecided(world) if one["code"] == "MAP115"} == {other}


def archived_keys(world):
    with contextlib.closing(
        sqlite3.connect(f"file:{world.home}/mora/ledger.sqlite?mode=ro", uri=True)
    ) as ledger:
        return [
            key
            for (key,) in ledger.execute(
                "select key from object_event where disposition = 'archived' and key is not null order by key"
            )
        ]


def test_a_line_that_cannot_be_read_is_excluded_for_this_landing_only(world):
    register = world.path / "sources" / "register.csv"
    broken = register.read_bytes() + b"bara en cell\r\n"
    register.write_bytes(broken)
    assert world.run("--at", LATER)[0] == 0
    (one,) = [one for one in undecided(world) if one["code"].startswith("SRC")]
    status, refused = decide(world, "retry", "--code", one["code"])
    assert (status, refused["error"]["code"]) == (1, "DEC007")
    assert decide(world, "exclude", "--code", one["code"])[0] == 0
    _, same = world.run("--at", "2026-08-01T12:00:00Z")
    assert one["code"] not in same["quarantined"]
    assert same["balanced"] is True
    register.write_bytes(broken.replace(b"bara en cell", b"nu en annan"))
    _, other = world.run("--at", "2026-09-01T12:00:00Z")
    assert other["quarantined"][one["code"]] == 1
    assert (other["balanced"], other["settled"]) == (True, False)


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("accept", "--code", "MAP120", "--by", "A", "--reason", "x"), 2, "DEC001"),
        (("exclude", "--code", "MAP120", "--by", "A", "--decision", "x"), 2, "DEC001"),
        (("exclude", "--by", "A", "--reason", "x", "--decision", "x"), 2, "DEC004"),
        (("exclude", "--code", "MAP999", *GROUNDS), 2, "DEC002"),
        (("accept", "--code", "MAP123", *GROUNDS), 1, "DEC006"),
        (("exclude", "--code", "MAP120", "--test", *GROUNDS), 2, "USE003"),
        (
            ("exclude", "--code", "MAP120", "--by", "A", "--reason", "121212-1213", "--decision", "x"),
            2,
            "DEC012",
        ),
    ],
)
def test_what_cannot_be_decided_is_told_and_nothing_is_written(delivered, words, status, code):
    action, *rest = words
    before = events(delivered)
    found, answer = delivered.ask("quarantine", action, DELIVERY, *rest)
    assert (found, answer["error"]["code"]) == (status, code)
    assert events(delivered) == before
    assert undecided(delivered) == waiting(delivered)


def test_an_interrupted_full_run_is_finished_first(world):
    with witnessed(Settings.load(world.path, world.home), "mora", SystemClock()) as ledger:
        first = ledger.runs(DELIVERY)[0].run
        ledger.begin(DELIVERY, reference_time=first.reference_time, test=False, code_version="1",
                     agreement="A", by="x")  # fmt: skip
    status, answer = decide(world, "exclude", "--code", "MAP120")
    assert (status, answer["error"]["code"]) == (1, "DEC003")


def test_every_face_of_a_test_delivery_says_so(fresh):
    status, result = fresh.run("--test", "--at", LATER)
    assert (status, result["test"]) == (0, True)
    assert json.loads(Path(result["receipt"]).read_text(encoding="utf-8"))["receipt"]["test"] is True
    _, listed = fresh.ask("quarantine", "list", DELIVERY, "--test")
    assert listed["test"] is True
    assert listed["quarantine"]
    assert waiting(fresh) == []
    place = ("--content", fresh.path, "--home", fresh.home)
    for words in (("status", "mora"), ("quarantine", "list", DELIVERY, "--test"),
                  ("quarantine", "show", DELIVERY, listed["quarantine"][0]["object"], "--test")):  # fmt: skip
        _, text = leverans(*words, *place)
        assert "mora/alkt TEST" in " ".join(text.split()), words
    code = next(one["code"] for one in listed["quarantine"] if one["acceptable"])
    status, done = decide(fresh, "accept", "--code", code, "--test")
    assert (status, done["test"], done["result"]["test"]) == (0, True, True)
    _, foretold = fresh.run("--dry", "--at", LATER)
    assert (
        str(done["objects"])
        in next(one for one in foretold["risks"] if one["code"] == "OPR048")["text"]["en"]
    )
    assert {path.name for path in (fresh.home / "mora").iterdir()}.isdisjoint({"archive", "packages"})
    assert [one["test"] for one in fresh.ask("status", "mora")[1]["deliveries"]] == [True]


# -- killed anywhere ------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone: nothing in the product catches it."""


class Mortal:
    """Counts renames, syncs and commits of the ledger, and ends everything at one of them."""

    def __init__(self, at=0):
        self.at, self.calls, self.inner = at, 0, LocalFilesystem()

    def rename(self, source, target):
        self.step()
        self.inner.rename(source, target)

    def sync(self, folder):
        self.step()
        self.inner.sync(folder)

    def commit(self, _moment, _label):
        self.step()

    def step(self):
        self.calls += 1
        if self.calls == self.at:
            raise Killed


def contents(world):
    """The archive without its clock."""
    return {
        name: digest
        for name, digest in tree(world, "archive").items()
        if name.endswith((".zip", "case.json"))
    }


def compared(done):
    result = done["result"]
    return {
        name: result[name] for name in ("status", "balanced", "objects", "streams", "documents", "packages")
    }


def test_a_settling_run_killed_anywhere_ends_as_if_nothing_had_happened(world, tmp_path):
    def accept(where, mortal):
        with blobs.use(mortal), commit_hook(mortal.commit):
            return decide(where, "accept", "--code", "QUA101")

    (tmp_path / "calm").mkdir()
    calm, counting = world.copy(tmp_path / "calm"), Mortal()
    status, done = accept(calm, counting)
    assert status == 0
    expected = (tree(calm, "packages"), contents(calm), state(calm)["undecided"])
    points = sorted({2, counting.calls, *range(4, counting.calls, max(1, counting.calls // 5))})
    ended = 0
    for at in points:
        (tmp_path / str(at)).mkdir()
        struck = world.copy(tmp_path / str(at))
        with pytest.raises(Killed):
            accept(struck, Mortal(at))
        status, again = decide(struck, "accept", "--code", "QUA101")
        if "error" in again:  # what was decided was carried out before the kill, or when it went on
            assert again["error"]["code"] == "DEC002", (at, again)
            ended += 1
        else:
            assert status == 0, (at, again)
            assert compared(again) == compared(done), at
        assert (tree(struck, "packages"), contents(struck), state(struck)["undecided"]) == expected, at
        assert all(run["status"] == "complete" for run in struck.ask("status", DELIVERY)[1]["deliveries"])
        assert struck.ask("archive", "verify", "mora")[0] == 0, at
        shutil.rmtree(tmp_path / str(at))
    assert 0 < ended < len(points)


def test_a_full_run_brings_a_killed_settling_run_to_its_end_first(world, tmp_path):
    """Killed when the archive has the package and the ledger does not know it: nobody else may make another."""

    def before_it_is_known(moment, label):
        if moment == "before" and label.startswith("object_event:deliver"):
            raise Killed

    (tmp_path / "calm").mkdir()
    calm = world.copy(tmp_path / "calm")
    decide(calm, "accept", "--code", "QUA101")
    with commit_hook(before_it_is_known), pytest.raises(Killed):
        decide(world, "accept", "--code", "QUA101")
    assert state(world)["status"] == "interrupted"
    status, result = world.run("--at", "2026-08-01T12:00:00Z")
    assert (status, result["packages"], result["settled"]) == (0, 0, False)
    assert tree(world, "packages") == tree(calm, "packages")
    assert world.ask("archive", "verify", "mora")[0] == 0


SCRIPT = """
import sys
from leverans import blobs
from leverans.cli import main
from leverans.testing.faults import StoppingFilesystem
with blobs.use(StoppingFilesystem(int(sys.argv[1]))):
    sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.fault
def test_a_retry_whose_process_is_killed_is_simply_made_again(world):
    words = ["quarantine", "retry", DELIVERY, "--code", "MAP100", *GROUNDS, "--from-source", "--at", LATER]
    place = ["--json", "--content", str(world.path), "--home", str(world.home)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LEVERANS_")}
    struck = subprocess.run(
        [sys.executable, "-c", SCRIPT, "4", *words, *place], capture_output=True, check=False, env=clean
    )
    assert struck.returncode == 9, struck.stderr[-2000:]
    names = objects_of(world)
    status, done = decide(world, "retry", "--code", "MAP100", "--from-source")
    assert (status, done["result"]["status"]) == (0, "complete")
    assert objects_of(world) == names
    assert state(world)["status"] == "complete"
