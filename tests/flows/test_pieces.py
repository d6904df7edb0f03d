"""The pieces of the flows, without any server."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.prefects import ROOT

from leverans.errors import AccessDenied, ConfigurationError, Outage
from leverans.registry import Schedule, deliveries, limits, load_delivery, timetable


@pytest.fixture
def guarding():
    from flows import guarding

    return guarding


@pytest.mark.parametrize("count", [0, 1, 7, 99, 100, 101, 12_345])
def test_a_stage_never_has_more_parts_than_it_may(guarding, count):
    made = guarding.parts(range(count))
    assert [item for part in made for item in part.items] == list(range(count))
    assert len(made) == min(count, guarding.MOST_PARTS)
    sizes = {len(part.items) for part in made}
    assert not sizes or max(sizes) - min(sizes) <= 1
    assert 2 * guarding.MOST_PARTS + 12 < 300


def test_what_is_done_of_a_part_is_not_done_again(guarding):
    part = guarding.Part(1, 1, [1, 2, 3])
    done = []
    for fall in (2, None):
        for item in part.left():
            if item == fall:
                break
            done.append(item)
    assert done == [1, 2, 3]
    assert list(part.left()) == []


def test_places_of_the_content_are_shown_and_places_of_the_source_are_not(guarding):
    content = ConfigurationError("MAP006", "mappings/alkt/serveringstillstand.yaml:12:3", reason="x")
    assert "serveringstillstand.yaml:12:3" in guarding.words(content)
    source = AccessDenied("RUN003", "/srv/share/19121212-1213 anmälan.pdf", reason="Permission denied")
    assert "19121212" not in guarding.words(source)
    assert "RUN003" in guarding.words(source)
    assert "19121212" not in guarding.words(
        PermissionError(13, "Permission denied", "/srv/19121212-1213.pdf")
    )


def test_an_unknown_fault_shows_its_kind_and_place_only(guarding):
    try:
        int("Anna Andersson 19121212-1213")
    except ValueError as fault:
        told = guarding.words(fault)
    assert "ValueError" in told
    assert "test_pieces.py" in told
    assert "Anna" not in told


def test_only_outages_are_tried_again(guarding):
    from prefect.states import Failed

    def tried(fault):
        return guarding.outage(None, None, Failed(data=guarding.Shown(fault)))

    assert tried(Outage("SRC018", "", reason="x"))
    assert tried(OSError(28, "No space left on device"))
    assert not tried(ConfigurationError("MAP006", "", reason="x"))
    assert not tried(PermissionError(13, "Permission denied"))
    assert not tried(KeyError("x"))


def test_telling_never_raises(ephemeral):
    from flows.quietly import quietly

    def away():
        raise ConnectionError("no")

    assert quietly(away) is None
    assert quietly(lambda: 3) == 3


def known(kinds):
    """Deliveries like the shipped one, with other names and schedules."""
    from dataclasses import replace

    base = load_delivery(ROOT, "mora/alkt")
    return [replace(base, name=name, schedule=Schedule(*kind)) for name, kind in kinds.items()]


def test_no_two_deliveries_start_at_the_same_minute_of_a_night():
    kinds = {f"kommun{number:02d}/{kind}": (kind,) for number in range(30) for kind in ("yearly", "monthly")}
    lines = timetable(known(kinds))
    starts = [tuple(line.split()[:2]) for line in lines.values()]
    assert len(set(starts)) == len(starts) == 60
    assert {hour for _, hour in starts} <= {"22", "23", "0", "1", "3", "4"}
    for name, line in lines.items():
        _, _, day, month, weekday = line.split()
        assert 1 <= int(day) <= 28
        assert (month, weekday) == (("2" if name.endswith("yearly") else "*"), "*")


def test_a_new_municipality_moves_few_others():
    kinds = {f"kommun{number:02d}/alkt": ("yearly",) for number in range(21)}
    before, after = timetable(known(kinds)), timetable(known({**kinds, "ny/alkt": ("yearly",)}))
    assert sum(before[name] != after[name] for name in before) <= 2


def test_what_a_person_starts_has_no_schedule_and_cron_is_taken_as_it_is():
    lines = timetable(known({"a/x": ("once",), "b/x": ("on request",), "c/x": ("cron", "15 3 * * 1")}))
    assert lines == {"a/x": None, "b/x": None, "c/x": "15 3 * * 1"}


def test_the_lower_limit_of_a_shared_server_holds():
    from dataclasses import replace

    from leverans.registry import Concurrency

    base = load_delivery(ROOT, "mora/alkt")
    source = base.sources[0]
    several = [
        replace(base, sources=(replace(source, concurrency=Concurrency("gamla-servern", limit)),))
        for limit in (4, 2, 3)
    ]
    assert [(one.name, one.limit) for one in limits(several).values()] == [("source:gamla-servern", 2)]
    assert next(iter(limits([base]))) == "source:alkt-mora"


def test_prefect_yaml_is_what_the_registry_says():
    from flows.desired import FILE, rendered

    assert (ROOT / FILE).read_text(encoding="utf-8") == rendered(ROOT), "leverans deploy --render"


def test_the_rendering_has_neither_secrets_nor_places_of_a_machine():
    from flows.desired import rendered

    text = rendered(ROOT)
    assert "{{ $LEVERANS_CONTENT }}" in text
    assert not re.search(r"(?:^|[\s'\"])/(?:work|home|root|srv|tmp)\b", text)
    assert not re.search(r"passw|secret|token|lösenord", text, re.IGNORECASE)


def test_every_delivery_is_deployed_and_every_deployment_has_a_flow():
    from flows.desired import desired
    from flows.wanting import wanted

    plan = desired(ROOT)
    names = {one.parameters["delivery"] for one in plan.deployments.values() if one.flow == "deliver"}
    assert names == set(deliveries(ROOT))
    things = wanted(ROOT, ROOT / "flows")
    for (kind, _), fields in things.items():
        if kind == "deployment":
            given, schema = fields["parameters"], fields["schema"]
            assert set(given) <= set(schema["properties"])


def test_a_municipality_with_two_hosts_has_a_deployment_of_its_own(tmp_path):
    import shutil

    from flows.desired import desired

    for folder in ("connectors", "mappings", "municipalities"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    tenant = tmp_path / "municipalities" / "mora" / "municipality.yaml"
    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    more = f"\ntransfer: {{kind: folder, location: /srv/drop, recipient: {recipient}}}\n"
    tenant.write_text(tenant.read_text(encoding="utf-8") + more, encoding="utf-8")
    plan = desired(tmp_path)
    assert plan.deployments["extract/mora-alkt"].pool == "mora"
    assert plan.deployments["deliver/mora-alkt"].pool == "centre"
    assert "extract/falun-parkeringstillstand" not in plan.deployments


def test_a_wrong_schedule_is_told_with_its_delivery():
    from flows.deploy import _cron

    with pytest.raises(ConfigurationError) as caught:
        _cron("mora/alkt", {"cron": "61 3 * * *", "zone": "Europe/Stockholm"})
    assert caught.value.code == "FLW008"


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:{port}/api"])
def test_without_a_server_deploy_says_what_to_do(tmp_path, address):
    import json
    import subprocess
    import sys

    from tests.support.prefects import environment, free_port

    more = {"PREFECT_API_URL": address.format(port=free_port())} if address else {}
    done = subprocess.run(
        [sys.executable, "-m", "leverans", "deploy", "--check", "--json", "--content", str(ROOT)],
        env=environment(PREFECT_HOME=tmp_path, PREFECT_CLIENT_MAX_RETRIES=0, **more),
        capture_output=True,
        check=False,
    )
    expected = (3, "FLW006") if address else (1, "FLW007")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == expected


def test_a_content_without_flows_uses_those_of_the_checkout(tmp_path, flow_world):
    from tests.support.worlds import leverans

    assert not (flow_world.path / "flows").exists()
    status, told = leverans("deploy", "--json", "--render", "--content", flow_world.path)
    assert status == 0, told
    assert "orsa-alkt" in (flow_world.path / "prefect.yaml").read_text(encoding="utf-8")
    (flow_world.path / "prefect.yaml").unlink()


def test_codes_in_artifacts_carry_no_values():
    from flows.tables import findings, text_of

    from leverans.report.setaside import kinds

    assert "{" not in text_of("DLV002", "sv")
    assert "…" in text_of("DLV002", "sv")
    assert findings(()) == "Inga fynd. *No findings.*"
    lines = findings(kinds({"DLV001": 2, "DLV002": 5, "NEJ999": 1})).splitlines()
    assert [line.split("**")[1] for line in lines] == ["DLV002 × 5", "DLV001 × 2", "NEJ999 × 1"]


def test_a_finding_is_as_severe_as_the_rules_that_gave_it():
    from flows.tables import findings

    from leverans.mapping import Check
    from leverans.mapping.language import Condition
    from leverans.report.ruletexts import Rules
    from leverans.report.setaside import kinds

    def told(code, *rules):
        checks = [
            Check(name, "case", kind, ["title"], severity, {"sv": "a", "en": "b"}, "m:1", Condition())
            for name, kind, severity in rules
        ]
        known = Rules({check.id: check for check in checks})
        return findings(known.named(one) for one in kinds({code: 3}))

    assert told("QUA108").startswith("- **QUA108 × 3** karantän: ")
    assert told("QUA108", ("A-1", "max_length", "warning")).startswith("- **QUA108 × 3** varning: Regeln A-1")
    assert told("QUA108", ("A-1", "max_length", "critical")).startswith("- **QUA108 × 3** kritisk: ")
    both = told("QUA108", ("A-1", "max_length", "warning"), ("A-2", "max_length", "quarantine"))
    assert both.startswith("- **QUA108 × 3** karantän eller varning, efter regel: Regeln A-1 / A-2")
    assert "varning: Regeln A-1" in told(
        "QUA003", ("A-1", "order", "warning"), ("A-2", "required", "quarantine")
    )


def test_a_table_is_read_in_swedish_first_and_breaks_nowhere():
    from flows.tables import markdown

    rows = [
        {"Ström | stream": "db.a_b", "Rader | rows": 1234567},
        {"Ström | stream": "a*b<c>|\n", "Rader | rows": 0},
    ]
    assert markdown(rows).splitlines() == [
        "| Ström *stream* | Rader *rows* |",
        "| --- | ---: |",
        "| db.a_b | 1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567 |",
        "| a\\*b\\<c>/ | 0 |",
    ]


def test_the_core_never_imports_prefect():
    """import-linter holds it, too; here it is the modules that are loaded at start."""
    import subprocess
    import sys

    words = "import sys, leverans.cli, leverans.cli.deploying; sys.exit('prefect' in sys.modules)"
    subprocess.run([sys.executable, "-c", words], check=True)


def test_a_source_may_name_the_server_behind_it(tmp_path):
    import shutil

    for folder in ("connectors", "mappings", "municipalities"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path = tmp_path / "municipalities" / "mora" / "alkt.yaml"
    text = path.read_text(encoding="utf-8")
    given = "    location: alkt.sqlite\n"

    def told(more):
        path.write_text(text.replace(given, f"{given}    concurrency: {more}\n"), encoding="utf-8")
        return load_delivery(tmp_path, "mora/alkt")

    (source, *_) = told("{name: gamla-servern, limit: 2}").sources
    assert (source.concurrency.name, source.concurrency.limit) == ("gamla-servern", 2)
    assert "source:gamla-servern" in limits([told("{name: gamla-servern, limit: 2}")])
    for wrong in ("{name: gamla-servern, limit: 0}", "{name: gamla-servern, limit: två}", "{limit: 2}", "3"):
        with pytest.raises(ConfigurationError) as caught:
            told(wrong)
        assert caught.value.problems


LINES = [
    "30 2 * * 0", "30 2 * * *", "*/30 1-3 * * *", "0 2 * * *", "0 3 * * *", "15 * * * *", "59 1 * * *",
    "0 */2 * * *", "45 2 28 3 *", "30 2 31 10 *",
]  # fmt: skip


@pytest.mark.parametrize("day", [datetime(2027, 3, 26, 12, tzinfo=UTC), datetime(2027, 3, 28, 0, 50, tzinfo=UTC),
                                 datetime(2027, 10, 29, 12, tzinfo=UTC), datetime(2027, 10, 31, 0, 40, tzinfo=UTC)])  # fmt: skip
@pytest.mark.parametrize("line", LINES)
def test_a_delivery_is_due_when_prefect_starts_it_also_as_the_clock_is_changed(line, day):
    from prefect.server.schemas.schedules import CronSchedule

    from leverans.registry import ZONE, Period, due_moments

    end = day + timedelta(days=4)
    fires = asyncio.run(CronSchedule(cron=line, timezone=ZONE).get_dates(n=1000, start=day, end=end))
    wanted = sorted({moment.astimezone(UTC) for moment in fires if moment > day})
    valid = Period(datetime(2027, 1, 1, tzinfo=UTC).date(), None)
    assert list(due_moments(Schedule("cron", line), line, valid, end, after=day)) == wanted
