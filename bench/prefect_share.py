"""What Prefect costs: the same world by ``leverans run`` and by the flow on a temporary server, in turn.

    python bench/prefect_share.py [--cases N] [--rounds R]

The flow's start-up (imports, the temporary server) is told apart: a worker has its server already. The rest
is the time of the same stages and the report, both ways; the difference is Prefect's. On one machine the
temporary server takes processor and disk from the flow; the processor time of the flow's own process leaves
that out.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AT = "2026-06-30T12:00:00Z"
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "WARNING",
}
USED = """
import resource
def used():
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)
"""
# Both in a process of their own, timed inside it after its imports; the flow once warm, so that the temporary
# server is up.
CLI = """
import json, sys, time
from leverans.delivery import Wish, deliver
from leverans.report import attached
from leverans.settings import Settings
from datetime import datetime
since, before = time.monotonic(), used()
settings, name = Settings.load(), sys.argv[1]
result = deliver(settings, name, Wish(at=datetime.fromisoformat(sys.argv[2])))
attached(settings, name, result)
told = {"status": result.status, "seconds": time.monotonic() - since, "start": 0.0, "cpu": used() - before}
print(json.dumps(told))
"""
FLOW = """
import json, sys, time
begun = time.monotonic()
from flows.deliver import deliver
from prefect import flow
flow(lambda: None, name="warm")()
since, before = time.monotonic(), used()
state = deliver(sys.argv[1], at=sys.argv[2], return_state=True)
ended = time.monotonic()
status = "complete" if state.is_completed() else state.name
told = {"status": status, "seconds": ended - since, "start": since - begun, "cpu": used() - before}
print(json.dumps(told))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="prefect-share-") as folder:
        base = Path(folder)
        words = ["demo", "build", str(base / "world"), "--cases", str(args.cases), "--content", str(ROOT)]
        subprocess.run([sys.executable, "-m", "leverans", *words], check=True, stdout=subprocess.DEVNULL)
        found = {"cli": [], "flow": []}
        for number in range(args.rounds):
            for way, code in (("cli", CLI), ("flow", FLOW)):
                found[way].append(measured(code, base, base / f"{way}-{number}"))
    tell(args.cases, found)


def measured(code, base, home):
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("LEVERANS_", "PREFECT_"))
    }
    env |= QUIET | {"LEVERANS_CONTENT": str(base / "world"), "LEVERANS_HOME": str(home)}
    env |= {"PREFECT_HOME": str(base / "prefect"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    words = [sys.executable, "-c", USED + code, "mora/alkt", AT]
    done = subprocess.run(words, env=env, cwd=ROOT, check=False, capture_output=True)
    if done.returncode:
        sys.exit(done.stderr.decode(errors="replace")[-4000:])
    told = json.loads(done.stdout.decode().strip().splitlines()[-1])
    assert told["status"] == "complete", told
    return told


def tell(cases, found):
    seconds = {way: [one["seconds"] for one in rounds] for way, rounds in found.items()}
    cli, flow = (statistics.median(seconds[way]) for way in ("cli", "flow"))
    start = statistics.median(one["start"] for one in found["flow"])
    print(f"cases {cases}, rounds {len(seconds['cli'])}")
    for way, name in (("cli", "leverans run"), ("flow", "flow, after start-up")):
        low, high = min(seconds[way]), max(seconds[way])
        print(f"{name:24} {statistics.median(seconds[way]):8.2f} s  ({low:.2f}–{high:.2f})")
    print(f"{'start-up of the flow':24} {start:8.2f} s")
    print(f"{'Prefect':24} {flow - cli:8.2f} s  = {100 * (flow - cli) / flow:.1f} % of the flow")
    own, more = (statistics.median(one["cpu"] for one in found[way]) for way in ("cli", "flow"))
    share = 100 * (more - own) / more
    print(f"{'… of processor time':24} {more - own:8.2f} s  = {share:.1f} % of the flow's own")


if __name__ == "__main__":
    main()
