"""What the watch does about cancelled and claimed runs, names that clash, and words between hosts."""

import shutil
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from tests.support.prefects import ROOT

from leverans.clock import FixedClock
from leverans.errors import AccessDenied, ConfigurationError, LeveransError, Outage

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
QUIET = timedelta(seconds=120)


class Server:
    """Prefect's server as the watch sees it: runs with all their states, oldest first."""

    def __init__(self):
        self.runs, self.extracts, self.history, self.started = [], [], {}, []

    def ran(self, *states, began=NOW - timedelta(hours=3)):
        """Add a run; `states` are (type, minutes ago) or (type, minutes ago, name)."""
        from prefect.client.schemas.objects import FlowRun
        from prefect.states import State

        made = [
            State(type=kind, name=(*name, kind.title())[0], timestamp=NOW - timedelta(minutes=ago))
            for kind, ago, *name in states
        ]
        run = FlowRun(id=uuid4(), flow_id=uuid4(), state=made[-1], expected_start_time=began)
        self.runs.append(run)
        self.history[run.id] = made
        return run

    def read_flow_runs(self, flow_filter, **_):
        return [
            run.model_copy() for run in (self.runs if flow_filter.name.any_ == ["deliver"] else self.extracts)
        ]

    def read_flow_run(self, own):
        return next(run for run in self.runs if run.id == own)

    def read_flow_run_states(self, own):
        return list(reversed(self.history[own]))

    def set_flow_run_state(self, own, state, force):
        assert force
        state.timestamp = NOW
        self.history[own].append(state)
        self.read_flow_run(own).state = state


@pytest.fixture
def server(monkeypatch):
    from flows import resuming

    made = Server()
    own = SimpleNamespace(id="r1", delivery="mora/alkt", test=False, by="prefect:mora-alkt")
    known = made.known = [SimpleNamespace(run=own, status=None, ended=None)]
    ledger = SimpleNamespace(runs=lambda _: known)
    monkeypatch.setattr(resuming, "get_client", lambda **_: nullcontext(made))
    monkeypatch.setattr(resuming, "Ledger", SimpleNamespace(look=lambda *_: nullcontext(ledger)))
    monkeypatch.setattr(resuming, "busy", lambda _: False)
    monkeypatch.setattr(
        resuming, "run_deployment", lambda *given, **named: made.started.append((given, named))
    )
    return made


@pytest.fixture
def watched(server, tmp_path):
    from flows.resuming import resumed

    (tmp_path / "ledger").write_text("")
    home = SimpleNamespace(ledger=tmp_path / "ledger", lock=lambda _: None)
    settings = SimpleNamespace(municipality=lambda _: home)
    return lambda: resumed(settings, "mora/alkt", QUIET, FixedClock(NOW))


@pytest.fixture
def look(server, watched):
    def looked():
        (one,) = watched()
        assert bool(server.started) == (one.done == "started")
        return one.done

    return looked


def test_a_crashed_run_is_started_again(server, look):
    server.ran(("RUNNING", 60), ("CRASHED", 5))
    assert look() == "started"
    ((_, named),) = server.started
    assert named["flow_run_name"] == "mora/alkt"


@pytest.mark.parametrize(
    "states",
    [
        [("RUNNING", 60), ("CANCELLING", 6), ("CANCELLED", 5)],
        [("SCHEDULED", 60), ("CANCELLED", 5)],
        [("RUNNING", 60), ("CANCELLING", 6), ("CRASHED", 5)],
        [("RUNNING", 60), ("CANCELLING", 6)],
    ],
    ids=["by its worker", "before it began", "crashed over it", "its worker is dead"],
)
def test_a_run_that_a_person_cancelled_waits_for_a_person(server, look, states):
    from flows.resuming import CANCELLED

    run = server.ran(*states)
    assert look() == CANCELLED == look() == "cancelled, waits for a person"
    assert run.state.is_final()


def test_a_run_that_a_person_started_after_the_cancelled_one_is_started_again(server, look):
    server.ran(("RUNNING", 60), ("CANCELLING", 51), ("CANCELLED", 50))
    server.ran(("RUNNING", 40), ("CRASHED", 5))
    assert look() == "started"


def test_a_cancelled_run_that_a_person_tried_again_is_started_again(server, look):
    server.ran(("RUNNING", 60), ("CANCELLED", 50), ("RUNNING", 40), ("CRASHED", 5))
    assert look() == "started"


def test_a_claimed_run_that_never_began_is_dead_after_a_while(server, look):
    server.ran(("RUNNING", 60), ("CRASHED", 20))
    claimed = server.ran(("SCHEDULED", 15), ("PENDING", 9))
    assert look() == "waits"
    claimed.state.timestamp = NOW - timedelta(minutes=10, seconds=1)
    assert look() == "started"
    assert claimed.state.type == "CRASHED"


@pytest.mark.parametrize("status", ["complete", "incomplete"])
@pytest.mark.parametrize("kind", ["FAILED", "CRASHED", "COMPLETED"])
def test_an_end_that_the_server_was_not_told_gets_the_ledgers_colour(server, watched, status, kind):
    """Prefect fails a run whose end it could not set while the server was away; the ledger had ended it."""
    from flows.asking import LABEL

    right = {"complete": ("COMPLETED", "Completed"), "incomplete": ("FAILED", "Incomplete")}[status]
    earlier, late = server.ran(("RUNNING", 60), ("CRASHED", 30)), server.ran(("RUNNING", 25), (kind, 5))
    for run in (earlier, late):
        run.labels = {LABEL: "r1"}
    server.known[0].status, server.known[0].ended = status, NOW - timedelta(minutes=10)
    was = (late.state.type, late.state.name)
    corrected = sum(one.corrected for one in watched())
    assert (late.state.type, late.state.name) == right
    assert corrected == (was != right)
    assert earlier.state.type == "CRASHED"
    assert server.started == []


def test_an_extract_that_never_began_frees_its_place(server, look):
    claimed = server.ran(("SCHEDULED", 15), ("PENDING", 9))
    server.runs, server.extracts = [], [claimed]
    server.read_flow_run = lambda own: claimed
    look()
    assert claimed.state.type == "PENDING"
    claimed.state.timestamp = NOW - timedelta(minutes=10, seconds=1)
    look()
    assert claimed.state.type == "CRASHED"


def test_a_run_that_is_late_waits_for_its_worker(server, look):
    server.ran(("SCHEDULED", 600, "Late"))
    assert look() == "waits"


@pytest.fixture
def clashing(tmp_path):
    """A content whose ``mora/a-b`` and ``mora-a/b`` would both be ``mora-a-b``."""
    content = tmp_path / "content"
    for folder in ("connectors", "mappings", "municipalities"):
        shutil.copytree(ROOT / folder, content / folder)
    tenants = content / "municipalities"
    shutil.copytree(tenants / "mora", tenants / "mora-a")
    (tenants / "mora-a" / "alkt.yaml").rename(tenants / "mora-a" / "b.yaml")
    shutil.copy(tenants / "mora" / "alkt.yaml", tenants / "mora" / "a-b.yaml")
    return content


def test_two_deliveries_with_one_name_are_refused_with_both_places(clashing):
    from flows.desired import desired, rendered
    from flows.wanting import wanted

    for asked in (desired, rendered, lambda content: wanted(content, ROOT / "flows")):
        with pytest.raises(ConfigurationError) as caught:
            asked(clashing)
        assert caught.value.code == "FLW009"
        told = caught.value.text("sv")
        assert "municipalities/mora/a-b.yaml" in told
        assert "municipalities/mora-a/b.yaml" in told
        assert caught.value.problems == ()
    (clashing / "municipalities" / "mora" / "a-b.yaml").unlink()
    assert "deliver/mora-a-b" in desired(clashing).deployments


@pytest.fixture
def ask(monkeypatch):
    """Ask the municipality's host, whose run ends in a given state."""
    from flows import carrying

    tenant = SimpleNamespace(transfer=SimpleNamespace(where="municipalities/mora/municipality.yaml:9:3"))
    session = SimpleNamespace(
        run="r1",
        job=SimpleNamespace(
            run=None,
            delivery=SimpleNamespace(name="mora/alkt", municipality=tenant),
            ledger=SimpleNamespace(checkpoints=lambda *_: {}),
        ),
        landed_elsewhere=lambda landing: {"landing": landing},
    )

    def given(state):
        monkeypatch.setattr(carrying, "awaited", lambda *_: state)
        return carrying.fetched.fn.__wrapped__(session)

    return given


def test_what_failed_on_the_municipalitys_host_is_told_at_the_centre(ask):
    from flows.guarding import words
    from prefect.states import Failed

    inner = LeveransError("MAP006", "mappings/alkt/x.yaml:12:3", reason="a {brace} | b")
    faults = [
        ConfigurationError("REG001", "municipalities/mora/alkt.yaml:3:1", (inner,), count=1),
        AccessDenied("SRC013", "", reason="x"),
    ]
    for fault in faults:
        with pytest.raises(ConfigurationError) as caught:
            ask(Failed(message=words(fault)))
        assert caught.value.code == "FLW004"
        first, *rest = words(caught.value).splitlines()
        assert first.startswith("FLW004 ")
        assert rest == words(fault).splitlines()


def test_an_outage_on_the_municipalitys_host_gives_its_code(ask):
    from flows.guarding import words
    from prefect.states import Crashed

    with pytest.raises(Outage) as caught:
        ask(Crashed(name="Interrupted", message=words(Outage("SRC018", "", reason="x"))))
    assert caught.value.code == "FLW003"
    assert "(Interrupted, SRC018)" in words(caught.value)


def test_prefects_own_messages_stay_on_the_municipalitys_host(ask):
    from flows.guarding import words
    from prefect.states import Failed

    for message in ("ValueError: Anna | 19121212-1213", "XXX999 Anna | 19121212-1213", None):
        with pytest.raises(ConfigurationError) as caught:
            ask(Failed(message=message))
        assert caught.value.problems == ()
        assert "Anna" not in words(caught.value)
