"""The centre waits for the municipality's run: never for ever, never for two, and not past a dead server."""

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest

from leverans.errors import ConfigurationError, Outage

WHERE = "municipalities/mora/municipality.yaml:9:3"


class Server:
    """Prefect's server as the waiting sees it: a run whose states come one after the other, the last for ever."""

    def __init__(self, clock):
        self.clock, self.open, self.begun, self.states, self.set, self.beats = clock, [], [], [], [], []
        self.fault = None

    def read_flow_runs(self, flow_run_filter, **_):
        assert flow_run_filter.tags.all_ == ["mora/alkt"]
        return self.open

    def begin(self, *given, **named):
        self.begun.append((given, named))
        return self.run(named["parameters"]["run"])

    def run(self, own):
        return SimpleNamespace(id=uuid4(), parameters={"delivery": "mora/alkt", "run": own})

    def read_flow_run(self, _):
        if self.fault is not None:
            raise self.fault
        state = self.states[0]
        if len(self.states) > 1:
            del self.states[0]
        return SimpleNamespace(state=state)

    def set_flow_run_state(self, own, state, force):
        assert force
        self.set.append((own, state.type))

    def read_events(self, wanted, limit):
        assert wanted.resource.id[0].startswith("prefect.flow-run.")
        return SimpleNamespace(events=[SimpleNamespace(id=beat) for beat in self.beats[-1:]])


@pytest.fixture
def server(monkeypatch):
    from flows import awaiting

    now = [0.0]
    made = Server(now)

    def sleep(seconds):
        now[0] += 60 * seconds
        assert now[0] < 100_000, "it waits for ever"

    monkeypatch.setattr(awaiting, "get_client", lambda **_: nullcontext(made))
    monkeypatch.setattr(awaiting, "run_deployment", made.begin)
    monkeypatch.setattr(awaiting, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return made


def wait(run="r1"):
    from flows.awaiting import awaited

    return awaited("mora/alkt", run, WHERE)


@contextmanager
def given_up(code, kind=Outage):
    from flows.guarding import words

    with pytest.raises(kind) as caught:
        yield
    assert caught.value.code == code
    assert words(caught.value).startswith(f"{WHERE}: {code} ")


def states():
    from prefect import states

    return states


def test_it_is_begun_once_with_a_name(server):
    server.states = [
        states().Scheduled(),
        states().Pending(),
        states().Running(),
        states().Completed(message="landing l1"),
    ]
    assert wait().message == "landing l1"
    (((title,), named),) = server.begun
    assert (title, named["flow_run_name"], named["timeout"]) == ("extract/mora-alkt", "mora/alkt", 0)
    assert named["parameters"] == {"delivery": "mora/alkt", "run": "r1"}


def test_one_that_is_on_its_way_for_the_same_run_is_waited_for(server):
    server.open = [server.run("r0"), server.run("r1")]
    server.states = [states().Completed(message="landing l1")]
    assert wait().message == "landing l1"
    assert server.begun == []
    wait("r2")
    assert len(server.begun) == 1


def test_one_that_no_worker_takes_stays_asked_for(server):
    server.states = [states().Scheduled()]
    with given_up("FLW011"):
        wait()
    assert server.set == []
    assert 900 <= server.clock[0] < 1200


def test_one_whose_worker_was_killed_before_it_began_is_dead(server):
    server.open = [server.run("r1")]
    server.states = [states().Pending()]
    with given_up("FLW012"):
        wait()
    assert server.set == [(server.open[0].id, "CRASHED")]


def test_one_at_work_that_beats_is_waited_for_and_one_that_is_silent_is_dead(server):
    server.open, server.states = [server.run("r1")], [states().Running()]
    hear, heard = server.read_events, []

    def beating(*given, **named):
        heard.append(server.clock[0])
        if len(heard) <= 5:
            server.beats.append(uuid4())
        return hear(*given, **named)

    server.read_events = beating
    with given_up("FLW012"):
        wait()
    assert len(heard) == 6
    assert server.clock[0] >= 6 * 600
    assert server.set == [(server.open[0].id, "CRASHED")]


def test_a_server_that_is_away_is_an_outage_at_every_question(server, monkeypatch):
    from flows import awaiting

    server.states, server.fault = [states().Running()], httpx.ConnectError("no")
    with given_up("FLW010"):
        wait()

    def away(**_):
        raise httpx.ConnectError("no")

    monkeypatch.setattr(awaiting, "get_client", away)
    with given_up("FLW010"):
        wait()


def test_a_deployment_that_is_not_there_is_told(server, monkeypatch):
    from prefect.exceptions import ObjectNotFound

    from flows import awaiting

    def gone(*_, **__):
        raise ObjectNotFound(httpx.HTTPError("404"))

    monkeypatch.setattr(awaiting, "run_deployment", gone)
    with given_up("FLW013", ConfigurationError):
        wait()


def test_a_place_that_cannot_be_given_back_is_no_fault_of_the_extract(monkeypatch):
    from flows import sparing

    @contextmanager
    def places(*_, **__):
        yield
        raise httpx.ConnectError("no")

    monkeypatch.setattr(sparing, "concurrency", places)
    monkeypatch.setattr(sparing, "limits_of", lambda _: ())
    monkeypatch.setattr(sparing, "_known", lambda _: None)
    with sparing.spared(SimpleNamespace(name="mora/alkt")):
        read = True
    assert read
    with pytest.raises(KeyError), sparing.spared(SimpleNamespace(name="mora/alkt")):
        raise KeyError


def test_a_red_end_is_told_once(caplog, monkeypatch):
    import flows.quietly
    from prefect.exceptions import FailedRun
    from prefect.logging import get_logger

    assert flows.quietly.unrepeated in get_logger("flow_runs").filters
    monkeypatch.setattr(get_logger(), "propagate", True)
    for fault in (FailedRun("told already"), KeyError("news")):
        for name in ("engine", "flow_runs"):
            get_logger(name).error("Execution exited with unexpected exception", exc_info=fault)
    assert [record.exc_info[0] for record in caplog.records] == [KeyError, KeyError]
