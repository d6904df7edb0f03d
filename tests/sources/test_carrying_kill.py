"""Sender and receiver killed anywhere and started again: the landing arrives whole, once, and the drop is emptied.

Each commit point is a rename or a sync, of the drop's folder too; each act on the drop is another point. The child
ends there with ``os._exit``: no cleaning up, as with SIGKILL. A test with the real signal is at the end.
"""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from tests.sources.carrying_kit import Hosts, Server

from leverans.blobs import LocalFilesystem, use
from leverans.errors import LeveransError
from leverans.testing.faults import KILLED, FailingFilesystem, in_child, stopped

pytestmark = pytest.mark.fault
MOST = 400


@pytest.fixture
def make(tmp_path):
    numbers = itertools.count()

    def made():
        folder = tmp_path / f"{next(numbers)}"
        folder.mkdir()
        return Hosts(folder, documents=6, bound=4000)

    return made


def finish(hosts):
    hosts.send()
    hosts.assert_sealed()
    hosts.receive()
    hosts.assert_arrived()
    assert [path.name for path in hosts.drop.rglob("*") if path.is_file()] in (["reply"], [])
    assert hosts.send().received
    assert list(hosts.drop.iterdir()) == []
    assert not any(path.name == "sealed" for path in hosts.sent_state.rglob("*"))


def reset(hosts):
    for folder in (
        hosts.sent_state,
        hosts.place.state,
        hosts.place.landings,
        hosts.place.store.root,
        hosts.drop,
    ):
        shutil.rmtree(folder, ignore_errors=True)
    hosts.drop.mkdir()


@pytest.mark.parametrize("loss", ["none", "all"])
def test_the_sender_killed_at_every_commit_point(make, loss):
    hosts = make()
    for at in range(1, MOST):
        reset(hosts)
        code = stopped(at, hosts.send, loss=loss)
        hosts.assert_sealed()
        finish(hosts)
        if code == 0:
            break
    assert 25 < at < MOST - 1


@pytest.mark.parametrize("loss", ["none", "all"])
def test_the_receiver_killed_at_every_commit_point(make, loss):
    hosts = make()
    for at in range(1, MOST):
        reset(hosts)
        sent = hosts.send()
        code = stopped(at, hosts.receive, loss=loss)
        if not (hosts.place.landings / hosts.id / "manifest.json").exists():
            assert len(hosts.packs()) == sent.packs + 1  # nothing leaves the drop before the landing is here
        hosts.receive()
        hosts.assert_arrived()
        finish(hosts)
        if code == 0:
            break
    assert 25 < at < MOST - 1


class Ending:
    """A drop at whose n-th act the process ends: before it, or in the middle of a transfer of bytes."""

    def __init__(self, inner, at, middle):
        self._inner, self._at, self._middle, self._count = inner, at, middle, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._inner.close()

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if name not in {"sets", "list", "size", "make", "append", "read", "rename", "remove"}:
            return found

        def acted(*given):
            self._count += 1
            if self._count == self._at:
                if self._middle and name == "append":
                    self._inner.append(given[0], Half(given[1]), given[2])
                os._exit(KILLED)
            return found(*given)

        return acted


class Half:
    """Ends the process after the first bytes."""

    def __init__(self, source):
        self._source, self._reads = source, 0

    def read(self, size):
        self._reads += 1
        if self._reads == 2:
            os._exit(KILLED)
        return self._source.read(min(size, 1000))


@pytest.mark.parametrize("kind", ["folder", "sftp"])
@pytest.mark.parametrize("side", ["send", "receive"])
def test_killed_at_every_act_on_the_drop(make, side, kind):
    hosts = make()
    server = Server(hosts.root) if kind == "sftp" else None
    hosts.access = server.access() if server else hosts.access
    step = 1 if kind == "folder" else 5
    for at in itertools.count(1, step):
        reset(hosts)
        if side == "receive":
            hosts.send()
        work = getattr(hosts, side)
        middle = at % 2 == 1
        code = in_child(lambda: work(Ending(hosts.carrier(), at, middle)), LocalFilesystem())  # noqa: B023
        hosts.assert_sealed()
        finish(hosts)
        if code == 0:
            break
    assert at > 10
    if server:
        server.close()


@pytest.mark.parametrize("side", ["send", "receive"])
def test_a_disk_that_fails_anywhere_loses_nothing(make, side):
    hosts = make()
    for at in itertools.count(1, 3):
        reset(hosts)
        if side == "receive":
            hosts.send()
        with use(FailingFilesystem(at)):
            try:
                getattr(hosts, side)()
                failed = False
            except (OSError, LeveransError):
                failed = True
        finish(hosts)
        if not failed:
            break
    assert at > 20


CHILD = """
import sys, pathlib
sys.path[:0] = [{root!r}]
from leverans.blobs import ContentStore
from leverans.clock import SystemClock
from leverans.sources import Landing, carrying
from leverans.sources.carrying import Access, Place, load_identities
side, base, landing, recipient, drop = sys.argv[1:]
base = pathlib.Path(base)
with carrying.open_carrier(Access(drop)) as carrier:
    if side == "send":
        carrying.send(Landing.open(base / "source/outbox" / landing), ContentStore(base / "source/blobs"), carrier,
                      state=base / "municipality/sent", recipient=recipient, clock=SystemClock(), bound=4000)
    else:
        place = Place(base / "centre/received", base / "centre/landing", ContentStore(base / "centre/blobs"))
        carrying.receive(carrier, place, delivery="m/d", landing=landing, clock=SystemClock(),
                         identities=load_identities(base / "centre/keys/transfer.age"))
"""


def test_sigkill_at_moments_nobody_chose(make, root):
    hosts = make()
    for side in ("send", "receive"):
        words = [
            sys.executable,
            "-c",
            CHILD.format(root=str(root)),
            side,
            hosts.root,
            hosts.id,
            hosts.recipient,
        ]
        words = [str(word) for word in (*words, hosts.drop)]
        since = time.monotonic()
        subprocess.run(words, check=True)
        whole = time.monotonic() - since
        for share in (0.6, 0.8, 0.95):
            reset(hosts)
            if side == "receive":
                hosts.send()
            process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
            time.sleep(whole * share)
            process.send_signal(signal.SIGKILL)
            process.wait()
            finish(hosts)
        reset(hosts)
        hosts.send()
