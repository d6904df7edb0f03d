"""Test → approve → live: who may approve, what a live delivery is held to, and that a forged approval is found."""

import contextlib
import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from tests.content.conftest import Work, change, copied, merged, scripts  # noqa: F401  # fixtures
from tests.support.worlds import leverans

from leverans.clock import SystemClock
from leverans.trust import Keyring, canonical

pytestmark = pytest.mark.e2e
DELIVERY = "falun/parkeringstillstand"
PERSONS = {"runner": "Inga Integratör", "approver": "Arne Arkivarie"}


@pytest.fixture(scope="module")
def tried(merged, tmp_path_factory):  # noqa: F811  # the fixture
    """The permits, delivered to the test archive; nobody has approved it."""
    folder = tmp_path_factory.mktemp("tried")
    shutil.copytree(merged, folder / "sources")
    work = Work(folder / "sources", folder / "home", copied(folder / "content"))
    status, result = run(work, "--test")
    assert (status, result["status"], result["test"]) == (0, "complete", True)
    return work, result["run"]


@pytest.fixture(scope="module")
def approved(tried, tmp_path_factory):
    """The same, approved."""
    work = copy_of(tried[0], tmp_path_factory.mktemp("approved"))
    status, answer = approve(work, tried[1])
    assert status == 0, answer
    return work, tried[1]


@pytest.fixture
def trying(tried, tmp_path):
    return copy_of(tried[0], tmp_path), tried[1]


@pytest.fixture
def ready(approved, tmp_path):
    return copy_of(approved[0], tmp_path), approved[1]


def copy_of(work, folder):
    for name in ("sources", "home", "content"):
        shutil.copytree(getattr(work, name), folder / name)
    return replace(work, sources=folder / "sources", home=folder / "home", content=folder / "content")


def run(work, *words, by=PERSONS["runner"]):
    return work.run(DELIVERY, "--by", by, *words)


def approve(work, name, *words, by=PERSONS["approver"]):
    return work.leverans("approve", name, "--by", by, *words)


def landings(work):
    return sorted(path.name for path in (work.home / "falun" / "outbox").rglob("manifest.json"))


def assert_refused(answer, code):
    status, result = answer
    assert (status, result["status"]) == (1, "refused"), result
    assert [problem["code"] for problem in result["problems"]][:1] == [code]
    assert all(problem["remedy"]["sv"] for problem in result["problems"][:1])
    assert result["receipt"] is None


def test_a_live_run_without_an_approved_test_is_refused_before_a_row_is_read(trying):
    work, _ = trying
    before = landings(work)
    assert_refused(run(work), "APV001")
    assert landings(work) == before
    assert not (work.home / "falun" / "archive").exists()


def test_what_only_the_test_decided_is_told_and_everything_is_new_before_the_first_live_run(trying):
    work, tested = trying
    grounds = ("--by", "Arne", "--reason", "prov", "--decision", "KA 1", "--test")
    status, done = work.leverans("quarantine", "exclude", DELIVERY, "--code", "MAP115", *grounds)
    assert status == 0, done
    number = done["objects"] + done["rows"]
    status, answer = approve(work, tested)
    assert (status, answer["test_only"]) == (0, {"exclude": number})
    status, told = run(work, "--dry")
    assert (status, told["compared_with"], told["estimated_from"]) == (0, None, tested)
    assert told["objects"]["before"] is None
    assert told["objects"]["new_at_least"] == told["objects"]["now"] > 0
    assert told["packages"]["least"] >= 1
    assert told["disk"]["needed"] > 3 * told["bytes"]["now"]
    assert told["seconds"]["total"] > 0
    risks = {risk["code"]: risk for risk in told["risks"]}
    assert {"OPR045", "OPR047"} <= set(risks)
    assert "OPR048" not in risks
    assert run(work)[0] == 0
    told = run(work, "--dry")[1]
    assert told["objects"]["new_at_least"] == 0
    assert told["compared_with"] != tested
    assert "OPR045" not in {risk["code"] for risk in told["risks"]}


@pytest.mark.parametrize("name", [PERSONS["runner"], "inga integratör", "  INGA   Integratör "])
def test_who_ran_the_test_cannot_approve_it(trying, name):
    work, tested = trying
    status, answer = approve(work, tested, by=name)
    assert (status, answer["error"]["code"]) == (1, "APV004")
    assert_refused(run(work), "APV001")


def test_only_a_complete_balanced_test_of_everything_can_be_approved(ready):
    work, _ = ready
    assert approve(work, "00009-nosuch")[1]["error"]["code"] == "USE003"
    _, live = run(work)
    assert approve(work, live["run"])[1]["error"]["code"] == "APV005"
    grounds = ("--by", "Arne", "--reason", "prov", "--decision", "KA 1", "--test")
    status, done = work.leverans("quarantine", "retry", DELIVERY, "--code", "MAP115", *grounds)
    assert status == 0, done
    assert approve(work, done["result"]["run"])[1]["error"]["code"] == "APV005"


def test_an_approved_test_lets_the_live_run_through_and_the_receipt_names_it(ready):
    work, tested = ready
    status, result = run(work)
    assert (status, result["status"], result["objects"]["archived"]) == (0, "complete", 28)
    nothing = {"new": 0, "changed": 0, "absent": 0}
    assert (result["approval"]["run"], result["approval"]["difference"]) == (tested, nothing)
    receipt = json.loads(Path(result["receipt"]).read_text(encoding="utf-8"))["receipt"]
    assert receipt["approval"] == result["approval"]
    assert "APV008" not in result["findings"]
    assert run(work)[1]["packages"] == 0


def test_the_statement_says_what_was_approved(approved):
    work, tested = approved
    (entry,) = json.loads(approval_file(work, tested).read_text(encoding="utf-8"))["approvals"]
    statement, signature = entry["statement"], entry["signature"]
    assert (statement["run"], statement["delivery"]) == (tested, DELIVERY)
    assert (statement["ran_by"], statement["approver"]) == (PERSONS["runner"], PERSONS["approver"])
    assert (statement["content"]["objects"], statement["undecided"], statement["protected"]) == (28, 2, 0)
    assert set(statement["basis"]) == {"mapping", "connectors", "terms", "plan", "profile", "registry"}
    assert (signature["purpose"], signature["owner"], signature["role"]) == (
        "approval",
        "falun",
        "municipality",
    )


def approval_file(work, tested):
    return work.home / "falun" / "approvals" / "parkeringstillstand" / f"{tested}.json"


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


MENDS = {
    "mapping": ("mappings/casedata/tillstandsarende.yaml", "title:", "title: Ändrad -"),
    "overlay": ("municipalities/falun/overlay/parkeringstillstand.yaml", 'in: ["2281"]', 'in: ["2282"]'),
    "registry": ("municipalities/falun/municipality.yaml", "212000-2221", "212000-2239"),
    "approver": ("municipalities/falun/parkeringstillstand.yaml", "Kommunarkivarien", "Någon annan"),
    "terms": ("municipalities/falun/parkeringstillstand.yaml", "[SBN 2024 § 31]", "[SBN 2025 § 99]"),
}


@pytest.mark.parametrize("what", ["mapping", "overlay", "terms", "plan", "registry", "approver"])
def test_what_was_changed_since_the_test_is_refused_by_name(ready, what):
    work, tested = ready
    if what == "plan":
        path = min((work.content / "municipalities" / "falun" / "plan").glob("*.csv"))
        path.write_bytes(
            path.read_bytes() + path.read_bytes().splitlines(keepends=True)[-1].replace(b";", b"X;", 1)
        )
    else:
        place, old, new = MENDS[what]
        edit(work.content / place, old, new)
    before = landings(work)
    status, result = run(work)
    assert_refused((status, result), "APV002")
    told = {"overlay": "mapping", "approver": "registry"}.get(what, what)
    assert told in result["problems"][0]["text"]["en"].partition(":")[2]
    assert tested in result["problems"][0]["text"]["en"]
    assert landings(work) == before


def test_a_new_connector_is_refused(ready):
    work, _ = ready
    path = work.content / "connectors" / "casedata" / "connector.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# en annan fil\n", encoding="utf-8")
    status, result = run(work)
    assert_refused((status, result), "APV002")
    assert "connectors" in result["problems"][0]["text"]["sv"]


def test_content_that_changed_since_the_test_is_told_and_goes_on(ready):
    work, _ = ready
    change(
        work.sources / "casedata.sqlite",
        "update errand set description = 'ändrad efter provet' where id = (select min(id) from errand)",
    )
    status, result = run(work)
    assert status == 0
    assert result["approval"]["difference"] == {"new": 0, "changed": 1, "absent": 0}
    assert result["findings"]["APV008"] == 1


def forge_file(work, tested):
    edit(approval_file(work, tested), '"undecided":2', '"undecided":0')


def forge_signature(work, tested):
    """Somebody signs another statement with a key of his own."""
    plain = json.loads(approval_file(work, tested).read_text(encoding="utf-8"))
    signer = Keyring(work.home.parent / "own" / "falun" / "keys", "falun", SystemClock()).signer(create=True)
    (entry,) = plain["approvals"]
    entry["signature"] = signer.sign("approval", entry["statement"], by=PERSONS["approver"]).plain()
    approval_file(work, tested).write_bytes(canonical(plain) + b"\n")


def forge_with_the_key(work, tested):
    """Somebody who holds the municipality's key signs another statement; the ledger knows the one approved."""
    plain = json.loads(approval_file(work, tested).read_text(encoding="utf-8"))
    (entry,) = plain["approvals"]
    entry["statement"]["undecided"] = 0
    signer = Keyring(work.home / "falun" / "keys", "falun", SystemClock()).signer()
    entry["signature"] = signer.sign("approval", entry["statement"], by=PERSONS["approver"]).plain()
    approval_file(work, tested).write_bytes(canonical(plain) + b"\n")


def forge_other_run(work, tested):
    """The signed approval of another run, under this run's name."""
    plain = json.loads(approval_file(work, tested).read_text(encoding="utf-8"))
    plain["approvals"][0]["statement"]["run"] = "00007-00000000"
    approval_file(work, tested).write_bytes(canonical(plain) + b"\n")


def lose_file(work, tested):
    approval_file(work, tested).unlink()


def forge_ledger(work, tested):
    """A content digest of the test run, edited by somebody who owns the file."""
    with contextlib.closing(sqlite3.connect(work.home / "falun" / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("drop trigger object_event_no_update")
        ledger.execute(
            "update object_event set digest = 'f' || substr(digest, 2) where sequence = (select min(sequence)"
            " from object_event where disposition = 'archived')"
        )
    assert tested


@pytest.mark.parametrize(
    "forge", [forge_file, forge_signature, forge_with_the_key, forge_other_run, lose_file, forge_ledger]
)
def test_a_forged_approval_is_found_when_it_is_used(ready, forge):
    work, tested = ready
    forge(work, tested)
    assert_refused(run(work), "APV003")


def test_a_settling_run_rests_on_the_live_runs_approval_until_the_mapping_is_mended(ready):
    work, _ = ready
    change(
        work.sources / "casedata.sqlite", "update errand set case_type = 'NO_SUCH_TYPE' where id = 1000001"
    )
    status, live = run(work)
    assert (status, live["objects"]["quarantined"]) == (0, 1), live["quarantined"]
    grounds = ("--by", "Arne Arkivarie", "--reason", "prövat", "--decision", "KA 1")
    status, done = work.leverans("quarantine", "retry", DELIVERY, "--code", "MAP105", *grounds)
    assert (status, done["result"]["status"]) == (0, "complete")
    with (work.content / "mappings" / "casedata" / "codes" / "case_type.csv").open(
        "a", encoding="utf-8"
    ) as table:
        table.write("NO_SUCH_TYPE;Utgången ärendetyp\n")
    with (work.content / "municipalities" / "falun" / "plan" / "tillstand.csv").open(
        "a", encoding="utf-8"
    ) as plan:
        plan.write("NO_SUCH_TYPE;3.6.2;Pröva tillstånd;5;SBN 2024 § 31;OSL 26 kap. 1 §\n")
    status, done = work.leverans("quarantine", "retry", DELIVERY, "--code", "MAP105", *grounds)
    assert status == 1
    assert_refused((status, done["result"]), "APV002")
    _, tested = run(work, "--test")
    assert approve(work, tested["run"])[0] == 0
    status, done = work.leverans("quarantine", "retry", DELIVERY, "--code", "MAP105", *grounds)
    assert (status, done["result"]["objects"]["archived"], done["result"]["packages"]) == (0, 1, 1)
    exclude = ("quarantine", "exclude", DELIVERY, "--code", "MAP115", *grounds)
    assert work.leverans(*exclude)[1]["settled"] is True


def test_the_protected_route_needs_its_own_approver(fresh):
    delivery = fresh.path / "municipalities" / "mora" / "alkt.yaml"
    text = delivery.read_text(encoding="utf-8")
    start = text.index("waivers:")
    delivery.write_text(text[:start] + text[text.index("agreement:", start) :], encoding="utf-8")
    words = ("--json", "--content", fresh.path, "--home", fresh.home)
    _, tested = fresh.run("--test", "--by", "Inga")
    assert tested["objects"]["archived_protected"]
    status, answer = leverans("approve", tested["run"], "--by", "Arne", *words)
    assert (status, answer["missing"]) == (0, "Kommunarkivarien")
    assert_refused(fresh.run("--by", "Inga"), "APV006")
    for who, role, code in (("Siv", "Kommunchefen", "APV007"), ("ARNE", "kommunarkivarien", "APV004"),
                            ("inga", "Kommunarkivarien", "APV004")):  # fmt: skip
        _, answer = leverans("approve", tested["run"], "--by", who, "--as", role, *words)
        assert answer["error"]["code"] == code
    status, answer = leverans("approve", tested["run"], "--by", "Siv", "--as", "kommunarkivarien", *words)
    assert (status, answer["missing"], answer["statement"]["role"]) == (0, "", "protected")
    status, live = fresh.run("--by", "Inga")
    assert (status, live["status"]) == (0, "complete")
    assert live["approval"]["difference"] == {"new": 0, "changed": 0, "absent": 0}


def test_the_runner_is_the_person_who_asks(trying, monkeypatch):
    work, _ = trying
    monkeypatch.setenv("LEVERANS_USER", "Maja Miljö")
    status, result = work.run(DELIVERY, "--test")
    assert status == 0
    status, answer = approve(work, result["run"], by="maja miljö")
    assert (status, answer["error"]["code"]) == (1, "APV004")
