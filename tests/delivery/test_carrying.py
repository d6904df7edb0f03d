"""`delivery.carrying`: the drop as ``municipality.yaml`` says, secrets by reference, plain manifests."""

import hashlib
import json
import shutil
import stat

import pytest
from pyrage.x25519 import Identity
from tests.sources.building import landed, share
from tests.sources.carrying_kit import CANARY, PASSWORD, Server, tree
from tests.support.worlds import ROOT, leverans

from leverans.clock import FixedClock
from leverans.delivery import carrying
from leverans.delivery.lock import alone
from leverans.errors import (
    AccessDenied,
    ConfigurationError,
    IntegrityError,
    LeveransError,
    Outage,
    UsageError,
)
from leverans.ledger import Ledger
from leverans.registry import EnvironmentReference, FileReference, Transfer
from leverans.settings import MunicipalityHome, Settings

NAME = "mora/alkt"


class Two:
    """Two hosts with the same content and work roots of their own."""

    def __init__(self, root):
        self.content = root / "content"
        for name in ("connectors", "mappings", "municipalities"):
            shutil.copytree(ROOT / name, self.content / name)
        self.drop = root / "drop"
        self.drop.mkdir()
        self.away = Settings(self.content, root / "away", root)
        self.centre = Settings(self.content, root / "centre", root)
        (self.recipient,) = carrying.make_key(self.centre)
        self.file = self.content / "municipalities" / "mora" / "municipality.yaml"
        self.plain = self.file.read_text()
        self.write(f"{{kind: folder, location: {self.drop}, recipient: {self.recipient}}}")
        tree = root / "share"
        tree.mkdir()
        for number in range(12):
            (tree / f"file-{number}").write_bytes(CANARY * number)
        self.landing = self.land(root, tree)

    def write(self, text):
        self.file.write_text(f"{self.plain}\ntransfer: {text}\n")

    def land(self, root, tree):
        made = landed(root, share(root, tree))
        home = self.away.municipality("mora")
        manifest = json.loads((made.folder / "manifest.json").read_bytes()) | {"delivery": NAME}
        text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
        (made.folder / "manifest.json").write_text(text)
        name = hashlib.sha256(text.encode()).hexdigest()
        home.outbox("alkt").mkdir(parents=True)
        made.folder.rename(home.outbox("alkt") / name)
        (root / "blobs").rename(home.blobs)
        return name

    def ask(self, settings, *words):
        return leverans(*words, "--json", "--content", settings.content, "--home", settings.home)


@pytest.fixture
def two(tmp_path):
    return Two(tmp_path)


def fails(code, kind, work):
    with pytest.raises(LeveransError) as caught:
        work()
    assert (type(caught.value), caught.value.code) == (kind, code)
    return caught.value


def test_from_home_to_home_by_the_commands(two):
    status, sent = two.ask(two.away, "transfer", "send", NAME)
    assert (status, sent["landing"], sent["received"]) == (0, two.landing, False)
    assert two.ask(two.away, "transfer", "send", NAME)[1]["sent"] == 0
    status, seen = two.ask(two.away, "transfer", "status", NAME)
    assert [(one["complete"], one["answered"]) for one in seen["drop"]["sendings"]] == [(True, False)]
    assert [(one["landing"], one["received"]) for one in seen["sent"]] == [(two.landing, None)]
    status, got = two.ask(two.centre, "transfer", "receive", NAME)
    assert (status, got["landing"], got["files"]) == (0, two.landing, sent["files"])
    away, centre = two.away.municipality("mora"), two.centre.municipality("mora")
    assert tree(away.outbox("alkt")) == tree(centre.landings("alkt"))
    assert tree(away.blobs) == tree(centre.blobs)
    assert two.ask(two.away, "transfer", "send", NAME)[1]["received"] is True
    _, seen = two.ask(two.centre, "transfer", "status", NAME)
    assert seen["drop"]["sendings"] == []
    assert seen["received"][0]["removed"] == sent["packs"] + 2
    assert two.ask(two.centre, "transfer", "receive", NAME)[0] == 3
    assert two.ask(two.centre, "transfer", "receive", NAME, "--landing", two.landing)[0] == 0


def received(two):
    """What the audit log at the centre tells of landings that came."""
    with Ledger.look(two.centre.municipality("mora").ledger, FixedClock()) as ledger:
        assert ledger.audit.check() == []
        return [dict(entry.entry) for entry in ledger.audit.entries("landing.received")]


def test_a_landing_that_came_stands_in_the_audit_log_once(two, monkeypatch):
    carrying.send(two.away, NAME)
    with monkeypatch.context() as patch:
        patch.setattr(carrying, "_tell_received", lambda *_: None)  # killed before it could tell
        carrying.receive(two.centre, NAME)
    assert not two.centre.municipality("mora").ledger.exists()
    fails("CAR020", Outage, lambda: carrying.receive(two.centre, NAME))
    [entry] = received(two)
    assert (entry["delivery"], entry["landing"]) == (NAME, two.landing)
    assert entry["files"] > 0
    assert entry["bytes"] > 0
    carrying.send(two.away, NAME, again=True)
    carrying.receive(two.centre, NAME)
    carrying.receive(two.centre, NAME, two.landing)
    assert received(two) == [entry]
    year = entry["at"][:4]
    _, told = two.ask(two.centre, "audit", "report", "mora", "--year", year)
    assert told["counts"]["landing.received"] == 1
    assert [one["entry"]["landing"] for one in told["entries"] if one["kind"] == "landing.received"] == [
        two.landing
    ]


def test_nothing_is_received_where_the_ledger_is_lost(two):
    carrying.send(two.away, NAME)
    receipt = two.centre.municipality("mora").receipts("alkt") / "r.json"
    receipt.parent.mkdir(parents=True)
    receipt.write_text("{}")
    before = tree(two.drop)
    fails("OPR070", IntegrityError, lambda: carrying.receive(two.centre, NAME))
    assert tree(two.drop) == before
    assert not two.centre.municipality("mora").ledger.exists()


def test_people_are_told_in_both_languages(two, capsys):
    words = ("--content", two.content)
    assert leverans("transfer", "send", NAME, *words, "--home", two.away.home)[0] == 0
    for name, home in (("status", two.away.home), ("receive", two.centre.home), ("status", two.centre.home)):
        status, text = leverans("transfer", name, NAME, *words, "--home", home)
        assert status == 0
        assert any(word in text for word in ("Landning", "Sändning"))
    status, text = leverans("transfer", "key", *words, "--home", two.centre.home)
    assert (status, two.recipient in text) == (0, True)


def test_the_key_is_made_once_and_only_its_owner_reads_it(two, tmp_path):
    path = carrying.key_path(two.centre)
    assert path == two.centre.home / "centre" / "keys" / "transfer.age"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert carrying.make_key(two.centre) == [two.recipient]
    _, told = two.ask(two.centre, "transfer", "key", "--rotate", "--to", tmp_path / "recipient")
    assert told["older"] == [two.recipient]
    assert (tmp_path / "recipient").read_text().strip() == told["recipient"] != two.recipient
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "AGE-SECRET" not in json.dumps(told)
    path.chmod(0o640)
    fails("KEY001", AccessDenied, lambda: carrying.receive(two.centre, NAME))
    path.chmod(0o600)
    path.write_text(path.read_text() + "rubbish\n")
    fails("CAR033", IntegrityError, lambda: carrying.make_key(two.centre))


def test_without_its_key_the_centre_opens_nothing(two):
    carrying.key_path(two.centre).unlink()
    fails("CAR032", ConfigurationError, lambda: carrying.receive(two.centre, NAME))


def test_without_a_transfer_section_there_is_none(two):
    two.file.write_text(two.plain)
    fails("CAR001", ConfigurationError, lambda: carrying.send(two.away, NAME))


def test_no_landing_is_told(two):
    fails("CAR030", ConfigurationError, lambda: carrying.send(two.centre, NAME))
    fails("CAR030", ConfigurationError, lambda: carrying.send(two.away, NAME, "0" * 64))
    fails("CAR031", UsageError, lambda: carrying.send(two.away, NAME, "../../x"))
    fails("CAR031", UsageError, lambda: carrying.receive(two.centre, NAME, "../../x"))


def test_one_sending_at_a_time(two):
    with alone(two.away.municipality("mora").lock("alkt.transfer"), NAME):
        fails("RUN001", Outage, lambda: carrying.send(two.away, NAME))


def test_a_place_in_a_variable(two, monkeypatch):
    two.write(f"{{kind: folder, location: {{env: DROP}}, recipient: {two.recipient}}}")
    fails("REG009", ConfigurationError, lambda: carrying.send(two.away, NAME))
    fails("CAR002", ConfigurationError, lambda: carrying.send(two.away, NAME, environment={"DROP": "x"}))
    carrying.send(two.away, NAME, environment={"DROP": str(two.drop)})
    monkeypatch.setenv("DROP", str(two.drop))
    carrying.receive(two.centre, NAME)


def test_sftp_by_reference_and_the_same_drop_as_a_folder(two, tmp_path):
    server = Server(tmp_path)
    keys = two.away.municipality("mora").keys
    keys.mkdir(parents=True, mode=0o700)
    (keys / "ssh").write_text(server.key_text)
    two.write(
        f"{{kind: sftp, location: {{env: DROP}}, recipient: {two.recipient}, "
        f"host_key: {server.fingerprint}, key: {{file: ssh}}}}"
    )
    there = {"DROP": server.location()}
    (keys / "ssh").chmod(0o644)
    fails("CAR007", AccessDenied, lambda: carrying.send(two.away, NAME, environment=there))
    (keys / "ssh").chmod(0o600)
    carrying.send(two.away, NAME, environment=there)
    carrying.receive(two.centre, NAME, environment={"DROP": str(two.drop)})
    assert carrying.send(two.away, NAME, environment=there)["received"] is True
    (keys / "ssh").unlink()
    fails("CAR006", ConfigurationError, lambda: carrying.send(two.away, NAME, environment=there))
    server.close()


def test_a_secret_is_looked_up_and_shown_nowhere(tmp_path):
    home = MunicipalityHome(tmp_path)
    home.keys.mkdir()
    (home.keys / "word").write_text(f"{PASSWORD}\n")
    (home.keys / "word").chmod(0o600)
    for reference in (FileReference("word"), EnvironmentReference("WORD")):
        wanted = Transfer("sftp", "sftp://x@h/d", "age1", ("p",), password=reference)
        access = carrying.access_of(wanted, home, {"WORD": PASSWORD})
        assert access.password == PASSWORD
        assert PASSWORD not in f"{access!r} {wanted!r}"


def test_another_recipient_in_the_file_is_told_at_the_centre(two):
    two.write(f"{{kind: folder, location: {two.drop}, recipient: {Identity.generate().to_public()}}}")
    carrying.send(two.away, NAME)
    with pytest.raises(LeveransError) as caught:
        carrying.receive(two.centre, NAME)
    assert caught.value.code == "CAR023"


def test_a_request_for_packs_looks_otherwise_than_a_receipt(two, capsys):
    sent = carrying.send(two.away, NAME)
    (sending,) = two.drop.iterdir()
    pack = max(
        (path for path in sending.iterdir() if len(path.name) == 64), key=lambda path: path.stat().st_size
    )
    pack.write_bytes(pack.read_bytes()[:-1] + b"!")
    fails("CAR022", IntegrityError, lambda: carrying.receive(two.centre, NAME))
    seen = {host: carrying.status(host, NAME) for host in (two.away, two.centre)}
    assert [one["drop"]["sendings"][0]["answer"] for one in seen.values()] == ["wanted", "wanted"]
    (came,) = seen[two.centre]["received"]
    assert (came["state"], came["packs"], came["files"]) == ("wanted", sent["packs"], sent["files"])
    words = ("transfer", "status", NAME, "--content", two.content, "--home", two.centre.home)
    assert "begärd på nytt" in leverans(*words)[1]
    carrying.send(two.away, NAME)
    carrying.receive(two.centre, NAME)
    seen = {host: carrying.status(host, NAME) for host in (two.away, two.centre)}
    assert [one["drop"]["sendings"][0]["answer"] for one in seen.values()] == ["received", "received"]
    assert seen[two.centre]["received"][0]["state"] == "received"
