"""Building packages against `cp -r` and `sha256sum` of the same files, taken in turns.

    .venv/bin/python bench/build.py                                     # 1,000 files of 20 kB, three rounds
    .venv/bin/python bench/build.py --files 10000 100000 --rounds 5     # the sizes that are wanted
    .venv/bin/python bench/build.py --files --entries 1000000           # one package of many small ones
    .venv/bin/python bench/build.py --files --identify 10000            # PRONOM identification alone

A package is one zip: every document copied, hashed and held against its digest, with METS, PREMIS and ERMS;
no identification. It is built in a process of its own, whose peak RSS is printed whole and above that after
import. The floor is a copy of the tree and the digests of the copy; ``sync`` comes before each, outside the
time. ``--entries`` builds a package whose representation METS and PREMIS have so many entries, then validates
it, every rule and every checksum, in another process.
"""

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = 5  # of a case
HEAD, TAIL = b"%PDF-1.4\n", b"\n%%EOF\n"
BUILD = """
import json, resource, sys, time
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from build import cases_of
from leverans.blobs import ContentStore
from leverans.packaging import build
from leverans.testing.builders import an_order, many_cases
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
import leverans.packaging.schemas
work, number = Path(sys.argv[3]), int(sys.argv[4])
if number:
    cases, store = many_cases(number // 100, 100, b"x"), ContentStore(work / "small")
else:
    cases, store = cases_of(work / "list.jsonl"), ContentStore(work / "store")
base, used, start = peak(), time.process_time(), time.perf_counter()
build(an_order(), cases, store, work / "built.zip")
seconds = time.perf_counter() - start
told = {"seconds": seconds, "processor": time.process_time() - used, "peak": peak(), "above": peak() - base}
print(json.dumps(told))
"""


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, nargs="*", default=[1_000])
    parser.add_argument("--size", type=int, default=20_000, help="bytes of a file")
    parser.add_argument("--entries", type=int, default=0, help="documents of one package, a byte each")
    parser.add_argument("--identify", type=int, default=0, help="documents to identify")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--place", type=Path, help="where to work (default: the temporary folder)")
    args = parser.parse_args()
    each = {}
    work = Path(tempfile.mkdtemp(prefix="leverans-build-", dir=args.place))
    try:
        for number in args.files:
            each[number] = against_copy(work, number, args.size, args.rounds)
        if len(each) > 1:
            small, large = min(each), max(each)
            growth = each[large] / each[small]
            print(f"cost of a file at {large:,} against {small:,}: {growth:.2f}, wanted at most 1.15")
        if args.entries:
            many(work, args.entries)
        if args.identify:
            identify(work, args.identify, args.size)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def fill(work: Path, number: int, size: int) -> None:
    """Put generated documents, all different, into a content store, and a list of them beside it."""
    from leverans.blobs import ContentStore, commit

    rng, store = random.Random(number), ContentStore(work / "store")
    with (work / "list.jsonl").open("w", encoding="utf-8") as out:
        for start in range(0, number, 1_000):
            with commit(work / "store") as group:
                for _ in range(start, min(start + 1_000, number)):
                    body = rng.randbytes((size - len(HEAD) - len(TAIL)) // 2).hex().encode()
                    content = HEAD + body + TAIL
                    blob = store.add(_Stream(content), group)
                    out.write(json.dumps([blob.digest.sha256, blob.digest.size, blob.digest.crc32]) + "\n")


def cases_of(listed: Path):
    """Yield cases of five documents each, as the list has them."""
    from leverans.model import File
    from leverans.testing.builders import a_case, a_record, an_id

    def given(number, own):
        found = tuple(
            File(id=an_id(f"{number}/{at}"), name=f"{at}.pdf", sha256=sha256, size=size, crc32=crc32)
            for at, (sha256, size, crc32) in enumerate(own)
        )
        return a_case(str(number), records=(a_record(f"{number}.1", files=found),))

    with listed.open(encoding="utf-8") as lines:
        own, number = [], 0
        for line in lines:
            own.append(json.loads(line))
            if len(own) == FILES:
                yield given(number, own)
                own, number = [], number + 1
        if own:
            yield given(number, own)


def against_copy(work: Path, number: int, size: int, rounds: int) -> float:
    """Take turns with `cp -r` and `sha256sum`; the median seconds of a file are the answer."""
    fill(work, number, size)
    floors, ours, told, used = [], [], {}, 0.0
    for _ in range(rounds):
        os.sync()
        start, used = time.perf_counter(), processor()
        copy = work / "copy"
        words = (
            f"cp -r {work / 'store'} {copy} && find {copy} -type f -print0 | xargs -0 sha256sum > /dev/null"
        )
        subprocess.run(words, shell=True, check=True)
        floors.append(time.perf_counter() - start)
        used = processor() - used
        shutil.rmtree(copy)
        os.sync()
        told = built(work, 0)
        ours.append(told["seconds"])
    ratios = [one / other for one, other in zip(ours, floors, strict=True)]
    print(
        f"{number:,} files of {size:,} bytes: cp + sha256sum {spread(floors)} s, build {spread(ours)} s, "
        f"ratio {spread(ratios)}, wanted at most 1.00; "
        f"processor time of the last round {used:.1f} and {told['processor']:.1f} s; "
        f"peak RSS {told['peak']:.0f} MB ({told['above']:.0f} above import), wanted at most 150",
        flush=True,
    )
    shutil.rmtree(work / "store")
    return statistics.median(ours) / number


def built(work: Path, number: int) -> dict[str, float]:
    """Build in a process of its own."""
    words = [sys.executable, "-c", BUILD, str(ROOT), str(ROOT / "bench"), str(work), str(number)]
    run = subprocess.run(words, capture_output=True, check=True, text=True)
    return dict(json.loads(run.stdout))


def many(work: Path, number: int) -> None:
    """One package of many documents of one byte: written, then validated."""
    from validate import side

    from leverans.testing.builders import filled_store

    filled_store(work / "small", [b"x"])
    told = built(work, number)
    size = (work / "built.zip").stat().st_size / 1e6
    print(
        f"package of {number:,} documents: written in {told['seconds']:.0f} s, {told['above']:.0f} MB above "
        f"import, {size:,.0f} MB",
        flush=True,
    )
    seen = side(work / "built.zip")
    print(
        f"  validated in {seen['seconds']:.0f} s, {seen['mb']:.0f} MB above import, "
        f"findings {seen['codes']}; wanted at most 200 MB each"
    )


def identify(work: Path, number: int, size: int) -> None:
    """PRONOM identification of documents that no cache knows, in one worker process."""
    from leverans.blobs import ContentStore
    from leverans.identify import Identifier

    fill(work, number, size)
    store = ContentStore(work / "store")
    with (work / "list.jsonl").open(encoding="utf-8") as lines:
        items = [(sha256, store.path(sha256), "a.pdf") for sha256, _size, _crc in map(json.loads, lines)]
    with Identifier(work / "known.sqlite", workers=1) as identifier:
        list(identifier.identify(items[:100]))
        start, used = time.perf_counter(), processor()
        found = list(identifier.identify(items[100:]))
        rate, each = len(found) / (time.perf_counter() - start), len(found) / (processor() - used)
        start = time.perf_counter()
        list(identifier.identify(items))
        again = len(items) / (time.perf_counter() - start)
    kinds = sorted({str(one.puid) for _sha256, one in found})
    print(
        f"identified {rate:,.0f} files/s by one worker, {each:,.0f} for each second of its processor time "
        f"({', '.join(kinds)}), wanted at least 1,200; ",
        end="",
    )
    print(f"{again:,.0f}/s from the cache")
    shutil.rmtree(work / "store")


def processor() -> float:
    """Seconds of processor time of the children that have ended."""
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


class _Stream:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, _size: int = -1) -> bytes:
        content, self._content = self._content, b""
        return content


def spread(values: list[float]) -> str:
    """Write median and range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "bench")]
    main()
