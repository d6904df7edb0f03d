"""The validator against floors measured in the same run.

    .venv/bin/python bench/validate.py                              # 1,000 files of 20 kB, three rounds
    .venv/bin/python bench/validate.py --files 10000 100000 --entries 1000000 --rounds 5

``validate`` (every rule, every checksum) and ``sha256sum`` of the same files take turns, each in a
process of its own; printed are medians with min–max and the ratio. RSS is the peak of the validating
process above that after import. ``--entries`` writes one METS of so many files, with one ID twice and one
reference to nothing, and tells whether both were found. ``--huge 1000`` reads METS documents of so many MB
that no sane producer writes: deflated in a zip, as a sparse file, as one text. A small package is timed in
process.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
_SIDE = """
import resource, sys, time
from pathlib import Path
from leverans.validation import validate
import leverans.validation.ermscheck, leverans.formats.folder
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
report = validate(Path(sys.argv[1]))
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
import json
codes = {}
for finding in report.findings:
    codes[finding.code] = codes.get(finding.code, 0) + 1
print(json.dumps({"seconds": seconds, "mb": (peak - base) / 1024, "codes": codes}))
"""


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, nargs="*", default=[1_000])
    parser.add_argument("--size", type=int, default=20_000, help="bytes of a file")
    parser.add_argument("--entries", type=int, default=0, help="file entries of one METS")
    parser.add_argument("--huge", type=int, default=0, help="MB of one METS.xml")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="leverans-validate-"))
    try:
        for files in args.files:
            against_sums(work, files, args.size, args.rounds)
        if args.entries:
            one_mets(work, args.entries)
        if args.huge:
            huge(work, args.huge)
        small(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def package(where: Path, files: int, size: int, *, spoilt: bool = False) -> Path:
    """Write a package of so many files in its documentation."""
    import hashlib

    from tests.validation.builder import ROOT as METS
    from tests.validation.builder import Builder

    content = bytes(size)
    digest = hashlib.sha256(content).hexdigest()

    def entry(number: int) -> str:
        return (
            f'<file ID="f{number}" MIMETYPE="text/plain" SIZE="{size}" CREATED="2026-01-01T12:00:00Z" '
            f'CHECKSUM="{digest}" CHECKSUMTYPE="SHA-256"><FLocat LOCTYPE="URL" xlink:type="simple" '
            f'xlink:href="documentation/m{number // 1000}/{number}.bin"/></file>'
        )

    target = Builder().folder(where)
    path = target / METS
    before, mark, after = path.read_text("utf-8").partition('<fileGrp ID="grp-schemas"')
    with path.open("w", encoding="utf-8") as out:
        out.write(before + '<fileGrp ID="grp-many" USE="Documentation">\n')
        for number in range(files):
            out.write(entry(number if not (spoilt and number == files - 1) else 0) + "\n")
        if spoilt:
            after = after.replace('<fptr FILEID="grp-documentation"/>', '<fptr FILEID="grp-nowhere"/>')
        out.write("</fileGrp>\n" + mark + after.replace('<fptr FILEID="grp-documentation"/>', _POINTERS))
    for number in range(0 if spoilt else files):
        file = target / f"documentation/m{number // 1000}/{number}.bin"
        if number % 1000 == 0:
            file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return target


_POINTERS = '<fptr FILEID="grp-documentation"/><fptr FILEID="grp-many"/>'


def side(target: Path) -> dict[str, object]:
    """Validate in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", _SIDE, str(target)], capture_output=True, check=True, cwd=ROOT, text=True
    )
    return dict(json.loads(run.stdout))


def against_sums(work: Path, files: int, size: int, rounds: int) -> None:
    """Take turns with sha256sum."""
    target = package(work, files, size)
    floor, ours, last = [], [], {}
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run(
            f"find {target} -type f -print0 | xargs -0 sha256sum > /dev/null", shell=True, check=True
        )
        floor.append(time.perf_counter() - start)
        last = side(target)
        ours.append(float(str(last["seconds"])))
    ratio = statistics.median(ours) / statistics.median(floor)
    print(f"{files} files: sha256sum {spread(floor)}, validate {spread(ours)}, ratio {ratio:.2f}, ", end="")
    print(f"{last['mb']:.0f} MB above import, findings {last['codes']}")
    shutil.rmtree(target)


def one_mets(work: Path, entries: int) -> None:
    """One METS with many entries and two planted faults; the files themselves are not there."""
    seen = side(package(work, entries, 1, spoilt=True))
    codes = dict(seen["codes"])  # type: ignore[call-overload]
    told = "both found" if {"REF001", "REF002"} <= codes.keys() else f"NOT FOUND: {codes}"
    print(f"METS of {entries} entries: {seen['seconds']:.1f} s, {seen['mb']:.0f} MB above import; {told}")


_HEAD = b"<mets xmlns='http://www.loc.gov/METS/' xmlns:x='http://www.w3.org/1999/xlink' OBJID='p'>"
_FILE = (
    b"<file ID='f%d' MIMETYPE='text/plain' SIZE='1' CREATED='2026-01-01T12:00:00Z' CHECKSUMTYPE='SHA-256' "
    b"CHECKSUM='0000000000000000000000000000000000000000000000000000000000000000'>"
    b"<FLocat LOCTYPE='URL' x:type='simple' x:href='documentation/f%d.txt'/></file>\n"
)
_PIECES = {
    "file entries": (
        b"<fileSec ID='s'><fileGrp ID='g' USE='Documentation'>",
        _FILE,
        b"</fileGrp></fileSec></mets>",
    ),
    "one text": (
        b"<metsHdr><agent><note>",
        b"%07d words without an end, %d and more\n",
        b"</note></agent></metsHdr></mets>",
    ),
    "unknown elements": (b"", b"<x%d><y/></x%d>", b"</mets>"),
}


def huge(work: Path, size: int) -> None:
    """Documents of `size` MB: streamed out of a zip, and a file of nothing but zeros in a folder."""
    for name, (start, piece, end) in _PIECES.items():
        target, written, number = work / "huge.zip", 0, 0
        fields = piece.count(b"%")
        with (
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as container,
            container.open("p/METS.xml", "w", force_zip64=True) as out,
        ):
            out.write(_HEAD + start)
            while written < size << 20:
                chunk = b"".join(piece % ((number + at,) * fields) for at in range(2_000))
                written, number = written + out.write(chunk), number + 2_000
            out.write(end)
        tell(f"METS of {size} MB, {name}, deflated", target)
    folder = work / "sparse"
    folder.mkdir()
    with (folder / "METS.xml").open("wb") as out:
        out.write(_HEAD)
        out.truncate(size << 20)
    tell(f"METS of {size} MB, sparse", folder)


def tell(what: str, target: Path) -> None:
    """Validate and print time, memory and the first codes."""
    seen = side(target)
    codes = dict(seen["codes"])  # type: ignore[call-overload]
    print(
        f"{what}: {seen['seconds']:.1f} s, {seen['mb']:.0f} MB above import, {len(codes)} codes", flush=True
    )


def small(work: Path) -> None:
    """A small package, in process."""
    from tests.validation.builder import Builder

    from leverans.validation import validate

    target = Builder().folder(work)
    validate(target)
    times = []
    for _ in range(50):
        start = time.perf_counter()
        validate(target)
        times.append((time.perf_counter() - start) * 1000)
    print(f"package of ten files in process: {statistics.median(times):.1f} ms (min {min(times):.1f})")


def spread(values: list[float]) -> str:
    """Write median and range."""
    return f"{statistics.median(values):.2f} s ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
