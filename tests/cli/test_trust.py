"""Keys, receipts and the audit log by the public commands, on a real delivery that somebody tampers with."""

import hashlib
import json
import re
import shutil
import sqlite3
import zipfile

import pytest
from tests.support.worlds import AT, make_world
from tests.trust.kit import World as Kit

from leverans.blobs import LocalFilesystem, use
from leverans.clock import SystemClock
from leverans.delivery.witness import witnessed
from leverans.ledger import Item, Ledger, commit_hook
from leverans.ledger.audit import leaf_of
from leverans.ledger.standing import items_digest
from leverans.settings import Settings
from leverans.trust import canonical


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A world of 40 cases, delivered twice, with keys exported; tests work on a copy."""
    world = make_world(tmp_path_factory.mktemp("trust"), cases=40, seed=11)
    for _ in range(2):
        status, result = world.run("--at", AT)
        assert status == 0, result
    assert world.ask("keys", "create", "mora")[0] == 0
    return world


@pytest.fixture
def world(done, tmp_path):
    copy = done.copy(tmp_path)
    copy.trust = tmp_path / "trust"
    for owner in ("centre", "mora"):
        assert copy.ask("keys", "export", owner, "--to", copy.trust)[0] == 0
    return copy


def receipts(world):
    return sorted((world.home / "mora" / "receipts" / "alkt").glob("*.json"))


def verdicts(world, path, *more):
    status, told = world.ask("receipt", "verify", path, "--trust", world.trust, *more)
    assert (status == 0) == told["valid"]
    return {check["check"]: check.get("code", check["verdict"]) for check in told["checks"]}


def audit(world, *more):
    status, told = world.ask("audit", "verify", "mora", "--trust", world.trust, *more)
    assert status == (0 if told["valid"] else 1)
    return sorted({finding["code"] for finding in told["findings"]})


def sql(world, *statements):
    """Write to the ledger as an attacker would, who puts the guards back afterwards."""
    connection = sqlite3.connect(world.home / "mora" / "ledger.sqlite")
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        assert connection.execute(*statement).rowcount > 0
    for _, text in triggers:
        connection.execute(text)
    connection.commit()
    connection.close()


def told(world, query):
    """Ask the ledger; give the first row."""
    connection = sqlite3.connect(world.home / "mora" / "ledger.sqlite")
    row = connection.execute(query).fetchone()
    connection.close()
    return row


ALL = ("form", "signature", "key", "ledger", "log", "content", "previous", "packages")


def test_the_receipts_of_an_honest_delivery_hold(world):
    for path in receipts(world):
        answer = verdicts(world, path, "--municipality", "mora")
        assert answer == {**dict.fromkeys(ALL, "holds"), "countersignature": "absent"}
    assert audit(world) == []
    first, second = (json.loads(path.read_bytes())["receipt"] for path in receipts(world))
    assert first["previous"] is None
    assert second["previous"] == digest(first)
    assert first["content"] == second["content"]
    assert first["content"]["objects"] == first["objects"]["archived"] == second["objects"]["unchanged"]
    assert set(first["connectors"]) == {"db", "register", "share"}
    assert sum(row["objects"] + row["rows"] for row in first["aside"]) >= first["objects"]["quarantined"]
    assert first["audit"]["size"] < second["audit"]["size"]


def digest(plain):
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_countersignature_is_added_once_and_recorded(world):
    path = receipts(world)[0]
    before = digest(json.loads(path.read_bytes())["receipt"])
    for _ in range(2):
        status, told = world.ask(
            "receipt", "countersign", path, "--by", "Åsa Arkivarie", "--decision", "KS 1"
        )
        assert status == 0
        assert told["receipt"] == before
        assert told["signature"]["by"] == "Åsa Arkivarie"
    assert len(json.loads(path.read_bytes())["signatures"]) == 2
    assert verdicts(world, path, "--municipality", "mora")["countersignature"] == "holds"
    assert audit(world) == []
    told = world.ask("audit", "report", "mora", "--year", year(world))[1]
    assert told["counts"]["receipt.countersigned"] == told["counts"]["decision"] == 1
    assert [entry["countersigned"] for entry in told["receipts"]] == [True, False]


def test_every_receipt_that_a_clearance_needs_is_countersigned_at_once(world):
    grounds = ("--by", "Åsa", "--reason", "prov", "--decision", "KS 1")
    waiting = world.ask("quarantine", "list", "mora/alkt")[1]["quarantine"]
    code = next(one["code"] for one in waiting if one["object"])
    status, done = world.ask("quarantine", "retry", "mora/alkt", "--code", code, *grounds)
    assert status == 0, done
    first, second, settling = (path.stem for path in receipts(world))
    status, told = world.ask("receipt", "countersign", "mora/alkt", "--all", "--by", "Åsa")
    assert (status, [one["run"] for one in told["countersigned"]]) == (0, [second, settling])
    signed = {path.stem: len(json.loads(path.read_bytes())["signatures"]) for path in receipts(world)}
    assert signed == {first: 1, second: 2, settling: 2}  # a later full run stands for the first
    assert world.ask("receipt", "countersign", "mora/alkt", "--all", "--by", "Åsa")[1]["countersigned"] == []
    assert world.ask("receipt", "countersign", "mora/nosuch", "--all")[1]["error"]["code"] == "USE003"
    assert audit(world) == []


def test_a_receipt_countersigned_elsewhere_is_countersigned_at_home_too(world, tmp_path):
    path = receipts(world)[0]
    carried = shutil.copy(path, tmp_path / "carried.json")
    assert world.ask("receipt", "countersign", carried, "--by", "Åsa")[0] == 0
    assert path.read_bytes() == (tmp_path / "carried.json").read_bytes()
    assert audit(world) == []


def test_a_forged_receipt_is_not_countersigned(world):
    path = receipts(world)[0]
    plain = json.loads(path.read_bytes())
    plain["receipt"]["settled"] = True
    write(path, plain)
    status, told = world.ask("receipt", "countersign", path, "--by", "Åsa")
    assert (status, told["error"]["code"]) == (1, "RCP011")
    assert len(json.loads(path.read_bytes())["signatures"]) == 1


def test_a_municipality_without_a_key_countersigns_nothing(world):
    shutil.move(world.home / "mora" / "keys" / "history.json", world.home / "kept")
    status, told = world.ask("receipt", "countersign", receipts(world)[0], "--by", "Åsa")
    assert (status, told["error"]["code"]) == (1, "KEY005")


def write(path, plain):
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def test_a_forged_receipt_with_a_new_embedded_key_is_found(world, tmp_path):
    from leverans.clock import SystemClock
    from leverans.trust import Keyring

    ring = Keyring(tmp_path / "thief" / "keys", "centre", SystemClock())
    ring.create()
    path = receipts(world)[0]
    plain = json.loads(path.read_bytes())
    plain["receipt"]["settled"] = True
    plain["signatures"] = [ring.signer().sign("receipt", plain["receipt"]).plain()]
    write(path, plain)
    assert verdicts(world, path)["signature"] == "SIG005"
    assert {"SIG005", "RCP004"} <= set(audit(world))
    sha = digest(plain["receipt"])
    sql(
        world,
        (
            "UPDATE event SET payload = json_set(payload, '$.sha256', ?) WHERE kind = 'receipt' AND run = 1",
            (sha,),
        ),
    )
    assert {"SIG005", "RCP004", "AUD005"} <= set(audit(world))
    plain["public"] = ring.history().present.public
    write(path, plain)
    assert verdicts(world, path) == {"form": "RCP001"}


def test_a_package_replaced_with_recomputed_digests_is_found(world):
    """The package is right in itself, and the ledger agrees with it; the signed receipt does not."""
    body = json.loads(receipts(world)[0].read_bytes())["receipt"]
    path = next(path for path in world.packages() if any(map(document, zipfile.ZipFile(path).namelist())))
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    repacked(path)
    new = hashlib.sha256(path.read_bytes()).hexdigest()
    assert old in {package["sha256"] for package in body["packages"]}
    assert world.ask("validate", path)[0] == 0
    change = "UPDATE event SET payload = replace(payload, ?, ?) WHERE kind = 'package'"
    sql(world, (change, (old, new)))
    answer = verdicts(world, receipts(world)[0], "--municipality", "mora")
    assert answer == {**dict.fromkeys(ALL, "holds"), "countersignature": "absent", "packages": "RCP006"}
    assert audit(world) == ["AUD005"]


def test_a_second_receipt_for_a_run_signed_by_the_centre_itself_is_found(world):
    from leverans.clock import SystemClock
    from leverans.trust import Keyring

    path = receipts(world)[0]
    plain = json.loads(path.read_bytes())
    plain["receipt"]["settled"] = True
    signer = Keyring(world.home / "centre" / "keys", "centre", SystemClock()).signer()
    write(path, {**plain, "signatures": [signer.sign("receipt", plain["receipt"]).plain()]})
    assert verdicts(world, path)["signature"] == "holds"
    assert verdicts(world, path, "--municipality", "mora")["ledger"] == "RCP004"
    assert audit(world) == ["RCP004"]


def document(name):
    return "/data/" in name and not name.endswith("ERMS.xml")


def repacked(path):
    """Change one byte of one document and every digest that speaks of it, inside out."""
    with zipfile.ZipFile(path) as package:
        files = {entry: package.read(entry) for entry in package.infolist()}
    name = next(entry for entry in files if document(entry.filename))
    changes = {}

    def put(entry, data):
        changes[hashlib.sha256(files[entry]).hexdigest()] = hashlib.sha256(data).hexdigest()
        files[entry] = data

    put(name, files[name][:-1] + bytes([files[name][-1] ^ 1]))
    for _ in range(4):
        for entry in [one for one in files if one.filename.endswith(("xml", "jsonl"))]:
            data = files[entry]
            for before, after in changes.items():
                data = re.sub(before.encode(), after.encode(), data, flags=re.IGNORECASE)
            if data != files[entry]:
                put(entry, data)
    with zipfile.ZipFile(path, "w") as package:
        for entry, data in files.items():
            package.writestr(entry, data)


def test_a_missing_package_is_told_and_a_purged_one_is_not(world):
    path = world.packages()[0]
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    path.unlink()
    assert verdicts(world, receipts(world)[0], "--municipality", "mora")["packages"] == "RCP005"
    with witnessed(Settings.load(world.path, world.home), "mora", SystemClock()) as ledger:
        entry = ledger.audit.append("purge", {"packages": [sha]})
    status, told = world.ask(
        "receipt", "verify", receipts(world)[0], "--trust", world.trust, "--municipality", "mora"
    )
    (counts,) = (check for check in told["checks"] if check["check"] == "packages")
    of = len(json.loads(receipts(world)[0].read_bytes())["receipt"]["packages"])
    assert of > 1
    wanted = {"verdict": "holds", "of": of, "held": of - 1, "purged": 1, "entries": [entry]}
    assert (status, counts) == (0, {"check": "packages", **wanted})
    for one in world.packages() + world.packages("packages-protected"):
        one.unlink()
    assert verdicts(world, receipts(world)[0], "--municipality", "mora")["packages"] == "RCP005"


def inserted(world, kind, entry, *more):
    """Write an entry of one's own with a leaf that fits, as anybody can who has the file."""
    text, at = canonical(entry).decode(), "2026-07-01T12:00:00.000+00:00"
    insert = "INSERT INTO audit SELECT max(position) + 1, ?, ?, ?, ? FROM audit"
    sql(world, (insert, (at, kind, text, leaf_of(at, kind, text))), *more)


def test_a_package_that_somebody_deleted_is_not_excused_by_an_entry_of_his_own(world):
    path = world.packages()[0]
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    path.unlink()
    inserted(world, "purge", {"packages": [sha]})
    assert verdicts(world, receipts(world)[0], "--municipality", "mora")["packages"] == "RCP005"
    assert audit(world) == ["AUD018"]


def test_a_decision_written_beside_the_program_is_found_and_the_next_run_signs_nothing(world, tmp_path):
    row = told(world, "SELECT id, delivery, number FROM run ORDER BY number DESC")
    at = "2026-07-01T12:00:00.000+00:00"
    entry = {
        "action": "accept",
        "delivery": row[1],
        "id": "d00001-2a2a2a2a",
        "items": 1,
        "items_sha256": items_digest([Item("MAP100", object="x")]),
        "person": "Åsa",
        "reason": "r",
        "reference": "KS 1",
        "run": row[0],
        "selection": {},
        "test": False,
    }
    fields = "number, id, delivery, test, run, action, person, reason, reference, selection, at"
    values = (1, entry["id"], row[1], 0, row[2], "accept", "Åsa", "r", "KS 1", "{}", at)
    inserted(
        world,
        "decision",
        entry,
        (f"INSERT INTO decision ({fields}) VALUES (?,?,?,?,?,?,?,?,?,?,?)", values),
        ("INSERT INTO decision_item (decision, object, code) VALUES (1, 'x', 'MAP100')",),
    )
    heads = world.home / "mora" / "receipts" / "heads.jsonl"
    before = heads.read_bytes()
    assert audit(world) == ["AUD018"]  # all else fits
    for words in (("run", "mora/alkt"), ("purge", "mora", "--days", "1"), ("audit", "head", "mora")):
        status, answer = world.ask(*words)
        assert (status, answer["error"]["code"]) == (1, "AUD018"), words
    assert heads.read_bytes() == before
    assert world.ask("audit", "head", "mora", "--accept", "--by", "Åsa")[0] == 2
    words = ("audit", "head", "mora", "--accept", "--by", "Åsa", "--reason", "prov")
    assert world.ask(*words)[0] == 0
    assert audit(world) == ["AUD019"]
    assert world.run()[0] == 0


@pytest.mark.parametrize("change", ["at = at || 'x'", "reference_time = 'x'", "at = x'ff'", "test = 'x'"])
def test_a_row_that_cannot_be_read_any_more_is_a_fault_and_no_crash(world, change):
    sql(world, (f"UPDATE run SET {change} WHERE number = 1",))
    assert "AUD005" in audit(world)
    assert verdicts(world, receipts(world)[0], "--municipality", "mora")["ledger"] in {"RCP004", "holds"}


def test_an_edited_row_of_the_ledger_is_found_by_log_and_receipt(world):
    change = "UPDATE object_event SET digest = 'f00' WHERE sequence = (SELECT min(sequence) FROM object_event WHERE disposition = 'archived')"
    sql(world, (change,))
    assert audit(world) == ["AUD006"]
    assert verdicts(world, receipts(world)[0], "--municipality", "mora")["content"] == "RCP008"


def test_an_edited_audit_line_is_found(world):
    sql(world, ("UPDATE audit SET entry = replace(entry, 'alkt', 'xyzt') WHERE kind = 'run.begun'",))
    assert "AUD001" in audit(world)


def test_a_log_cut_off_at_its_end_is_found_by_the_signed_heads(world):
    size = "(SELECT max(position) FROM audit)"
    sql(world, (f"DELETE FROM audit WHERE position = {size}",))
    assert "AUD004" in audit(world)


def test_a_log_written_anew_from_the_beginning_is_found(world):
    """Every leaf fits, every run is sealed: only what was signed before tells."""
    sql(world, ("DELETE FROM audit",))
    status, answer = world.ask("purge", "mora", "--days", "1")
    assert (status, answer["error"]["code"]) == (1, "AUD004")
    Ledger.open(world.home / "mora" / "ledger.sqlite", "mora", SystemClock()).close()
    assert set(audit(world)) <= {"AUD003", "AUD004", "AUD018", "RCP004", "RCP007"}
    assert {"AUD003", "AUD004"} & set(audit(world))
    assert verdicts(world, receipts(world)[1], "--municipality", "mora")["log"] == "RCP007"


def test_heads_and_receipts_that_were_deleted_are_missed(world):
    heads = world.home / "mora" / "receipts" / "heads.jsonl"
    kept = heads.read_bytes()
    heads.unlink()
    assert audit(world) == ["AUD010"]
    heads.write_bytes(kept.replace(b'"size":', b'"size":1'))
    assert "SIG006" in audit(world)
    heads.write_bytes(kept[:-10])
    assert audit(world) == ["AUD018", "SIG001"]
    heads.write_bytes(kept)
    receipts(world)[0].unlink()
    assert audit(world) == ["RCP012"]


def test_what_is_cut_off_everywhere_at_home_is_found_by_a_head_kept_elsewhere(world, tmp_path):
    status, head = world.ask("audit", "head", "mora")
    assert status == 0
    kept = tmp_path / "kept.jsonl"
    kept.write_text(json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n")
    last = receipts(world)[1]
    shutil.copy(last, tmp_path / "receipt.json")
    last.unlink()
    heads = world.home / "mora" / "receipts" / "heads.jsonl"
    run = "(SELECT max(number) FROM run)"
    (position,) = told(
        world,
        f"SELECT position FROM audit WHERE kind = 'run.begun' AND json_extract(entry, '$.number') = {run}",
    )
    lines = heads.read_bytes().splitlines(keepends=True)
    heads.write_bytes(b"".join(line for line in lines if json.loads(line)["head"]["size"] <= position))
    sql(
        world,
        (f"DELETE FROM audit WHERE position >= {position}",),
        *(
            (f"DELETE FROM {name} WHERE run = {run}",)
            for name in ("event", "object_event", "row_event", "batch")
        ),
        (f"DELETE FROM run WHERE number = {run}",),
    )
    assert audit(world) == []
    assert audit(world, "--kept", kept) == ["AUD004"]
    assert audit(world, "--kept", tmp_path / "receipt.json") == ["AUD004"]


def test_a_kept_head_that_is_not_signed_or_anothers_is_refused(world, tmp_path):
    head = world.ask("audit", "head", "mora")[1]
    kept = tmp_path / "kept.jsonl"
    write(kept, {**head, "head": {**head["head"], "size": 1}})
    assert (
        world.ask("audit", "verify", "mora", "--trust", world.trust, "--kept", kept)[1]["error"]["code"]
        == "SIG006"
    )


def year(world):
    return json.loads(receipts(world)[0].read_bytes())["receipt"]["issued"][:4]


def test_the_auditors_year_is_told_as_text_and_json(world, tmp_path, capsys):
    status, told = world.ask("audit", "report", "mora", "--year", year(world), "--to", tmp_path / "report")
    assert status == 0
    assert [entry["objects"]["archived"] for entry in told["receipts"]] == [
        json.loads(path.read_bytes())["receipt"]["objects"]["archived"] for path in receipts(world)
    ]
    assert told["counts"]["run.begun"] == 2
    name = f"revisionsrapport-mora-{year(world)}"
    assert json.loads((tmp_path / "report" / f"{name}.json").read_bytes()) == told
    text = (tmp_path / "report" / f"{name}.txt").read_text(encoding="utf-8")
    assert f"Revisionsrapport {year(world)} för mora" in text
    assert digest(json.loads(receipts(world)[0].read_bytes())["receipt"]) in text
    assert world.ask("audit", "report", "mora", "--year", "1999")[1]["receipts"] == []


def test_proofs_hold_without_a_ledger_and_forged_ones_do_not(world, tmp_path):
    heads = [
        json.loads(line)["head"] for line in (world.home / "mora" / "receipts" / "heads.jsonl").open("rb")
    ]
    old, new = heads[0]["size"], heads[-1]["size"]
    proofs = [
        world.ask("audit", "prove", "mora", "--from", old, "--to", new)[1],
        world.ask("audit", "prove", "mora", "--entry", "1", "--to", new)[1],
    ]
    path = tmp_path / "proof.json"
    for proof in proofs:
        write(path, proof)
        status, told = world.ask("audit", "check-proof", path, "--trust", world.trust)
        assert (status, told["valid"]) == (0, True)
        for forged in (
            {**proof, "path": [*proof["path"], "00" * 32]},
            {**proof, "path": proof["path"][1:]},
            {**proof, "format": "x"},
            {**proof, "kind": "x"},
            {"format": proof["format"]},
        ):
            write(path, forged)
            assert world.ask("audit", "check-proof", path)[0] == 1
    write(path, {**proofs[1], "entry": {**proofs[1]["entry"], "at": "2020-01-01T00:00:00.000+00:00"}})
    assert world.ask("audit", "check-proof", path)[1]["error"]["code"] == "AUD013"
    write(path, {**proofs[0], "signed": []})
    assert world.ask("audit", "check-proof", path)[0] == 0
    assert world.ask("audit", "check-proof", path, "--trust", world.trust)[0] == 1
    path.write_text("no JSON")
    assert world.ask("audit", "check-proof", path)[1]["error"]["code"] == "AUD013"
    for words in (
        ("--from", "0"),
        ("--from", "5", "--to", "4"),
        ("--from", new + 9),
        ("--entry", new + 9),
        (),
    ):
        assert world.ask("audit", "prove", "mora", *words)[0] == 2


def test_a_receipt_of_before_a_rotation_still_holds(world):
    first = world.ask("keys", "list", "centre")[1]["keys"]
    for owner in ("centre", "mora"):
        assert world.ask("keys", "rotate", owner)[0] == 0
    told = world.ask("keys", "list", "centre")[1]
    assert len(told["keys"]) == len(first) + 1 == 2
    assert world.ask("keys", "export", "centre", "--to", world.trust)[0] == 0
    assert verdicts(world, receipts(world)[0], "--municipality", "mora")["signature"] == "holds"
    assert world.run("--at", AT)[0] == 0
    assert verdicts(world, receipts(world)[2], "--municipality", "mora")["signature"] == "holds"
    assert audit(world) == []
    words = ("--from", "2020-01-01", "--reason", "the machine was stolen")
    assert world.ask("keys", "revoke", "centre", first[0]["id"], *words)[0] == 0
    assert world.ask("keys", "export", "centre", "--to", world.trust)[0] == 0
    assert verdicts(world, receipts(world)[0])["key"] == "SIG007"
    assert "SIG007" in audit(world)
    kinds = list(world.ask("audit", "report", "mora", "--year", year(world))[1]["counts"])
    assert {"key.created", "key.rotated", "key.revoked"} <= set(kinds)


def test_words_that_are_off_end_with_two(world):
    for words in (
        ("keys", "list", "nowhere"),
        ("keys", "list", "../mora"),
        ("keys", "create", "mora"),
        ("keys", "revoke", "mora", "0" * 16, "--from", "2020-01-01", "--reason", "x"),
        ("keys", "revoke", "mora", "0" * 16, "--from", "then", "--reason", "x"),
        ("keys", "revoke", "mora", "0" * 16, "--from", "2020-01-01", "--reason", "lost by 198001012384"),
        ("receipt", "countersign", receipts(world)[0], "--by", "Å", "--reason", "as 19800101-2384 asked"),
        ("receipt", "countersign", receipts(world)[0], "--by", " "),
        ("audit", "verify", "nowhere"),
        ("audit", "verify", "../home/mora"),
        ("receipt", "verify", receipts(world)[0], "--trust", world.trust, "--municipality", "nowhere"),
    ):
        assert world.ask(*words)[0] == 2, words
    assert verdicts(world, world.trust / "mora.json") == {"form": "RCP001"}


def test_no_municipality_may_be_called_as_the_centre(world):
    folder = world.path / "municipalities"
    shutil.copytree(folder / "mora", folder / "centre")
    status, told = world.ask("run", "centre/alkt")
    assert status == 1
    assert "KEY011" in {problem["code"] for problem in told["problems"]}


def test_people_are_answered_in_swedish_and_english(world, capsys):
    from leverans.cli.main import main

    common = ("--content", world.path, "--home", world.home)
    path = receipts(world)[0]
    for words, told in (
        (("keys", "list", "centre"), "gäller"),
        (("receipt", "verify", path, "--trust", world.trust), "stämmer"),
        (("audit", "verify", "mora"), "Revisionsloggen håller"),
        (("receipt", "countersign", path, "--by", "Åsa"), "Kontrasignerat av mora (Åsa)"),
    ):
        capsys.readouterr()
        assert main([str(word) for word in (*words, *common)]) == 0
        assert told in capsys.readouterr().out


def test_people_are_told_how_many_packages_there_are_and_what_the_receipt_is_about(world, capsys):
    from leverans.cli.main import main

    path = receipts(world)[0]
    packages = world.packages()
    with witnessed(Settings.load(world.path, world.home), "mora", SystemClock()) as ledger:
        entry = ledger.audit.append(
            "purge", {"packages": [hashlib.sha256(packages[0].read_bytes()).hexdigest()]}
        )
    packages[0].unlink()
    plain = json.loads(path.read_bytes())["receipt"]
    of = len(plain["packages"])
    words = ("receipt", "verify", path, "--trust", world.trust, "--municipality", "mora")
    capsys.readouterr()
    assert main([str(word) for word in (*words, "--content", world.path, "--home", world.home)]) == 0
    text = capsys.readouterr().out
    assert f"{of - 1} av {of} paket finns; 1 bortrensade (post {entry})" in text
    assert f"{of - 1} of {of} held; 1 purged (entry {entry})" in text
    assert f"mora/alkt, körning | run {plain['run']}, status complete, skarp | live" in text


def test_a_test_receipt_says_that_it_is_one(tmp_path, capsys):
    from leverans.cli.main import main

    kit = Kit(tmp_path)
    path = tmp_path / "receipt.json"
    path.write_bytes(kit.signed(test=True).data())
    words = ["receipt", "verify", str(path), "--trust", str(kit.folder), "--home", str(kit.home)]
    assert main(words) == 0
    assert "TEST: provleverans, inte arkiverad | a test, not archived" in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["test"], told["status"], told["delivery"]) == (True, "complete", "mora/alkt")


# A run that is killed while it ends


class Killed(BaseException):
    """A kill: nothing catches it."""


class KillingFilesystem(LocalFilesystem):
    """Kills at the rename of a file in a folder, before or after it."""

    def __init__(self, name, *, after):
        self.name, self.after, self.dead = name, after, False

    def rename(self, source, target):
        hit = self.name in target.as_posix() and not self.dead
        if hit and not self.after:
            self.dead = True
            raise Killed
        super().rename(source, target)
        if hit:
            self.dead = True
            raise Killed


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("killed"), cases=15, seed=4)


KILLS = [
    *(
        ("ledger", moment, label)
        for label in ("receipt", "finish", "audit:key.created")
        for moment in ("before", "after")
    ),
    *(("file", after, name) for name in ("/receipts/alkt/", "heads.jsonl") for after in (False, True)),
]


@pytest.mark.fault
@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize(("where", "when", "name"), KILLS)
def test_a_run_killed_while_it_ends_issues_exactly_one_receipt(fresh, tmp_path, where, when, name, rotated):
    from leverans.delivery import deliver
    from leverans.settings import Settings

    world = type(fresh)(fresh.path, tmp_path / "home")
    settings = Settings.load(world.path, world.home)

    def hook(moment, label):
        if (moment, label) == (when, name):
            raise Killed

    with pytest.raises(Killed):
        if where == "ledger":
            with commit_hook(hook):
                deliver(settings, "mora/alkt")
        else:
            with use(KillingFilesystem(name, after=when)):
                deliver(settings, "mora/alkt")
    if rotated:
        world.ask("keys", "create", "centre")
        assert world.ask("keys", "rotate", "centre")[0] == 0
    status, result = world.run()
    assert status == 0, result
    world.trust = tmp_path / "trust"
    assert world.ask("keys", "export", "centre", "--to", world.trust)[0] == 0
    ledger = sqlite3.connect(world.home / "mora" / "ledger.sqlite")
    runs = [name for (name,) in ledger.execute("SELECT id FROM run ORDER BY number")]
    told = ledger.execute(
        "SELECT json_extract(payload, '$.path') FROM event WHERE kind = 'receipt' ORDER BY run"
    )
    assert [path for (path,) in told] == [f"receipts/alkt/{run}.json" for run in runs]
    assert [path.stem for path in receipts(world)] == runs
    assert len(runs) == 1 or ((when, name) == ("after", "finish") and len(runs) == 2)
    issued = ledger.execute("SELECT count(*) FROM audit WHERE kind = 'receipt.issued'").fetchone()
    assert issued == (len(runs),)
    for path in receipts(world):
        answer = verdicts(world, path, "--municipality", "mora")
        assert answer == {**dict.fromkeys(ALL, "holds"), "countersignature": "absent"}
    assert audit(world) == []
