"""The flow on Prefect's own temporary server: the same bytes as the command line, the colour of the ledger."""

import fcntl
import hashlib
import re

import pytest
from tests.support.prefects import table
from tests.support.worlds import AT

from leverans.clock import SystemClock
from leverans.errors import ConfigurationError, Outage
from leverans.ledger import Ledger


@pytest.fixture
def flow(ephemeral, monkeypatch):
    import flows.deliver

    from flows import guarding

    monkeypatch.setattr(guarding, "DELAYS", [0])
    return flows.deliver


def packages(home, municipality="orsa"):
    folders = [home / municipality / name for name in ("packages", "packages-protected")]
    return {
        path.relative_to(home / municipality).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in folder.rglob("*.zip")
    }


def run(flow, name="orsa/alkt", **given):
    """Run the flow and give its state as the server has it, and the flow run."""
    from prefect import get_client

    state = flow.deliver(name, return_state=True, **given)
    with get_client(sync_client=True) as client:
        found = client.read_flow_run(state.state_details.flow_run_id)
        return found.state, found, client


def ledger_says(world, municipality="orsa", *, test=False):
    with Ledger.look(world.home / municipality / "ledger.sqlite", SystemClock()) as ledger:
        states = [state for state in ledger.runs(f"{municipality}/alkt") if state.run.test == test]
    return states[-1].status


def test_a_flow_gives_the_bytes_of_the_command_line(flow, own, told_by_cli):
    state, found, _ = run(flow, at=AT)
    assert (state.type.value, state.name) == ("COMPLETED", "Completed")
    assert ledger_says(own) == "complete"
    assert packages(own.home) == packages(told_by_cli.home)
    assert found.name == "orsa/alkt"
    assert {"leverans", "orsa", "orsa/alkt"} <= set(found.tags)


def test_tasks_are_stages_with_tags_and_few(flow, own):
    from prefect import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    _, found, _ = run(flow, at=AT)
    with get_client(sync_client=True) as client:
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=[found.id]))
        tasks = client.read_task_runs(flow_run_filter=wanted, limit=200)
    assert 10 <= len(tasks) <= 300
    assert {task.state_type.value for task in tasks} == {"COMPLETED"}
    tags = {tag for task in tasks for tag in task.tags}
    assert {f"stage:{name}" for name in ("extract", "transfer", "map", "package", "reconcile")} <= tags
    assert "map 1/1" in {task.name for task in tasks}


def test_artifacts_tell_the_kvittens_and_the_reconciliation(flow, own):
    from prefect.artifacts import Artifact

    run(flow, at=AT)
    told = {kind: Artifact.get(f"{kind}-orsa-alkt") for kind in ("kvittens", "avstamning", "fynd", "forlopp")}
    status, result = own.run(delivery="orsa/alkt")
    assert status == 0
    counts = {row["Vad"]: row["Antal"] for row in table(told["kvittens"].data)}
    assert counts["Funna"] == str(result["objects"]["found"])
    rows = table(told["avstamning"].data)
    assert {row["Ihop"] for row in rows} == {"ja"}
    found = {row["Ström"]: int(row["Rader"]) for row in rows}
    assert found.pop("dokument") == result["documents"]["listed"]
    assert found == {name: counts["rows"] for name, counts in result["streams"].items()}
    lines = told["fynd"].data.splitlines()
    assert lines
    assert all(re.fullmatch(r"- \*\*[A-Z0-9-]+ × \d+\*\* \w+: \S.* \*\S.*\*", line) for line in lines), lines
    assert told["forlopp"].data == 100.0


def test_the_report_has_a_place_without_the_machine(flow, own, monkeypatch):
    from prefect.artifacts import Artifact

    run(flow, at=AT)
    text = Artifact.get("rapport-orsa-alkt").data
    assert str(own.home) not in text
    assert "`orsa/" in text
    monkeypatch.setenv("LEVERANS_REPORTS_URL", "https://arkiv.example/rapporter/")
    run(flow)
    assert "(https://arkiv.example/rapporter/orsa/" in Artifact.get("rapport-orsa-alkt").data


def test_incomplete_is_red(flow, own, monkeypatch):
    from leverans.delivery import session
    from leverans.delivery.reconciling import ReadBack

    monkeypatch.setattr(session, "reconcile", lambda *_: ReadBack(broken=1))
    state, _, _ = run(flow, at=AT)
    assert (state.type.value, state.name) == ("FAILED", "Incomplete")
    assert ledger_says(own) == "incomplete"


def test_refused_is_red_whether_a_run_began_or_not(flow, own):
    path = own.path / "municipalities" / "orsa" / "alkt.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("valid: {from: 2020-01-01}", "valid: {from: 2020-01-01, to: 2021-01-01}"))
    state, _, _ = run(flow, at=AT)
    assert (state.type.value, state.name) == ("FAILED", "Refused")
    assert ledger_says(own) == "refused"
    assert "AGR006" in state.message
    path.write_text(text[: text.index("agreement:")], encoding="utf-8")
    state, _, _ = run(flow, at=AT)
    assert (state.type.value, state.name) == ("FAILED", "Refused")


def test_a_fault_that_stops_a_run_is_crashed_and_called_stopped(flow, own, monkeypatch):
    from leverans.delivery import Session

    def fall(*_):
        raise ConfigurationError("MAP006", "hemlig fil 19121212-1213.txt", reason="x")

    monkeypatch.setattr(Session, "identify", fall)
    state, _, _ = run(flow, at=AT)
    assert (state.type.value, state.name) == ("CRASHED", "Stopped")
    assert ledger_says(own) is None
    assert "MAP006" in state.message
    assert "19121212" not in state.message


def test_an_outage_is_tried_again_and_nothing_else_is(flow, own, monkeypatch):
    from leverans.delivery import Session

    calls = []
    whole = Session.identify

    def away(self):
        calls.append("identify")
        if len(calls) < 3:
            raise Outage("SRC018", "", reason="down")
        return whole(self)

    monkeypatch.setattr(Session, "identify", away)
    monkeypatch.setattr(flow.identify, "retry_delay_seconds", [0])
    state, _, _ = run(flow, at=AT)
    assert state.name == "Completed"
    assert len(calls) == 3

    tried = []

    def fall(self):
        tried.append("plan")
        raise ConfigurationError("MAP006", "", reason="x")

    monkeypatch.setattr(Session, "plan", fall)
    state, _, _ = run(flow)
    assert state.name == "Stopped"
    assert len(tried) == 1


def test_an_outage_within_a_part_doubles_nothing(flow, own, told_by_cli, monkeypatch):
    from flows import guarding
    from leverans.delivery import Session

    whole, calls = Session.package, []

    def away(self, planned):
        calls.append(planned.id)
        if len(calls) == 3:
            raise Outage("RUN002", "", reason="full")
        return whole(self, planned)

    monkeypatch.setattr(guarding, "MOST_PARTS", 1)
    monkeypatch.setattr(Session, "package", away)
    monkeypatch.setattr(flow.package, "retry_delay_seconds", [0])
    state, _, _ = run(flow, at=AT)
    assert state.name == "Completed"
    assert len(calls) == len(set(calls)) + 1
    assert packages(own.home) == packages(told_by_cli.home)


def test_an_outage_that_lasts_is_crashed_and_the_next_run_ends_it(flow, own, monkeypatch):
    from leverans.delivery import Session

    def away(self):
        raise Outage("SRC018", "", reason="down")

    with monkeypatch.context() as broken:
        broken.setattr(Session, "identify", away)
        broken.setattr(flow.identify, "retry_delay_seconds", [0])
        state, _, _ = run(flow, at=AT)
    assert (state.type.value, state.name) == ("CRASHED", "Interrupted")
    assert ledger_says(own) is None
    state, _, _ = run(flow)
    assert state.name == "Completed"
    assert ledger_says(own) == "complete"


def test_a_second_run_at_the_same_time_is_locked_out(flow, own):
    lock = own.home / "orsa" / "locks" / "alkt.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        state, _, _ = run(flow, at=AT)
    assert (state.type.value, state.name) == ("FAILED", "Locked")
    assert "RUN001" in state.message


def test_a_fault_of_the_software_shows_its_place_and_no_data(flow, own, monkeypatch):
    from prefect import get_client
    from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId

    from leverans.delivery import Session

    secret = "19121212-1213 lösenord=hunter2"

    def fall(self):
        raise KeyError(secret)

    monkeypatch.setattr(Session, "identify", fall)
    state, found, _ = run(flow, at=AT)
    assert state.type.value == "CRASHED"
    assert "FLW001" in state.message
    assert "KeyError" in state.message
    with get_client(sync_client=True) as client:
        logs = client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[found.id])), limit=200)
        tasks = client.read_task_runs(limit=50)
    everything = "\n".join(
        [state.message, *(log.message for log in logs), *(repr(task.state) for task in tasks)]
    )
    assert "hunter2" not in everything
    assert "19121212" not in everything


def test_a_wrong_time_is_told(flow, own):
    state, _, _ = run(flow, at="igår")
    assert (state.type.value, state.name) == ("FAILED", "Failed")
    assert "USE002" in state.message


def test_a_test_delivery_is_marked_and_lies_apart(flow, own):
    state, found, _ = run(flow, test=True, at=AT)
    assert state.name == "Completed"
    assert found.name == "orsa/alkt TEST"
    assert ledger_says(own, test=True) == "complete"
    assert not (own.home / "orsa" / "archive").exists()
