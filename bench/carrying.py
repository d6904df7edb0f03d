"""A landing carried between two work roots, against a floor measured in the same run.

    .venv/bin/python bench/carrying.py                        # 2,000 files of 100 kB, three rounds
    .venv/bin/python bench/carrying.py --files 200 2000 --size 1000000 --sftp

The floor is ``cp -r`` and ``sha256sum`` of the same files. Floor, `send` and `receive` take turns, each round
with fresh folders; printed are medians with min–max. RSS is the largest of the process that sends or receives
(one process each). ``--sftp`` goes through an SFTP server of asyncssh, a process of its own on the loopback
address: that server is the slower part.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


@dataclass
class Series:
    """Measurements of one size."""

    floor: list[float] = field(default_factory=list)
    send: list[float] = field(default_factory=list)
    receive: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    rss: dict[str, float] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0


def main() -> None:
    args = _words()
    if args.side:
        _side(args)
        return
    (ROOT / "var").mkdir(exist_ok=True)
    for files in args.files:
        work = Path(tempfile.mkdtemp(prefix="leverans-carrying-", dir=ROOT / "var"))
        try:
            _print(_size(work, files, args), args)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=[2_000])
    parser.add_argument("--size", type=int, default=100_000, help="bytes of a file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sftp", action="store_true")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--access", help=argparse.SUPPRESS)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    return parser.parse_args()


def _size(work: Path, files: int, args: argparse.Namespace) -> Series:
    from tests.sources.building import landed, share

    tree = work / "source" / "share"
    for number in range(files):
        folder = tree / f"{number % 100:02}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}").write_bytes(os.urandom(args.size))
    landing = landed(work / "source", share(work / "source", tree)).landing_id
    series = Series(files=files, bytes=files * args.size)
    for _ in range(args.rounds):
        floor = _floor(tree, work / "copy")
        spent = _carry(work, landing, args.sftp, series)
        series.floor.append(floor)
        series.send.append(spent["send"])
        series.receive.append(spent["receive"])
        series.ratio.append((spent["send"] + spent["receive"]) / floor)
    return series


def _floor(tree: Path, copy: Path) -> float:
    command = 'cp -r "$1" "$2" && find "$2" -type f -print0 | xargs -0 sha256sum > /dev/null'
    since = time.monotonic()
    subprocess.run(["sh", "-c", command, "floor", str(tree), str(copy)], check=True)
    spent = time.monotonic() - since
    shutil.rmtree(copy)
    return spent


def _carry(work: Path, landing: str, sftp: bool, series: Series) -> dict[str, float]:
    for name in ("sent", "drop", "centre"):
        shutil.rmtree(work / name, ignore_errors=True)
    (work / "drop").mkdir()
    (work / "centre").mkdir(mode=0o700)
    spent: dict[str, float] = {}
    server = _server(work) if sftp else None
    try:
        access = json.loads(server.stdout.readline()) if server else {"location": str(work / "drop")}
        for side in ("send", "receive"):
            words = [sys.executable, __file__, "--side", side, "--work", str(work), "--access"]
            done = subprocess.run(
                [*words, json.dumps({**access, "landing": landing})], capture_output=True, check=True
            )
            told = json.loads(done.stdout)
            spent[side] = told["seconds"]
            series.rss[side] = max(series.rss.get(side, 0), told["rss"])
    finally:
        if server:
            server.kill()
            server.wait()
    return spent


def _server(work: Path) -> subprocess.Popen:
    code = (
        "import sys, json, time, pathlib; sys.path.insert(0, sys.argv[1]);"
        "from tests.sources.carrying_kit import Server; made = Server(pathlib.Path(sys.argv[2]));"
        "told = {'location': made.location(), 'host_keys': [made.fingerprint], 'key': made.key_text};"
        "print(json.dumps(told), flush=True); time.sleep(100000)"
    )
    return subprocess.Popen([sys.executable, "-c", code, str(ROOT), str(work)], stdout=subprocess.PIPE)


def _side(args: argparse.Namespace) -> None:
    """Send or receive, in a process of its own."""
    from leverans.blobs import ContentStore
    from leverans.clock import SystemClock
    from leverans.sources import Landing, carrying

    work, access = Path(args.work), json.loads(args.access)
    landing = access.pop("landing")
    clock, key = SystemClock(), work / "centre" / "keys" / "transfer.age"
    recipient = carrying.create_identity(key, clock)
    access["host_keys"] = tuple(access.get("host_keys", ()))
    since = time.monotonic()
    with carrying.open_carrier(carrying.Access(**access)) as carrier:
        if args.side == "send":
            outbox = work / "source" / "outbox" / landing
            store = ContentStore(work / "source" / "blobs")
            opened = Landing.open(outbox)
            carrying.send(opened, store, carrier, state=work / "sent", recipient=recipient, clock=clock)
        else:
            centre = work / "centre"
            place = carrying.Place(centre / "received", centre / "landing", ContentStore(centre / "blobs"))
            keys = carrying.load_identities(key)
            done = carrying.receive(
                carrier, place, delivery="m/d", landing=landing, identities=keys, clock=clock
            )
            assert done.landing == landing
    spent = time.monotonic() - since
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"seconds": spent, "rss": rss}))


def _print(series: Series, args: argparse.Namespace) -> None:
    mega = series.bytes / 1e6
    both = [one + other for one, other in zip(series.send, series.receive, strict=True)]
    print(f"{series.files} files, {mega:.0f} MB, {'SFTP' if args.sftp else 'folder'}")
    for name, values in (
        ("floor", series.floor),
        ("send", series.send),
        ("receive", series.receive),
        ("both", both),
    ):
        middle = statistics.median(values)
        spread = f"{middle:.2f} s ({min(values):.2f}–{max(values):.2f})"
        print(f"  {name:8} {spread:26} {mega / middle:7.0f} MB/s {series.files / middle:8.0f} files/s")
    ratio = series.ratio
    print(f"  both / floor {statistics.median(ratio):.2f} ({min(ratio):.2f}–{max(ratio):.2f})")
    print(f"  RSS: send {series.rss['send']:.0f} MB, receive {series.rss['receive']:.0f} MB")


if __name__ == "__main__":
    main()
