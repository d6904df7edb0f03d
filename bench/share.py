"""How long a share of many small files takes to land, beside ``sha256sum`` of the same files.

    .venv/bin/python bench/share.py                   # 5,000 files of 4 KiB
    .venv/bin/python bench/share.py --files 100000

Both read a warm cache, in turn; the smallest of the rounds counts. Landing lists, hashes,
copies every file to the content store, durably, and writes the landing; ``sha256sum`` only reads.
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

from leverans.blobs import ContentStore
from leverans.sources import land, load_connector, open_connector

CONNECTOR = "connector: 1\nsystem: s\nsystem_name: S\nkind: share\nstreams:\n  share: {root: {by: [ref]}}\n"


def build(folder: Path, files: int, size: int) -> None:
    """Write the tree: 500 files to a folder."""
    for number in range(files):
        below = folder / f"{number // 500:04}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"{number:06}.bin").write_bytes(os.urandom(size))


def summed(folder: Path) -> float:
    """Give the seconds of ``sha256sum`` over the tree."""
    began = time.perf_counter()
    command = f"find {folder} -type f -print0 | xargs -0 sha256sum > {os.devnull}"
    subprocess.run(["/bin/sh", "-c", command], check=True)  # a path of our own
    return time.perf_counter() - began


def hashed(source: Path, connector: Path) -> float:
    """Give the seconds of listing the tree and reading every file through the connector, hashed."""
    import hashlib

    began = time.perf_counter()
    with open_connector("s", load_connector(connector), source.name, source.parent) as share:
        for document in share.documents("share"):
            digest = hashlib.sha256()
            with share.open(document) as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
    return time.perf_counter() - began


def landed(source: Path, connector: Path, target: Path) -> float:
    """Give the seconds of a landing of the tree."""
    began = time.perf_counter()
    with open_connector("s", load_connector(connector), source.name, source.parent) as share:
        land("m/d", [share], root=target / "landings", store=ContentStore(target / "blobs"))
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--files", type=int, default=5_000)
    words.add_argument("--size", type=int, default=4_096)
    words.add_argument("--rounds", type=int, default=3)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        build(work / "share", asked.files, asked.size)
        (work / "connector.yaml").write_text(CONNECTOR)
        told: dict[str, list[float]] = {"sha256sum": [], "read and hashed": [], "landed": []}
        for number in range(asked.rounds):
            told["sha256sum"].append(summed(work / "share"))
            told["read and hashed"].append(hashed(work / "share", work / "connector.yaml"))
            told["landed"].append(landed(work / "share", work / "connector.yaml", work / f"{number}"))
        base = min(told["sha256sum"])
        for what, seconds in told.items():
            print(f"{what:16} {min(seconds):7.2f} s  {min(seconds) / base:5.2f} x")


if __name__ == "__main__":
    main()
