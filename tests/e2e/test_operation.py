"""The centre's daily work on a delivered world: dry runs, purge, backup, restore, rebuild, clearance."""

import csv
import hashlib
import json
import shutil
import sqlite3
import stat
import sys

import pyrage
import pytest
from tests.support.worlds import AT, World, leverans

from leverans.blobs import LocalFilesystem, use
from leverans.clock import SystemClock
from leverans.delivery import Wish, keeping, opened, purging
from leverans.ledger import Ledger
from leverans.settings import Settings
from leverans.trust import Signature, Trust, object_id

pytestmark = pytest.mark.e2e
LATER = "2026-07-15T12:00:00Z"
WORKING = ("outbox", "landing", "blobs", "mapped", "packages", "packages-protected")


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def stamps(folder):
    """When each file and folder was last touched: a file that came and went shows in its folder."""
    return {str(path): path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


def left(world, *rooms):
    return [path for room in rooms for path in (world.home / "mora" / room).rglob("*") if path.is_file()]


def proofs(world):
    """Everything that a purge may never touch, without the ledger and its heads, which get an audit entry."""
    rooms = ("archive", "archive-protected", "receipts", "keys", "reports")
    found = {room: tree(world.home / "mora" / room) for room in rooms}
    assert found["receipts"].pop("heads.jsonl")
    return found


def settings_of(world):
    return Settings.load(world.path, world.home, {})


def ledger_of(world):
    return Ledger.open(world.home / "mora/ledger.sqlite", "mora", SystemClock())


def audited(world, kind):
    with ledger_of(world) as ledger:
        return [dict(entry.entry) for entry in ledger.audit.entries(kind)]


def decide(world):
    """Exclude everything in quarantine, so that the delivery is settled."""
    _, answer = world.ask("quarantine", "list", "mora/alkt")
    for code in sorted({entry["code"] for entry in answer["quarantine"]}):
        words = ("--by", "Anna", "--reason", "gallras", "--decision", "KS 2")
        status, told = world.ask("quarantine", "exclude", "mora/alkt", "--code", code, *words)
        assert status == 0, told


def countersign(world):
    leverans("keys", "create", "mora", "--json", "--home", world.home)
    [receipt] = (world.home / "mora/receipts/alkt").glob("*.json")
    words = ("--by", "Berit", "--reason", "rätt", "--decision", "KS 3")
    status, told = world.ask("receipt", "countersign", receipt, *words)
    assert status == 0, told


@pytest.fixture(scope="module")
def settled(delivered, tmp_path_factory):
    """The delivered world, settled and countersigned; tests work on copies."""
    world = delivered.copy(tmp_path_factory.mktemp("settled"))
    decide(world)
    countersign(world)
    world_result = delivered.result
    copy = World(world.path, world.home)
    copy.result = world_result
    return copy


# What a run would meet


def test_a_dry_run_writes_nothing_and_counts_what_is_there(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    before, ledger = (tree(world.home), stamps(world.home)), world.home / "mora/ledger.sqlite"
    status, told = world.run("--dry")
    assert status == 0
    assert (tree(world.home), stamps(world.home)) == before
    with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as connection:
        assert connection.execute("select count(*) from run").fetchone() == (1,)
    counts = world.truth["counts"]
    assert {name: told["streams"][f"db.{name}"]["now"] for name in counts["tables"]} == counts["tables"]
    assert told["documents"] == {"now": counts["files"], "before": counts["files"]}
    assert told["objects"]["new_at_least"] == 0
    assert told["packages"] == {"least": 0, "most": 0}
    assert told["compared_with"] == delivered.result["run"]
    assert told["seconds"]["total"] > 0
    codes = [risk["code"] for risk in told["risks"]]
    assert "OPR031" in codes
    assert codes.count("OPR030") == len(delivered.result["findings"])


def test_a_dry_run_of_a_fresh_home_makes_no_home(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    shutil.rmtree(world.home)
    status, told = world.run("--dry")
    assert status == 0
    assert not world.home.exists()
    assert told["compared_with"] is None
    assert told["seconds"]["total"] is None
    assert told["packages"]["least"] >= 1
    assert told["packages"]["most"] >= delivered.result["packages"]
    assert told["disk"]["needed"] > told["bytes"]["now"]


def test_a_dry_run_sees_drift_growth_and_shrinking(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    source = next((world.path / "sources").rglob("alkt.sqlite"))
    with sqlite3.connect(source) as connection:
        connection.execute('alter table "Ärende" add column Nyhet text')
        connection.execute('create table "Tillägg" (a text)')
        connection.execute('delete from "Klartext" where rowid = 1')
    status, told = world.run("--dry")
    assert status == 1  # the mapping must say what becomes of the new column
    found = {(risk["code"], risk["where"]) for risk in told["risks"]}
    assert {("OPR033", "db.Ärende"), ("OPR033", "db.Tillägg"), ("OPR044", "db.Klartext")} <= found


def test_a_dry_run_says_what_would_stop_the_run(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    status, told = world.run("--dry", "--at", "2000-01-01T12:00:00Z")
    assert status == 1
    assert told["possible"] is False
    assert {"AGR006", "AGR007"} & {risk["code"] for risk in told["risks"] if risk["severity"] == "critical"}
    path = world.path / "municipalities/mora/alkt.yaml"
    path.write_text(path.read_text().replace("connector: alkt\n", "connector: alkt2\n"))
    status, told = world.run("--dry")
    assert status == 1
    assert told["error"]["code"] == "REG001"


def test_a_dry_run_knows_whether_an_approved_test_is_there(settled, tmp_path):
    world = settled.copy(tmp_path)
    path = world.path / "municipalities/mora/alkt.yaml"
    path.write_text(path.read_text().replace("name: untested", "name: nothing"))
    if (
        world.run("--dry")[0] == 1 and "error" in world.run("--dry")[1]
    ):  # an unknown waiver is a fault of its own
        lines = path.read_text().splitlines()
        start = next(at for at, line in enumerate(lines) if line.startswith("waivers:"))
        path.write_text("\n".join([*lines[:start], *lines[start + 5 :]]) + "\n")

    def codes():
        return {risk["code"] for risk in world.run("--dry")[1]["risks"] if risk["severity"] == "critical"}

    assert codes() == {"APV001"}
    status, tested = world.run("--test", "--at", AT, "--by", "Cecilia")
    assert status == 0
    assert world.run("--dry", "--test")[0] == 0
    status, told = world.ask("approve", tested["run"], "--by", "Berit")
    assert status == 0, told
    assert codes() == set()
    path.write_text(path.read_text().replace("profile: fgs-2.0", "profile: eark-2.2"))
    assert codes() == {"APV002"}


def test_another_mapping_makes_every_object_anew_and_the_dry_run_knows(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    path = world.path / "mappings/alkt/serveringstillstand.yaml"
    path.write_text(path.read_text() + "\n# ändrad\n")
    mapped = world.run("--dry")[1]
    known = {risk["code"] for risk in mapped["risks"]}
    if "OPR043" not in known:  # a comment alone changes no digest
        text = path.read_text()
        path.write_text(text.replace("because: ", "because: Nytt. ", 1))
        mapped = world.run("--dry")[1]
    assert "OPR043" in {risk["code"] for risk in mapped["risks"]}
    assert mapped["objects"]["new_at_least"] == mapped["objects"]["now"]


# Purge


def test_nothing_of_an_unsettled_delivery_goes(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    before = tree(world.home)
    status, told = world.ask("purge", "mora", "--days", "0", "--dry")
    assert (status, told["purged"]) == (0, {})
    status, told = world.ask("purge", "mora", "--days", "0", "--by", "Anna")
    assert (status, told["purged"]) == (0, {})
    assert {
        name: digest
        for name, digest in tree(world.home).items()
        if "locks" not in name and "ledger" not in name
    } == {name: digest for name, digest in before.items() if "locks" not in name and "ledger" not in name}
    assert audited(world, "purge") == []


def test_nothing_goes_before_its_days_are_over(settled, tmp_path):
    world = settled.copy(tmp_path)
    assert world.ask("purge", "mora", "--by", "Anna")[1]["purged"] == {}
    assert world.ask("purge", "mora/alkt", "--days", "1", "--by", "Anna")[1]["purged"] == {}
    assert left(world, "blobs")


def test_working_copies_go_and_everything_else_works(settled, tmp_path):
    world = settled.copy(tmp_path)
    before, blobs = proofs(world), len(left(world, "blobs"))
    frozen = tree(world.home)
    status, dry = world.ask("purge", "mora", "--days", "0", "--dry")
    assert tree(world.home) == frozen
    status, told = world.ask("purge", "mora", "--days", "0", "--by", "Anna")
    assert status == 0
    assert (
        told["purged"]
        == dry["purged"]
        == {"blob": blobs, "landing": 2, "package": settled.result["packages"]}
    )
    assert told["bytes"] == dry["bytes"] > 0
    assert left(world, *WORKING) == []
    assert proofs(world) == before
    [entry] = audited(world, "purge")
    assert entry["by"] == "Anna"
    assert entry["purged"] == told["purged"]
    assert len(entry["packages"]) == settled.result["packages"]
    assert entry["runs"] == [settled.result["run"]]
    assert world.ask("archive", "verify", "mora")[0] == 0
    assert world.ask("audit", "verify", "mora")[0] == 0
    assert (
        world.ask(
            "explain",
            world.truth["expected"]["protected"]
            and object_id("mora", "alkt", "case", [world.truth["expected"]["protected"][0]]),
        )[0]
        == 0
    )
    assert world.run("--dry")[1]["objects"]["before"] == settled.result["objects"]["found"]
    status, again = world.run("--at", LATER)
    assert status == 0
    assert again["packages"] == 0
    assert again["objects"]["unchanged"] == settled.result["objects"]["archived"]
    assert world.ask("purge", "mora", "--days", "0", "--by", "Anna")[1]["purged"]["blob"] == blobs


@pytest.mark.parametrize("at", [0, 1, 2, 30, 200])
def test_a_purge_that_was_killed_is_finished_by_the_next(settled, tmp_path, monkeypatch, at):
    world = settled.copy(tmp_path)
    before = proofs(world)
    expected = world.ask("purge", "mora", "--days", "0", "--dry")[1]
    delete, done = purging._delete, []

    def die(path):
        if len(done) == at:
            if path.is_dir():
                (path / "manifest.json").unlink()
            raise Killed
        done.append(path)
        delete(path)

    monkeypatch.setattr(purging, "_delete", die)
    with pytest.raises(Killed):
        world.ask("purge", "mora", "--days", "0", "--by", "Anna")
    monkeypatch.setattr(purging, "_delete", delete)
    assert world.ask("archive", "verify", "mora")[0] == 0
    status, told = world.ask("purge", "mora", "--days", "0", "--by", "Berit")
    assert status == 0
    assert told["purged"] == expected["purged"]
    assert told["bytes"] == expected["bytes"]
    assert left(world, *WORKING, "purging") == []
    assert proofs(world) == before
    assert [entry["by"] for entry in audited(world, "purge")] == ["Anna"]


def test_what_was_needed_again_after_the_kill_stays(settled, tmp_path, monkeypatch):
    world = settled.copy(tmp_path)

    def die(_path):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(purging, "_delete", die)
        with pytest.raises(Killed):
            world.ask("purge", "mora", "--days", "0", "--by", "Anna")
    assert world.run("--at", LATER)[0] == 0
    landings, blobs = left(world, "landing"), left(world, "blobs")
    told = world.ask("purge", "mora", "--days", "1", "--by", "Anna")[1]
    assert "landing" not in told["purged"]
    assert "blob" not in told["purged"]
    assert left(world, "landing") == landings
    assert left(world, "blobs") == blobs


def test_a_blob_that_another_landing_refers_to_stays(settled, tmp_path):
    world = settled.copy(tmp_path)
    [landing] = (world.home / "mora/landing/alkt").iterdir()
    shutil.copytree(landing, world.home / "mora/landing/annan" / landing.name)
    blobs = tree(world.home / "mora/blobs")
    assert "blob" not in world.ask("purge", "mora", "--days", "0", "--dry")[1]["purged"]
    told = world.ask("purge", "mora", "--days", "0", "--by", "Anna")[1]
    assert "blob" not in told["purged"]
    assert tree(world.home / "mora/blobs") == blobs
    assert not left(world, "outbox")


def test_nothing_of_an_interrupted_run_goes(settled, tmp_path):
    world = settled.copy(tmp_path)
    assert world.run("--at", LATER)[1]["settled"] is True
    source = next((world.path / "sources").rglob("alkt.sqlite"))
    with sqlite3.connect(source) as connection:
        connection.execute('delete from "Klartext" where rowid = 1')
    with pytest.raises(Killed), opened(settings_of(world), "mora/alkt", Wish()) as session:
        landing = session.extract()["landing"]
        raise Killed
    told = world.ask("purge", "mora", "--days", "0", "--by", "Anna")[1]
    assert told["purged"]["landing"] == 2
    assert landing not in told["landings"]
    assert [path.name for path in (world.home / "mora/outbox/alkt").iterdir()] == [landing]
    assert "blob" not in told["purged"]
    status, result = world.run()
    assert status == 0, result


def test_an_extract_that_was_interrupted_keeps_all_blobs(settled, tmp_path):
    world = settled.copy(tmp_path)
    with pytest.raises(Killed), opened(settings_of(world), "mora/alkt", Wish()):
        raise Killed
    told = world.ask("purge", "mora", "--days", "0", "--by", "Anna")[1]
    assert told["kept"]["blobs"] == "OPR020"
    assert left(world, "blobs")


def test_what_a_receipt_left_goes_with_its_landing(settled, tmp_path):
    world = settled.copy(tmp_path)
    home = world.home / "mora"
    landing = next(path.name for path in (home / "landing" / "alkt").iterdir())
    left = home / "carrying" / "alkt" / "received"
    for name in ("incoming/rows", "damaged/x", "a-sealed-pack", "received.json"):
        (left / landing / name).parent.mkdir(parents=True, exist_ok=True)
        (left / landing / name).write_text("{}")
    (left / ".staging" / "1-x").mkdir(parents=True)
    status, told = world.ask("purge", "mora", "--days", "0", "--by", "Anna")
    assert (status, told["purged"]["transfer"]) == (0, 3)
    assert [path.name for path in left.rglob("*")] == [landing, "received.json"]


def test_batches_of_an_extract_that_nobody_went_on_with_are_purged_after_the_days(settled, tmp_path):
    world = settled.copy(tmp_path)
    batch = world.home / "mora/outbox/alkt/.resume/0123456789abcdef/db/00000.arrow"
    batch.parent.mkdir(parents=True)
    batch.write_bytes(b"rows")
    assert "attempt" not in world.ask("purge", "mora", "--days", "1", "--by", "Anna")[1]["purged"]
    assert batch.exists()
    status, told = world.ask("purge", "mora", "--days", "0", "--by", "Anna")
    assert (status, told["purged"]["attempt"]) == (0, 1)
    assert not (world.home / "mora/outbox/alkt/.resume").exists()


def test_a_running_delivery_is_not_purged(settled, tmp_path):
    world = settled.copy(tmp_path)
    with opened(settings_of(world), "mora/alkt", Wish()):
        assert world.ask("purge", "mora/alkt", "--days", "0")[0] == 3
        status, told = world.ask("purge", "mora", "--days", "0", "--by", "Anna")
        assert (status, told["purged"]) == (0, {})
        assert told["kept"] == {"mora/alkt": "RUN001", "blobs": "RUN001"}


# Backup and restore


def backed_up(world, target, *words):
    status, told = world.ask("backup", "mora", "--to", target, "--by", "Anna", *words)
    assert status == 0, told
    return told


def restored(world, source, home, *words):
    other = World(world.path, home)
    status, told = other.ask("restore", source, "mora", "--by", "Anna", *words)
    assert status == 0, told
    return other, told


@pytest.fixture
def passphrase(tmp_path):
    path = tmp_path / "lösen"
    path.write_text("en lång lösenfras\n")
    return path


def test_a_restored_home_verifies_and_the_next_run_makes_nothing(settled, tmp_path, passphrase):
    told = backed_up(settled, tmp_path / "b", "--passphrase-file", passphrase)
    assert told["keys"] == "encrypted"
    assert told["lacking"] == 0
    shutil.copytree(settled.home / "centre", tmp_path / "h" / "centre")
    world, answer = restored(settled, tmp_path / "b", tmp_path / "h", "--passphrase-file", passphrase)
    assert answer["keys"] >= 1
    assert answer["interrupted"] == []
    assert stat.S_IMODE((world.home / "mora").stat().st_mode) == 0o700
    assert proofs(world) == proofs(settled)
    assert world.ask("archive", "verify", "mora")[0] == 0
    assert world.ask("audit", "verify", "mora")[0] == 0
    status, result = world.run("--at", LATER)
    assert status == 0
    assert result["packages"] == 0
    assert result["objects"]["unchanged"] == settled.result["objects"]["archived"]
    assert len(audited(world, "restore")) == 1


def test_unchanged_files_are_not_copied_twice_and_the_second_generation_is_whole(settled, tmp_path):
    world = settled.copy(tmp_path)
    first = backed_up(world, tmp_path / "b")
    second = backed_up(world, tmp_path / "b")
    assert first["copied"] > 100
    assert second["copied"] <= 2
    assert second["files"] == first["files"]
    assert [entry["generation"] for entry in audited(world, "backup")][-2:] == [
        first["generation"],
        second["generation"],
    ]
    other, answer = restored(world, tmp_path / "b", tmp_path / "h")
    assert answer["generation"] == second["generation"]
    assert other.ask("archive", "verify", "mora")[0] == 0


def test_secret_keys_and_protected_identities_are_not_in_the_open_part(settled, tmp_path):
    identity = pyrage.x25519.Identity.generate()
    told = backed_up(settled, tmp_path / "b", "--recipient", str(identity.to_public()))
    assert told["keys"] == "encrypted"
    secrets = [path.read_bytes() for path in (settled.home / "mora/keys").glob("*.key")]
    assert secrets
    for path in (tmp_path / "b").rglob("*"):
        if path.is_file():
            assert not any(secret in path.read_bytes() for secret in secrets), path
    protected = tree(settled.home / "mora/archive-protected")
    contents = {digest for name, digest in protected.items() if "case.json" in name}
    assert contents
    assert not contents & set(tree(tmp_path / "b/mora/open").values())
    assert contents <= set(tree(tmp_path / "b/mora/protected").values())
    assert stat.S_IMODE((tmp_path / "b/mora/protected").stat().st_mode) == 0o700
    key = tmp_path / "id.txt"
    key.write_text(f"# nyckel\n{identity}\n")
    world, answer = restored(settled, tmp_path / "b", tmp_path / "h", "--identity", key)
    assert answer["keys"] == len(secrets)
    for path in (world.home / "mora/keys").glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_bytes() == (settled.home / "mora/keys" / path.name).read_bytes()


def test_the_centre_s_keys_are_kept_the_same_way(settled, tmp_path, passphrase):
    words = ("--to", tmp_path / "b", "--passphrase-file", passphrase)
    assert settled.ask("backup", "centre", *words)[1]["keys"] == "encrypted"
    other = World(settled.path, tmp_path / "h")
    assert other.ask("restore", tmp_path / "b", "centre", "--passphrase-file", passphrase)[0] == 0
    assert tree(tmp_path / "h/centre/keys") == tree(settled.home / "centre/keys")
    assert settled.ask("backup", "nowhere", *words)[1]["error"]["code"] == "USE003"


def test_without_a_lock_keys_are_left_out_and_said(settled, tmp_path):
    assert backed_up(settled, tmp_path / "b")["keys"] == "left out"
    shutil.copytree(settled.home / "centre", tmp_path / "h" / "centre")
    world, answer = restored(settled, tmp_path / "b", tmp_path / "h")
    assert answer["keys_missing"] is True
    assert sorted(path.name for path in (world.home / "mora/keys").iterdir()) == ["history.json"]
    assert world.run("--at", LATER)[1]["error"]["code"] == "DLV005"


def test_where_the_centre_s_keys_come_back_last_a_person_answers_for_the_restore(
    settled, tmp_path, passphrase
):
    backed_up(settled, tmp_path / "b", "--passphrase-file", passphrase)
    world, _ = restored(settled, tmp_path / "b", tmp_path / "h", "--passphrase-file", passphrase)
    assert not (world.home / "centre").exists()
    assert world.run("--at", LATER)[1]["error"]["code"] == "AUD018"
    shutil.rmtree(world.home / "centre", ignore_errors=True)
    shutil.copytree(settled.home / "centre", world.home / "centre")
    assert world.run("--at", LATER)[1]["error"]["code"] == "AUD018"
    words = ("audit", "head", "mora", "--accept", "--by", "Anna", "--reason", "nycklarna kom sist")
    assert world.ask(*words)[0] == 0
    status, told = world.ask("audit", "verify", "mora")
    assert (status, [one["code"] for one in told["findings"]]) == (0, ["AUD019"])
    assert audited(world, "head.accepted")[0]["kinds"] == {"restore": 1}
    assert world.run("--at", LATER)[0] == 0


def test_a_wrong_passphrase_restores_nothing(settled, tmp_path, passphrase):
    backed_up(settled, tmp_path / "b", "--passphrase-file", passphrase)
    wrong = tmp_path / "fel"
    wrong.write_text("en annan")
    other = World(settled.path, tmp_path / "h")
    status, told = other.ask("restore", tmp_path / "b", "mora", "--passphrase-file", wrong)
    assert (status, told["error"]["code"]) == (1, "OPR054")
    assert not (tmp_path / "h/mora").exists()


def test_restore_overwrites_nothing(settled, tmp_path):
    backed_up(settled, tmp_path / "b")
    world = settled.copy(tmp_path)
    before = tree(world.home)
    status, told = world.ask("restore", tmp_path / "b", "mora")
    assert (status, told["error"]["code"]) == (1, "OPR050")
    assert tree(world.home) == before


@pytest.mark.parametrize("damage", ["flip", "delete", "list", "seal", "protected"])
def test_a_damaged_backup_restores_nothing(settled, tmp_path, damage):
    told = backed_up(settled, tmp_path / "b")
    part = tmp_path / "b/mora/open"
    some = max(
        (path for path in (part / "files").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
    )
    if damage == "flip":
        data = bytearray(some.read_bytes())
        data[len(data) // 2] ^= 1
        some.write_bytes(data)
    elif damage == "delete":
        some.unlink()
    elif damage == "list":
        path = part / "generations" / f"{told['generation']}.sha256"
        path.write_text(path.read_text().split("\n", 1)[1])
    elif damage == "seal":
        path = part / "generations" / f"{told['generation']}.json"
        path.write_text(path.read_text().replace('"files": ', '"files": 1'))
    else:
        shutil.rmtree(tmp_path / "b/mora/protected")
    other = World(settled.path, tmp_path / "h")
    status, answer = other.ask("restore", tmp_path / "b", "mora")
    assert status != 0
    assert answer["error"]["code"] in {"OPR051", "OPR052", "OPR055"}
    assert not (tmp_path / "h/mora").exists()


class Mortal(LocalFilesystem):
    """Dies at a chosen rename."""

    def __init__(self, at):
        self.left = at

    def rename(self, source, target):
        if self.left == 0:
            raise Killed
        self.left -= 1
        super().rename(source, target)


@pytest.mark.parametrize("at", [0, 1, 300, -1, -2])
def test_a_killed_backup_harms_no_earlier_one_and_goes_on(settled, tmp_path, at):
    world = settled.copy(tmp_path)
    first = backed_up(world, tmp_path / "b")
    shutil.copytree(tmp_path / "b", tmp_path / "whole")
    shutil.rmtree(tmp_path / "b/mora/open/files")  # so that there is something to copy
    steps = Mortal(-1)
    with use(steps):
        shutil.copytree(tmp_path / "b", tmp_path / "count")
        backed_up(world, tmp_path / "count")
    number = at if at >= 0 else -1 - steps.left - 1 + at + 1
    with use(Mortal(number)), pytest.raises(Killed):
        world.ask("backup", "mora", "--to", tmp_path / "b", "--by", "Anna")
    shutil.copytree(tmp_path / "whole/mora/open/files", tmp_path / "b/mora/open/files", dirs_exist_ok=True)
    _, answer = restored(world, tmp_path / "b", tmp_path / "h1")
    assert answer["generation"] == first["generation"]
    again = backed_up(world, tmp_path / "b")
    other, answer = restored(world, tmp_path / "b", tmp_path / "h2")
    assert answer["generation"] == again["generation"]
    assert other.ask("archive", "verify", "mora")[0] == 0


def test_a_backup_while_a_run_goes_on_is_that_moment_whole(fresh, tmp_path):
    assert fresh.run("--at", AT)[0] == 0
    leverans("demo", "change", fresh.path, "--json")
    with pytest.raises(Killed), opened(settings_of(fresh), "mora/alkt", Wish()) as session:
        session.agree()
        session.extract()
        session.transfer()
        session.identify()
        for number in session.buckets():
            session.map_bucket(number)
        first, *others = session.plan()
        session.package(first)
        told = backed_up(fresh, tmp_path / "b", "--passphrase-file", _words(tmp_path))
        for planned in others:
            session.package(planned)
        raise Killed
    assert told["lacking"] == 0
    shutil.copytree(fresh.home / "centre", tmp_path / "h" / "centre")
    world, answer = restored(fresh, tmp_path / "b", tmp_path / "h", "--passphrase-file", _words(tmp_path))
    assert len(answer["interrupted"]) == 1
    assert world.ask("archive", "verify", "mora")[0] == 0
    status, result = world.run("--restart", "--at", LATER)
    assert status == 0
    assert result["packages"] == len(others)
    assert world.ask("archive", "verify", "mora")[0] == 0


def _words(tmp_path):
    path = tmp_path / "ord"
    path.write_text("hemligt")
    return path


def test_a_snapshot_leaves_out_what_came_into_the_archive_after_it(fresh, tmp_path, monkeypatch):
    """The ledger's snapshot is taken first; versions that come while files are copied are of the next backup."""
    module = sys.modules[f"{keeping.__name__}.backup"]
    assert fresh.run("--at", AT)[0] == 0
    take = module._snapshot

    def meanwhile(source, target):
        take(source, target)
        monkeypatch.setattr(module, "_snapshot", take)
        leverans("demo", "change", fresh.path, "--json")
        assert fresh.run("--at", LATER)[1]["packages"] > 0

    monkeypatch.setattr(module, "_snapshot", meanwhile)
    told = backed_up(fresh, tmp_path / "b", "--passphrase-file", _words(tmp_path))
    assert told["lacking"] == 0
    shutil.copytree(fresh.home / "centre", tmp_path / "h" / "centre")
    world, _ = restored(fresh, tmp_path / "b", tmp_path / "h", "--passphrase-file", _words(tmp_path))
    assert world.ask("archive", "verify", "mora")[0] == 0
    with ledger_of(world) as ledger:
        assert len(ledger.runs()) == 1
    status, result = world.run("--at", "2026-08-01T12:00:00Z")
    assert status == 0
    assert result["packages"] > 0


def test_a_backup_says_when_the_archive_lacks_what_the_ledger_knows(settled, tmp_path):
    world = settled.copy(tmp_path)
    case = next((world.home / "mora/archive").rglob("case.json"))
    shutil.rmtree(case.parents[2])
    status, told = world.ask("backup", "mora", "--to", tmp_path / "b")
    assert (status, told["lacking"]) == (1, 1)
    other = World(world.path, tmp_path / "h")
    assert other.ask("restore", tmp_path / "b", "mora")[1]["whole"] is False


# A ledger made anew


def state_of(world):
    """What the ledger knows to be archived, by object."""
    with ledger_of(world) as ledger:
        rows = [row for table in ledger.current("mora/alkt") for row in table.to_pylist()]
    return {row["object"]: row for row in rows}


def changed(world, at):
    leverans("demo", "change", world.path, "--json")
    status, result = world.run("--at", at)
    assert status == 0, result
    return result["objects"]["by_state"], result["packages"]


def test_a_lost_ledger_comes_back_from_archive_and_receipts(fresh, tmp_path):
    assert fresh.run("--at", AT)[0] == 0
    changed(fresh, LATER)
    assert fresh.run("--at", "2026-07-20T12:00:00Z")[1]["packages"] == 0
    twin = fresh.copy(tmp_path / "twin")
    before = state_of(fresh)
    ledger = fresh.home / "mora/ledger.sqlite"
    old = hashlib.sha256(ledger.read_bytes()).hexdigest()
    status, told = fresh.ask("ledger", "rebuild", "mora", "--by", "Anna")
    assert status == 0, told
    assert hashlib.sha256((fresh.home / "mora" / told["aside"]).read_bytes()).hexdigest() == old
    assert told["runs"] == 3
    assert set(told["lost"]) == {"quarantined without name", "entries of the audit log"}
    assert state_of(fresh) == before
    assert fresh.ask("archive", "verify", "mora")[0] == 0
    assert fresh.run("--at", "2026-08-01T12:00:00Z")[1]["packages"] == 0
    assert changed(fresh, "2026-08-02T12:00:00Z") == changed(twin, "2026-08-02T12:00:00Z")


def test_a_rebuilt_ledger_is_never_more_settled_than_the_receipts(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    (world.home / "mora/ledger.sqlite").unlink()
    status, told = world.ask("ledger", "rebuild", "mora")
    assert status == 0
    assert told["aside"] is None
    with ledger_of(world) as ledger:
        [state] = ledger.status()
    assert state.settled is False
    assert state.undecided == told["lost"]["quarantined without name"] > 0
    assert world.ask("purge", "mora", "--days", "0")[1]["purged"] == {}


def test_a_receipt_that_does_not_hold_is_not_believed(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    [path] = (world.home / "mora/receipts/alkt").glob("*.json")
    path.write_text(path.read_text().replace('"settled":false', '"settled":true'))
    _, told = world.ask("ledger", "rebuild", "mora")
    assert told["lost"]["receipts that do not hold"] == [path.name]
    assert told["lost"]["runs without receipt"] == 1
    with ledger_of(world) as ledger:
        assert [state.settled for state in ledger.status()] == [False]
    assert world.ask("archive", "verify", "mora")[0] == 0
    status, result = world.run("--at", LATER)
    assert (status, result["packages"]) == (0, 0)


def test_another_file_is_written_and_nothing_overwritten(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    before = tree(world.home / "mora")
    target = tmp_path / "ny.sqlite"
    assert world.ask("ledger", "rebuild", "mora", "--to", target)[0] == 0
    assert {name: digest for name, digest in tree(world.home / "mora").items() if "locks" not in name} == {
        name: digest for name, digest in before.items() if "locks" not in name
    }
    status, told = world.ask("ledger", "rebuild", "mora", "--to", target)
    assert (status, told["error"]["code"]) == (2, "OPR060")


def test_countersignatures_and_approvals_come_back(settled, tmp_path):
    world = settled.copy(tmp_path)
    assert world.ask("ledger", "rebuild", "mora")[0] == 0
    with ledger_of(world) as ledger:
        actions = [one.action for one in ledger.decisions.list("mora/alkt")]
    assert actions == ["countersign"]
    assert len(audited(world, "receipt.countersigned")) == 1


# Clearance


def cleared(world, *words):
    return world.ask("clearance", "mora/alkt", "--by", "Anna", "--decision", "KS 9", *words)


def reasons(answer):
    return {problem["code"] for problem in answer["problems"]}


def test_an_unsettled_delivery_without_countersignature_is_refused_with_both_reasons(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    status, answer = cleared(world)
    assert (status, answer["error"]["code"]) == (1, "CLR001")
    assert reasons(answer) == {"CLR005", "CLR007"}
    assert not (world.home / "mora/clearances").exists()


def test_the_lists_hold_exactly_what_is_archived_and_the_certificate_holds(settled, tmp_path):
    world = settled.copy(tmp_path)
    status, answer = cleared(world, "--to", tmp_path / "c")
    assert status == 0, answer
    expected = world.truth["expected"]
    rows = {}
    for name in ("open", "protected", "excluded"):
        path = tmp_path / "c" / f"{name}.csv"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with path.open(encoding="utf-8", newline="") as stream:
            rows[name] = list(csv.DictReader(stream, delimiter=";"))
        told = answer["certificate"]["lists"][name]
        assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert told["objects"] == len(rows[name])
    [column] = [name for name in rows["open"][0] if name == "ArendeID"]
    assert {row[column] for row in rows["protected"]} == set(expected["protected"])
    assert {row[column] for row in rows["excluded"]} == set(expected["quarantined"])
    assert len(rows["open"]) == expected["archived_open"]
    kept = {row[column] for row in rows["open"]}
    assert not kept & ({*expected["quarantined"], *expected["excluded"], *expected["protected"]})
    for row in [*rows["open"], *rows["protected"]]:
        assert row["object"] == object_id("mora", "alkt", "case", [row[column]])
    assert {row["decision"] for row in rows["excluded"]} == {"KS 2"}
    assert answer["certificate"]["not_cleared"] == {"excluded": len(expected["excluded"])}
    assert (
        sum(int(row["documents"]) for name in ("open", "protected") for row in rows[name])
        == (answer["certificate"]["read_back"]["documents"])
    )
    plain = json.loads((tmp_path / "c/certificate.json").read_bytes())
    signature = Signature.of(plain["signatures"][0])
    Trust.of_home(world.home).verify(signature, plain["clearance"], purpose="clearance", owner="centre")
    with ledger_of(world) as ledger:
        assert ledger.decisions.list("mora/alkt")[-1].action == "clear"
    assert len(audited(world, "clearance")) == 1
    assert len(audited(world, "reveal")) == 1
    assert world.ask("audit", "verify", "mora")[0] == 0
    assert cleared(world, "--to", tmp_path / "c")[1]["error"]["code"] == "OPR060"


def test_a_key_of_the_source_is_never_printed(settled, tmp_path):
    world = settled.copy(tmp_path)
    status, text = leverans(
        "clearance",
        "mora/alkt",
        "--by",
        "Anna",
        "--decision",
        "KS 9",
        "--content",
        world.path,
        "--home",
        world.home,
    )
    assert status == 0
    answer = json.dumps(cleared(world)[1])
    for row in csv.DictReader(
        (next((world.home / "mora/clearances").rglob("protected.csv"))).open(), delimiter=";"
    ):
        assert row["object"] not in text + answer


def test_nothing_is_cleared_that_does_not_read_back(settled, tmp_path):
    world = settled.copy(tmp_path)
    [path, *_] = sorted((world.home / "mora/archive").rglob("v1.zip"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    status, answer = cleared(world)
    assert (status, reasons(answer)) == (1, {"CLR008"})


def test_without_the_landing_there_is_no_list_and_a_new_run_brings_it(settled, tmp_path):
    world = settled.copy(tmp_path)
    world.ask("purge", "mora", "--days", "0", "--by", "Anna")
    status, answer = cleared(world)
    assert (status, reasons(answer)) == (1, {"CLR010"})
    assert world.run("--at", LATER)[0] == 0
    status, answer = cleared(world)
    assert reasons(answer) == {"CLR007"}


def test_a_forged_receipt_a_test_run_and_a_missing_decision_are_refused(settled, tmp_path):
    world = settled.copy(tmp_path)
    status, answer = world.ask("clearance", "mora/alkt", "--by", "Anna")
    assert (status, answer["error"]["code"]) == (2, "DEC001")
    assert world.run("--test", "--at", AT)[0] == 0
    with ledger_of(world) as ledger:
        test = next(state.run.id for state in ledger.runs() if state.run.test)
    assert "CLR002" in reasons(cleared(world, "--run", test)[1])
    [path] = [path for path in (world.home / "mora/receipts/alkt").glob("*.json") if test not in path.name]
    path.write_text(path.read_text().replace('"settled":false', '"settled":true'))
    assert reasons(cleared(world)[1]) == {"CLR006"}


def test_an_interrupted_run_waits_before_anything_is_erased(settled, tmp_path):
    world = settled.copy(tmp_path)
    with pytest.raises(Killed), opened(settings_of(world), "mora/alkt", Wish()):
        raise Killed
    codes = reasons(cleared(world)[1])
    assert "CLR009" in codes
