"""Acts what comes after a run: landings sent to another host, decisions, papers, keeping, clearance, purge.

Started as a process of its own: ``python -m tests.privacy.acting_after FOLDER``. Every command is said with and without
``--json``, those that do right and those that are refused.
"""

import os
import shutil
import sqlite3
import sys
from contextlib import closing, redirect_stdout
from io import StringIO
from pathlib import Path

from tests.privacy.planted import BAD_CODE, BAD_DATE, BAD_NUMBER, CANARIES, DELIVERY, TWICE
from tests.sources import carrying_kit

M = DELIVERY.partition("/")[0]
BY = ("--by", "Anna Arkivarie", "--decision", "SKN 2026/7")
WHY = (*BY, "--reason", "beslutat i nämnden")
PAPERS = ("testprotokoll", "slutverifieringsprotokoll", "leveransreversal", "felprotokoll", "gallringslista")


def say(*words, twice=True):
    """Say a command as people do, and as programs do; give the last exit status."""
    from leverans.cli import main

    spoken = [str(word) for word in words]
    status = main(spoken)
    if twice:
        status = main([*spoken, "--json"])
    sys.stdout.write(f"--- {spoken[0]}: {status}\n")
    return status


def receipt(folder):
    return max((folder / "home" / M / "receipts" / "elevakt").glob("*.json"))


def carry(folder):
    """A landing goes by folder, then by SFTP with a password that is used; wrong password and damage, too."""
    from leverans import delivery
    from leverans.settings import Settings

    content, centre, away = folder / "content", folder / "home", folder / "away"
    carrying_kit.PASSWORD = CANARIES["password"]
    server = carrying_kit.Server(folder / "between")
    say("transfer", "key", "--to", folder / "recipient")
    recipient = (folder / "recipient").read_text().strip()
    file = content / "municipalities" / M / "municipality.yaml"
    plain = file.read_text(encoding="utf-8")
    for kind, location in (("folder", folder / "between" / "drop"), ("sftp", server.location())):
        more = (
            ""
            if kind == "folder"
            else f", host_key: '{server.fingerprint}', password: {{env: KANARIE_PASSWORD}}"
        )
        file.write_text(
            f"{plain}transfer: {{kind: {kind}, location: '{location}', recipient: {recipient}{more}}}\n",
            encoding="utf-8",
        )
        settings = Settings.load(content, away)
        landing = delivery.extract_only(settings, DELIVERY, f"run-{kind}")
        os.environ["LEVERANS_HOME"] = str(away)
        if kind == "sftp":
            os.environ["KANARIE_PASSWORD"] = CANARIES["token"]
            assert say("transfer", "send", DELIVERY) != 0
            os.environ["KANARIE_PASSWORD"] = CANARIES["password"]
        assert say("transfer", "send", DELIVERY, "--landing", landing, "--again", twice=False) == 0
        say("transfer", "status", DELIVERY)
        shutil.copytree(folder / "between" / "drop", folder / f"drop as sent by {kind}")
        os.environ["LEVERANS_HOME"] = str(centre)
        pack = max((folder / "between" / "drop").rglob("?" * 64), key=lambda path: path.stat().st_size)
        sound = pack.read_bytes()
        pack.write_bytes(sound[:-40] + bytes(40))
        assert say("transfer", "receive", DELIVERY) != 0
        say("transfer", "status", DELIVERY)
        pack.write_bytes(sound)
        os.environ["LEVERANS_HOME"] = str(away)
        say("transfer", "send", DELIVERY)
        os.environ["LEVERANS_HOME"] = str(centre)
        assert say("transfer", "receive", DELIVERY, twice=False) == 0
        os.environ["LEVERANS_HOME"] = str(away)
        assert say("transfer", "send", DELIVERY) == 0
        shutil.rmtree(away / M / "outbox")
        shutil.rmtree(away / M / "extracts")
        os.environ["LEVERANS_HOME"] = str(centre)
        mend(folder, "UPDATE handling SET nr = nr || '0'")  # so that the next landing is another one
    server.close()
    file.write_text(plain, encoding="utf-8")
    os.environ["LEVERANS_HOME"] = str(centre)


def mend(folder, *statements):
    with closing(sqlite3.connect(folder / "sources" / "elever.sqlite")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def run(folder):
    """A test that is approved, a live run, and the list of what it set aside."""
    assert say("run", DELIVERY, "--test", "--by", "Inga", twice=False) == 0
    test = next(iter((folder / "home" / M / "runs" / "elevakt").iterdir())).name
    assert say("approve", test, "--by", "Inga") == 1
    assert say("approve", test, *BY, twice=False) == 0
    assert say("run", DELIVERY, "--by", "Inga", twice=False) == 0
    for words in (("list", DELIVERY), ("list", DELIVERY, "--test"), ("list", DELIVERY, "--undecided")):
        assert say("quarantine", *words) == 0
    for name in waiting():
        say("quarantine", "show", DELIVERY, name)
    say("quarantine", "show", DELIVERY, CANARIES["key of a faulty pupil"])


def waiting():
    import json

    from leverans.cli import main

    with redirect_stdout(StringIO()) as out:
        main(["quarantine", "list", DELIVERY, "--undecided", "--json"])
    return [one["name"] for one in json.loads(out.getvalue())["quarantine"]]


def decide(folder):
    """Each decision, and those that are refused; then settling runs."""
    say("quarantine", "accept", DELIVERY, "--object", TWICE, *WHY)
    say("quarantine", "accept", DELIVERY, "--code", "MAP113", *WHY)
    say("quarantine", "accept", DELIVERY, "--code", "MAP101", *BY, "--reason", f"gäller {BAD_DATE}")
    assert say("quarantine", "retry", DELIVERY, "--code", "MAP105", *WHY, twice=False) == 0
    mend(
        folder,
        f"UPDATE elev SET status = 'A' WHERE pnr = '{BAD_CODE}'",  # made up above
        f"UPDATE elev SET klass = '8' WHERE pnr = '{BAD_NUMBER}'",
    )
    with Exploding():
        say("quarantine", "retry", DELIVERY, "--code", "MAP104", "--from-source", *WHY, twice=False)
    for code in ("MAP104", "MAP105"):
        say("quarantine", "retry", DELIVERY, "--code", code, "--from-source", *WHY, twice=False)
    assert say("quarantine", "accept", DELIVERY, "--code", "MAP120", *WHY, twice=False) == 0
    for name in waiting():
        assert say("quarantine", "exclude", DELIVERY, "--object", name, *WHY, twice=False) == 0
    say("quarantine", "list", DELIVERY)
    say("status")
    say("explain", CANARIES["key"])


class Exploding:
    """Opening the mapping's columns fails with a row in the error's text, as a library's error may."""

    def __enter__(self):
        from leverans.mapping import Plan

        self._execute = Plan.execute

        def burst(*_given, **_named):
            raise ValueError(f"could not convert {CANARIES['key']!r} of {CANARIES['name']!r}")

        Plan.execute = burst

    def __exit__(self, *_fault):
        from leverans.mapping import Plan

        Plan.execute = self._execute


def write(folder):
    """The reports of a test, a live run and the last settling run, and the five papers; some do not fit."""
    test, live, *_, last = sorted((folder / "home" / M / "runs" / "elevakt").iterdir())
    for one in (test, live, last):
        say("report", DELIVERY, "--run", one.name, twice=False)
        for paper in PAPERS:
            say("report", DELIVERY, "--run", one.name, "--paper", paper, twice=False)


def sign(folder):
    """Receipts, keys, the audit log, and the certificate."""
    say("clearance", DELIVERY, *BY)
    for owner in ("centre", M):
        say("keys", "list", owner)
        say("keys", "export", owner, "--to", folder / "trust")
    say("receipt", "verify", receipt(folder), "--trust", folder / "trust", "--municipality", M)
    for one in sorted((folder / "home" / M / "receipts" / "elevakt").glob("*.json")):
        say("receipt", "countersign", one, *BY, twice=False)
    say("receipt", "verify", receipt(folder), "--trust", folder / "trust", "--municipality", M)
    forged = folder / "forged.json"
    forged.write_bytes(receipt(folder).read_bytes().replace(b'"found":1', b'"found":2'))
    say("receipt", "verify", forged, "--trust", folder / "trust")
    assert say("clearance", DELIVERY, *BY, "--to", folder / "clearance", twice=False) == 0
    assert say("audit", "report", M, "--year", "2026", "--to", folder / "year") in {0, 1}
    for words in (("verify", M), ("head", M), ("prove", M, "--from", "2")):
        say("audit", *words)
    say("keys", "rotate", M)


def keep(folder):
    """Backup, restore with the wrong and the right key, a lost ledger, purge."""
    import pyrage

    home = folder / "home" / M
    identity = pyrage.x25519.Identity.generate()
    (folder / "identity").write_text(f"{identity}\n")
    (folder / "wrong").write_text(f"{pyrage.x25519.Identity.generate()}\n")
    for name in ("identity", "wrong"):
        (folder / name).chmod(0o600)
    words = ("--to", folder / "backup", "--recipient", identity.to_public(), "--by", "Siv")
    assert say("backup", M, *words) == 0
    home_then = os.environ["LEVERANS_HOME"]
    os.environ["LEVERANS_HOME"] = str(folder / "restored")
    assert say("restore", folder / "backup", M, "--identity", folder / "wrong", twice=False) != 0
    assert say("restore", folder / "backup", M, "--identity", folder / "identity", twice=False) == 0
    say("restore", folder / "backup", M, "--identity", folder / "identity")
    say("archive", "verify", M)
    os.environ["LEVERANS_HOME"] = home_then
    say("ledger", "rebuild", M, "--to", folder / "rebuilt.sqlite", twice=False)
    say("purge", DELIVERY, "--days", "0", "--dry")
    assert say("purge", DELIVERY, "--days", "0", "--by", "Siv", twice=False) == 0
    say("quarantine", "list", DELIVERY)
    say("report", DELIVERY)
    spoil = max(home.glob("archive/*/*/*/v1/content/*.zip"), default=None) or max(
        home.glob("archive/**/*.zip")
    )
    spoil.chmod(0o600)
    spoil.write_bytes(spoil.read_bytes()[:-30])
    assert say("archive", "verify", M) == 1
    say("backup", M, "--to", folder / "backup2", "--by", "Siv")
    (home / "ledger.sqlite").unlink()
    say("status")
    say("run", DELIVERY, "--by", "Inga")
    say("ledger", "rebuild", M)


def deploy(folder):
    """Rendered, and no server to bring it to."""
    shutil.copytree(Path(__file__).resolve().parents[2] / "flows", folder / "content" / "flows")
    assert say("deploy", "--render") == 0
    os.environ["PREFECT_API_URL"] = "http://127.0.0.1:9/api"
    say("deploy", "--check", twice=False)


ACTS = (carry, run, decide, write, sign, keep, deploy)

if __name__ == "__main__":
    place = Path(sys.argv[1])
    os.environ.update(LEVERANS_CONTENT=str(place / "content"), LEVERANS_HOME=str(place / "home"))
    (place / "between").mkdir()
    for act in ACTS:
        act(place)
        sys.stdout.write(f"=== {act.__name__}\n")
        sys.stdout.flush()
