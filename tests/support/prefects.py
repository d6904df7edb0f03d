"""A Prefect server on PostgreSQL and workers, as processes of their own; and hands to ask the server."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_CLI_PROMPT": "false",
    "GX_ANALYTICS_ENABLED": "false",
}
BRISK = {
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "5",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "30",
    "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "3",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}


def environment(**more):
    """The machine's environment without settings of Leverans or Prefect, quiet, and `more`."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LEVERANS_", "PREFECT_"))
    }
    return {**kept, **QUIET, **{name: str(value) for name, value in more.items()}}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(true, seconds=60, pause=0.25, what="it"):
    """Wait until `true()` gives something, and give that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(pause)
    raise AssertionError(f"{what} did not come within {seconds} s")


def table(markdown):
    """The rows of a Markdown table as people read them, by the Swedish heads."""
    head, _, *rows = [
        [
            cell.strip().split(" *")[0].replace("\N{NO-BREAK SPACE}", "")
            for cell in line.strip("| ").split(" | ")
        ]
        for line in markdown.splitlines()
        if line.startswith("|")
    ]
    return [dict(zip(head, row, strict=True)) for row in rows]


@dataclass
class Process:
    """A process that can be started again; its children go with it when it is killed."""

    words: list
    env: dict
    log: Path
    cwd: Path
    running: subprocess.Popen | None = None

    def start(self):
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                self.words, env=self.env, cwd=self.cwd, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )
        return self

    def family(self):
        try:
            own = psutil.Process(self.running.pid)
            return [own, *own.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def stop(self, how=signal.SIGKILL):
        if self.running is None:
            return
        family = self.family()
        for one in family:
            try:
                one.send_signal(how)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(family, timeout=20)
        self.running.wait(timeout=20)
        self.running = None


@dataclass
class Centre:
    """One Prefect server, the content root that its workers read, and those workers."""

    folder: Path
    content: Path
    url: str
    server: Process
    homes: dict = field(default_factory=dict)
    workers: dict = field(default_factory=dict)

    @property
    def api(self):
        return f"{self.url}/api"

    def env(self, home=None, **more):
        roots = {"LEVERANS_CONTENT": self.content}
        if home is not None:
            roots["LEVERANS_HOME"] = home
        given = {"PREFECT_API_URL": self.api, "PREFECT_HOME": self.folder / "prefect-client"}
        return environment(**given | BRISK | roots | more)

    def healthy(self):
        import httpx

        try:
            return httpx.get(f"{self.api}/health", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def start_server(self):
        self.server.start()
        until(self.healthy, 240, what="the server")

    def start_worker(self, pool, home, **more):
        if pool not in self.workers:
            words = [PYTHON, "-m", "prefect", "worker", "start", "--pool", pool, "--type", "process"]
            words += ["--name", f"{pool}-host"]
            env = self.env(home, PREFECT_HOME=self.folder / f"prefect-{pool}", **more)
            cwd = self.folder / f"cwd-{pool}"
            cwd.mkdir()
            self.workers[pool] = Process(words, env, self.folder / f"worker-{pool}.log", cwd)
        self.workers[pool].start()

    def post(self, path, body=None):
        import httpx

        answer = httpx.post(f"{self.api}{path}", json=body or {}, timeout=20)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def patch(self, path, body):
        import httpx

        answer = httpx.patch(f"{self.api}{path}", json=body, timeout=20)
        assert answer.status_code < 300, answer.text

    def delete(self, path):
        import httpx

        answer = httpx.delete(f"{self.api}{path}", timeout=20)
        assert answer.status_code < 300, answer.text

    def get(self, path):
        import httpx

        answer = httpx.get(f"{self.api}{path}", timeout=20)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def deployment(self, title):
        return self.get(f"/deployments/name/{title}")

    def begin(self, title, variables=None, **parameters):
        own = self.deployment(title)["id"]
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}, "job_variables": variables or {}}
        return self.post(f"/deployments/{own}/create_flow_run", body)["id"]

    def run(self, own):
        return self.get(f"/flow_runs/{own}")

    def runs(self, title):
        """The runs of a deployment, without those that its schedule has in store for another day."""
        own = self.deployment(title)["id"]
        today = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        wanted = {"deployment_id": {"any_": [own]}, "expected_start_time": {"before_": today}}
        return self.post("/flow_runs/filter", {"flow_runs": wanted})

    def ended(self, own, seconds=120):
        def final():
            try:
                found = self.run(own)
            except OSError:
                return None
            return found if found["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None

        return until(final, seconds, what="the end of the run")

    def artifacts(self, key):
        found = self.post(
            "/artifacts/filter", {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC"}
        )
        return [one["data"] for one in found]

    def leverans(self, *words, home=None):
        done = subprocess.run(
            [PYTHON, "-m", "leverans", *map(str, words), "--json", "--content", str(self.content)],
            env=self.env(home),
            capture_output=True,
            check=False,
            text=True,
        )
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, done.stdout + done.stderr

    def stop(self):
        for worker in self.workers.values():
            worker.stop()
        self.server.stop()


def binaries():
    """The newest PostgreSQL of this machine, or None. Prefect needs its extension pg_trgm."""
    on_path = shutil.which("initdb")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: float(one.parent.name))
    found = [Path(on_path).resolve().parent] if on_path else places[-1:]
    return found[0] if found else None


@dataclass
class Postgres:
    """A PostgreSQL server of its own, that listens on this machine only; root starts it as somebody else."""

    folder: Path
    port: int = 0
    user: str | None = None

    def start(self):
        if os.geteuid() == 0:
            self.user = next(one for one in ("postgres", "nobody") if _known(one))
            shutil.chown(self.folder, self.user)
            for parent in self.folder.parents:
                if not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o011)
        self.port = free_port()
        self._do("initdb", "-D", self.data, "-U", "prefect", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self._do(
            "pg_ctl", "-D", self.data, "-w", "-l", self.folder / "pg.log", "-o", f"{options} -F", "start"
        )
        return self

    @property
    def data(self):
        return self.folder / "data"

    @property
    def url(self):
        return f"postgresql+asyncpg://prefect@127.0.0.1:{self.port}/postgres"

    def stop(self):
        self._do("pg_ctl", "-D", self.data, "-m", "immediate", "stop")

    def _do(self, program, *words):
        subprocess.run(
            [str(binaries() / program), *map(str, words)],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.user,
            cwd=self.folder,
        )


def _known(name):
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def server_process(folder, port, database):
    words = [PYTHON, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    env = environment(
        PREFECT_HOME=folder / "prefect-server",
        PREFECT_SERVER_API_PORT=port,
        PREFECT_API_DATABASE_CONNECTION_URL=database,
        PREFECT_SERVER_DATABASE_CONNECTION_URL=database,
        **BRISK,
    )
    return Process(words, env, folder / "server.log", folder)
