"""The facts of real runs: equal to what the run answered with, whatever state it is in."""

import json
import shutil
import sqlite3
from dataclasses import replace
from types import SimpleNamespace

import pytest
from lxml import html
from tests.support.worlds import AT

from leverans import report
from leverans.cli.main import main
from leverans.clock import FixedClock
from leverans.errors import UsageError
from leverans.findings import catalogue
from leverans.ledger import Ledger
from leverans.ledger.decisions import Item
from leverans.quality import KINDS
from leverans.report.collecting import MOST_NAMES
from leverans.report.papers import render_paper
from leverans.report.receipts import _opened
from leverans.report.rendering import render
from leverans.report.ruletexts import CODES, Rules, weighed
from leverans.report.setaside import kind
from leverans.settings import Settings

CLOCK = FixedClock()


def settings(world):
    return Settings.load(world.path, world.home)


def facts(world, run=None, delivery="mora/alkt"):
    found = run or report.latest(settings(world), delivery)
    return report.collected(settings(world), delivery, found, clock=CLOCK)


@pytest.fixture(scope="module")
def told(delivered):
    return facts(delivered)


def test_counts_are_those_of_the_run(delivered, told):
    result = delivered.result
    assert told.status == "complete"
    assert told.balanced is True
    for name in ("found", "archived", "unchanged", "quarantined", "excluded", "archived_protected"):
        assert getattr(told.objects, name) == result["objects"][name]
    for name in ("listed", "landed", "archived", "quarantined", "excluded", "bytes"):
        assert getattr(told.documents, name) == result["documents"][name]
    assert {one.name: one.rows for one in told.streams.shown} == {
        name: counts["rows"] for name, counts in result["streams"].items()
    }
    assert all(one.holds for one in told.streams.shown)
    assert {one.code: one.count for one in told.findings} == result["findings"]
    assert {one.kind.code: one.kind.count for one in told.asides} == result["quarantined"]
    assert {one.rule: one.objects + one.rows for one in told.excluded.shown} == result["excluded"]
    assert sum(one.packages for one in told.package_totals) == result["packages"]
    assert sum(one.objects for one in told.package_totals) == result["objects"]["archived"]


def test_what_was_set_aside_has_its_mapping_line_and_its_names(told):
    for one in told.asides:
        assert one.kind.sv and one.kind.en and one.kind.remedy_sv
        assert one.names.total == one.kind.count - one.protected
        assert len(one.names.shown) == min(one.names.total, MOST_NAMES)
        assert all(place.startswith("mappings/") and place.count(":") == 2 for place in one.places)


def test_a_rule_is_named_and_says_its_own_text(delivered, told, capsys):
    sv, en = "Ärendet avslutas före det öppnas", "Case closed before it opened"
    (aside,) = [one for one in told.asides if "ARK-012" in one.rules]
    assert ("ARK-012", sv, en) in [(one.rule, one.sv, one.en) for one in aside.kind.rules]
    rules = [one for one in told.findings if one.code.startswith("QUA1")]
    assert rules
    for one in rules:
        assert one.rules, one.code
        assert one.rules[0].rule in one.sv and one.rules[0].rule in one.en
    for page in (
        render("report", told),
        render_paper("felprotokoll", told),
        render_paper("testprotokoll", told),
    ):
        assert f"ARK-012: {sv}" in page
    _, answer = delivered.ask("quarantine", "list", "mora/alkt", "--rule", "ARK-012")
    assert {one["rule_text"]["sv"] for one in answer["quarantine"]} == {sv}
    for words in (
        ("list", "mora/alkt", "--rule", "ARK-012"),
        ("show", "mora/alkt", answer["quarantine"][0]["object"]),
    ):
        main(["quarantine", *words, "--content", str(delivered.path), "--home", str(delivered.home)])
        shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
        assert "före det" in shown


def test_every_code_of_a_rule_belongs_to_a_kind():
    assert set(CODES) == {code for code in catalogue() if code.startswith("QUA1")}
    assert set(CODES.values()) == {*KINDS, "expectation"}


def test_a_mapping_that_has_changed_says_nothing_about_an_older_run(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    mapping = world.path / "mappings" / "alkt" / "serveringstillstand.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("före det", "innan det"), encoding="utf-8")
    assert not [one for one in facts(world).asides if one.kind.rules]
    _, answer = world.ask("quarantine", "list", "mora/alkt", "--rule", "ARK-012")
    assert answer["quarantine"][0]["rule_text"]["sv"] == "Ärendet avslutas innan det öppnas"


def test_every_source_column_stands_in_the_column_ledger(delivered, told):
    database = sqlite3.connect(delivered.path / "sources" / "alkt.sqlite")
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {
        f"db.{table}.{row[1]}"
        for table in tables
        for row in database.execute(f'PRAGMA table_info("{table}")')
    }
    listed = {f"{one.stream}.{one.column}" for one in told.columns.shown}
    assert columns <= listed
    assert all(one.reason for one in told.columns.shown if one.gone)
    assert not told.columns.more


def test_every_landed_document_has_a_format_or_none(delivered, told):
    assert sum(one.documents for one in told.formats.shown) == told.documents.landed
    assert {one.puid for one in told.formats.shown} >= {"fmt/18"}


def test_the_protected_route_is_counts_only(delivered, told):
    assert {one.route for one in told.packages.shown} == {"open"}
    protected = next(one for one in told.package_totals if one.route == "protected")
    assert protected.objects == delivered.result["objects"]["archived_protected"] > 0
    with Ledger.open(delivered.home / "mora" / "ledger.sqlite", "mora", CLOCK) as ledger:
        run = ledger.runs("mora/alkt")[-1].run
        secret = [one for one in ledger.packages(run) if one.route == "protected"]
    text = (report.write(settings(delivered), "mora/alkt", run.id)).read_text(encoding="utf-8")
    assert secret
    assert not any(one.id in text or one.sha256 in text for one in secret)


def test_receipt_parties_and_agreement(delivered, told):
    path = delivered.home / "mora" / told.proof.receipt
    assert json.loads(path.read_text(encoding="utf-8"))["receipt"]["run"] == told.run
    assert [one.owner for one in told.proof.signatures] == ["centre"]
    assert told.proof.audit_size > 0
    assert len(told.proof.audit_root) == 64
    assert told.parties.municipality == "Mora kommun"
    assert told.agreement.id == "MORA-LÖ-2020-014"
    assert told.agreement.retention
    assert told.agreement.transferred is True


def test_a_finding_that_set_nothing_aside_is_a_warning_whatever_its_code_does_elsewhere(delivered, told):
    found = {one.code: one for one in told.findings}
    harmed = [one for code, one in found.items() if code in {"MAP150", "MAP151", "MAP152"}]
    assert harmed  # a title with harmed: warn
    assert {one.severity for one in harmed} == {"warning"}
    assert not any(one.remedy_sv for one in harmed)
    assert found["MAP123"].severity == "quarantine"


def test_what_set_aside_some_and_told_of_others_is_both():
    finding = replace(kind("MAP150"), count=3)
    assert weighed(finding, {"MAP150": 2}).severity == "mixed"
    assert weighed(finding, {"MAP150": 3}).severity == "warning"
    assert weighed(finding, {"MAP151": 3}) == finding


def test_a_report_is_written_where_it_belongs_and_alike_each_time(delivered, told):
    first = report.write(settings(delivered), "mora/alkt", told.run, clock=CLOCK)
    assert first == delivered.home / "mora" / "reports" / "alkt" / told.run / "report.html"
    before = first.read_bytes()
    assert report.write(settings(delivered), "mora/alkt", told.run, clock=CLOCK).read_bytes() == before
    assert not (first.parent / ".staging").exists()


def test_the_first_run_has_nothing_to_be_compared_with(told):
    assert told.comparison is None


@pytest.fixture(scope="module")
def story(delivered, tmp_path_factory):
    """Test, live, changed, live again, then refused and stopped."""
    world = delivered.copy(tmp_path_factory.mktemp("story"))
    assert world.run("--test", "--at", AT)[0] == 0
    assert world.ask("demo", "change", world.path)[0] == 0
    assert world.run("--at", "2026-07-30T12:00:00Z")[0] == 0
    with Ledger.open(world.home / "mora" / "ledger.sqlite", "mora", CLOCK) as ledger:
        runs = [state.run for state in ledger.runs("mora/alkt")]
        ledger.decisions.record(
            runs[1], "approve", person="Anna", reason="stickprov", reference="SN 1", selection={}, items=()
        )
        left = [Item.of(one) for one in ledger.decisions.undecided("mora/alkt") if one.code == "MAP123"]
        ledger.decisions.record(
            runs[2],
            "exclude",
            person="Bo 199002314441",
            reason="kopior",
            reference="SN 2",
            selection={"code": "MAP123"},
            items=left,
        )
    world.runs = runs
    return world


def test_live_is_compared_with_live_and_never_with_test(story):
    live, test, later = story.runs
    now = facts(story, later.id)
    assert now.comparison.run == live.id
    assert facts(story, test.id).comparison is None
    changes = {one.en: one for one in now.comparison.changes}
    assert changes["Objects unchanged"].before == 0
    assert changes["Objects unchanged"].now == now.objects.unchanged > 0
    assert (
        changes["Documents that the source lists"].delta
        == now.documents.listed - changes["Documents that the source lists"].before
    )
    assert now.comparison.same_mapping is True
    assert now.comparison.new_columns.total == now.comparison.gone_columns.total == 0


def test_a_column_that_came_or_went_is_told(story):
    live, _, later = story.runs
    path = story.home / "mora" / "runs" / "alkt" / live.id / "column-ledger.csv"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if b"AndradDatum" in line)
    column = lines[at].decode().split(";")[:2]
    path.write_bytes(b"".join(line for line in lines if not line.startswith(";".join(column).encode())))
    try:
        then = facts(story, later.id).comparison
        assert then.new_columns.shown == (".".join(column),)
        assert then.gone_columns.shown == ()
    finally:
        path.write_bytes(whole)


def test_decisions_have_person_reason_reference_and_number(story):
    _, _, later = story.runs
    now = facts(story, later.id)
    (one,) = now.decisions.shown
    assert (one.person, one.action, one.reason, one.reference) == (
        "Bo ••••••-••••",
        "exclude",
        "kopior",
        "SN 2",
    )
    assert dict(one.codes) == {"MAP123": one.items}
    left = sum(entry.kind.count for entry in now.asides)
    assert now.undecided == left - one.items
    assert now.settled is False


def test_an_older_run_says_nothing_about_what_is_undecided_now(story):
    live, _, _ = story.runs
    then = facts(story, live.id)
    assert then.undecided is None
    assert then.decisions.total == 0


def test_a_test_run_is_marked_and_shows_its_approval(story):
    _, test, _ = story.runs
    told = facts(story, test.id)
    assert told.test
    assert (told.approval.person, told.approval.reference) == ("Anna", "SN 1")
    path = report.write_paper(settings(story), "mora/alkt", test.id, "testprotokoll", clock=CLOCK)
    text = html.document_fromstring(path.read_text(encoding="utf-8")).text_content()
    assert "Registrerat: Anna" in text
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["facts"]["test"] is True


def test_a_refused_run_has_a_report_that_says_why(fresh):
    path = fresh.path / "municipalities" / "mora" / "alkt.yaml"
    text = path.read_text(encoding="utf-8")
    at = text.index("  system: alkt", text.index("agreement:"))
    path.write_text(text[:at] + "  system: annat" + text[at + len("  system: alkt") :], encoding="utf-8")
    status, result = fresh.run("--at", AT)
    assert (status, result["status"]) == (1, "refused")
    told = facts(fresh)
    assert told.status == "refused"
    assert told.balanced is None
    assert {one.code for one in told.problems.shown} == {"AGR001", "AGR003"}
    assert all(one.where.startswith("municipalities/mora/alkt.yaml:") for one in told.problems.shown)
    assert "annat" in (html.parse(result["report"]).getroot().text_content())


def test_an_interrupted_run_has_a_report_that_says_what_stopped_it(fresh):
    shutil.move(fresh.path / "sources" / "alkt.sqlite", fresh.path / "aside")
    status, _ = fresh.run("--at", AT)
    assert status != 0
    told = facts(fresh)
    assert (told.status, told.stopped_by) == ("interrupted", "SRC012")
    assert told.problems.shown[0].remedy_sv
    path = report.write(settings(fresh), "mora/alkt", told.run)
    assert "Avbruten" in path.read_text(encoding="utf-8")


def test_a_run_stopped_after_its_landing_tells_what_had_come(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    with sqlite3.connect(world.home / "mora" / "ledger.sqlite") as ledger:
        for (trigger,) in list(ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
            ledger.execute(f'DROP TRIGGER "{trigger}"')
        ledger.execute("DELETE FROM event WHERE kind IN ('finished', 'receipt')")
    told = facts(world)
    assert told.status == "interrupted"
    assert dict(told.stages)["map"] > 0
    assert told.objects.found == delivered.result["objects"]["found"]
    assert {one.name: one.rows for one in told.streams.shown} == {
        name: counts["rows"] for name, counts in delivered.result["streams"].items()
    }
    page = html.document_fromstring(report.write(settings(world), "mora/alkt", told.run).read_bytes())
    assert "Körningen hann" in page.text_content()


def test_without_content_and_landing_a_report_still_stands(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    shutil.rmtree(world.path / "municipalities")
    for name in ("landing", "outbox"):
        shutil.rmtree(world.home / "mora" / name)
    told = facts(world)
    assert (told.parties.municipality, told.parties.today) == ("Mora kommun", False)
    assert told.agreement.id == "MORA-LÖ-2020-014"
    assert told.agreement.system == "alkt"
    assert told.formats.total == 0
    rows = [name for one in told.asides for name in one.names.shown if " nr " in name]
    assert len(rows) == sum(one.rows for one in told.asides)
    report.write(settings(world), "mora/alkt", told.run)


def _edit(path, *changes):
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def _forget(world, part):
    """Make the run one of a version that did not keep that part."""
    with sqlite3.connect(world.home / "mora" / "ledger.sqlite") as ledger:
        for (trigger,) in list(ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
            ledger.execute(f'DROP TRIGGER "{trigger}"')
        assert ledger.execute("DELETE FROM event WHERE part = ?", (part,)).rowcount


def test_papers_of_a_run_tell_the_parties_and_the_agreement_of_that_run(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    before = facts(world)
    folder = world.path / "municipalities" / "mora"
    _edit(folder / "municipality.yaml", ("212000-2213", "212000-2239"), ("2030-12-31", "2033-12-31"))
    _edit(folder / "alkt.yaml", ("MORA-LÖ-2020-014", "MORA-LÖ-2027-001"), ("ordförande", "vice ordförande"))
    told = facts(world)
    assert (told.parties, told.agreement) == (before.parties, before.agreement)
    assert (told.parties.number, told.parties.today) == ("212000-2213", False)
    assert told.agreement.id == "MORA-LÖ-2020-014"
    assert "vice" not in told.agreement.signed_by


def test_a_run_that_kept_none_of_its_parties_says_whose_words_stand_there(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    _forget(world, "parties")
    assert not facts(world).parties.today  # the receipt shows that the files are still the same
    folder = world.path / "municipalities" / "mora"
    _edit(folder / "municipality.yaml", ("212000-2213", "212000-2239"))
    told = facts(world)
    assert (told.parties.number, told.parties.today) == ("212000-2239", True)
    for path in (
        report.write(settings(world), "mora/alkt", told.run),
        report.write_paper(settings(world), "mora/alkt", told.run, "leveransreversal"),
    ):
        assert "inga egna uppgifter om parterna" in path.read_text(encoding="utf-8")
    _edit(folder / "alkt.yaml", ("MORA-LÖ-2020-014", "MORA-LÖ-2027-001"))
    told = facts(world)
    assert told.agreement.id == "MORA-LÖ-2020-014"
    assert told.agreement.signed_by == ""
    assert told.agreement.transferred is None


def test_a_damaged_receipt_is_no_receipt(delivered, tmp_path):
    world = delivered.copy(tmp_path)
    path = world.home / "mora" / facts(world).proof.receipt
    path.write_text("{", encoding="utf-8")
    told = facts(world)
    assert told.balanced is None
    assert told.proof.receipt == ""
    report.write(settings(world), "mora/alkt", told.run)


def test_a_receipt_of_the_first_version_is_read_too():
    body = {"run": "00001-aa", "schema_version": 1}
    assert _opened("p", "d", body).body == body
    whole = _opened("p", "d", {"receipt": body, "signatures": [{"owner": "centre"}, "x"]})
    assert whole.body == body
    assert whole.signatures == ({"owner": "centre"},)


@pytest.mark.parametrize(
    ("delivery", "run", "code"),
    [
        ("mora/alkt", "00009-ffff", "RPT001"),
        ("mora/annat", "00001-aa", "RPT001"),
        ("orsa/alkt", "00001-aa", "RPT001"),
    ],
)
def test_what_is_not_there_is_a_usage_error(delivered, delivery, run, code):
    with pytest.raises(UsageError) as caught:
        facts(delivered, run, delivery)
    assert caught.value.code == code


def test_a_long_quarantine_makes_no_long_report(delivered, tmp_path):
    """A hundred thousand objects set aside: exact counts, a page of the same size."""
    import pyarrow as pa

    world = delivered.copy(tmp_path)
    number = 100_000
    with Ledger.open(world.home / "mora" / "ledger.sqlite", "mora", CLOCK) as ledger:
        run = ledger.begin(
            "mora/alkt",
            reference_time=CLOCK.now(),
            test=False,
            code_version="0.1.0",
            agreement="A",
            by="anna",
        )
        rows = pa.table(
            {
                "object": [f"o{one:06d}" for one in range(number)],
                "reference": [f"ALK-{one:06d}" for one in range(number)],
                "route": ["open"] * number,
                "disposition": ["quarantined"] * number,
                "reason": [f"MAP10{one % 10}" for one in range(number)],
                "where": ["m.yaml:1:1"] * number,
                "documents": [1] * number,
                "records": [1] * number,
            }
        )
        ledger.record_objects(run, "map", rows)
    told = facts(world, run.id)
    assert sum(one.objects for one in told.asides) == number
    assert len(told.asides) == 10
    assert {len(one.names.shown) for one in told.asides} == {MOST_NAMES}
    path = report.write(settings(world), "mora/alkt", run.id)
    assert path.stat().st_size < 150_000
    paper = report.write_paper(settings(world), "mora/alkt", run.id, "felprotokoll")
    assert paper.stat().st_size < 400_000
    assert replace(told, written="") == replace(facts(world, run.id), written="")


@pytest.mark.parametrize(
    ("severities", "told"),
    [(["warning"], "warning"), (["warning", "quarantine"], "mixed"), (["quarantine"], "quarantine")],
)
def test_a_finding_of_rules_that_only_warn_asks_for_no_decision(severities, told):
    checks = {
        str(at): SimpleNamespace(id=str(at), kind="order", severity=severity, text={"sv": "a", "en": "b"})
        for at, severity in enumerate(severities)
    }
    found = Rules(checks).named(kind("QUA101", count=3))
    assert (found.severity, bool(found.remedy_sv), found.count) == (told, told != "warning", 3)
