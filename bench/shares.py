"""Which share of a delivery's wall time each stage, the ledger, the proof and the checks take.

    .venv/bin/python bench/shares.py                 # 20,000 cases: about 100,000 documents
    .venv/bin/python bench/shares.py --cases 2000 --rounds 3

The ledger's share is the time inside its writing transactions, wherever a stage made one; the stages' shares
contain it. Checks are ``check`` and ``count``; Great Expectations' import is in the stage that waited for it.
Proof is the receipt with its signature and the signed head of the audit log.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

WANTED = {"ledger + proof": 10.0, "checks": 25.0}


def leverans(*words):
    """Run a command of the product; its standard output."""
    command = [sys.executable, "-m", "leverans", *map(str, words)]
    environment = {**os.environ, "LEVERANS_USER": "bench"}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def one(world, home):
    """Deliver the world once; the shares in percent, and the wall time."""
    words = ("run", "mora/alkt", "--content", world, "--home", home, "--at", "2026-06-30T12:00:00Z")
    told = json.loads(leverans(*words, "--json"))
    assert told["status"] == "complete", told["problems"]
    whole = told["seconds"]
    stages = {name: 100 * value / whole for name, value in told["stages"].items()}
    stages["ledger (within the stages)"] = 100 * told["ledger_seconds"] / whole
    stages["ledger + proof"] = stages["ledger (within the stages)"] + stages["proof"]
    stages["checks"] = stages.get("check", 0.0) + stages.get("count", 0.0)
    return stages, whole, told["documents"]["archived"], told["objects"]["archived"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--place", type=Path, help="where to work (default: the temporary folder)")
    args = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="bench-shares-", dir=args.place))
    try:
        leverans("demo", "build", place / "world", "--cases", args.cases)
        rounds = []
        for number in range(args.rounds):
            rounds.append(one(place / "world", place / f"home{number}"))
            shutil.rmtree(place / f"home{number}")
        _, _, documents, objects = rounds[0]
        walls = [whole for _, whole, _, _ in rounds]
        print(f"{objects:,} objects, {documents:,} documents, {args.rounds} rounds")
        print(f"wall: {statistics.median(walls):.1f} ({min(walls):.1f}–{max(walls):.1f}) s")
        for name in rounds[0][0]:
            shares = [stages.get(name, 0.0) for stages, _, _, _ in rounds]
            told = f"{name:>28}: {statistics.median(shares):5.1f} ({min(shares):.1f}–{max(shares):.1f}) %"
            if name in WANTED:
                verdict = "within" if statistics.median(shares) <= WANTED[name] else "ABOVE"
                told += f"   wanted at most {WANTED[name]:.0f}: {verdict}"
            print(told)
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
