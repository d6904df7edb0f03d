"""Whatever comes, a report comes out: never an exception, never a fault of the validator itself."""

import gzip
import io
import os
import random
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.validation.builder import ERMS, NAME, PREMIS, REPRESENTATION, ROOT, Builder

from leverans.validation import validate

DOCUMENTS = (ROOT, REPRESENTATION, ERMS, PREMIS)


def judged(path):
    """Validate; the report is data, and no finding says that the validator broke."""
    report = validate(path)
    codes = {finding.code for finding in report.findings}
    assert "VAL004" not in codes, [finding.plain() for finding in report.findings if finding.code == "VAL004"]
    assert all(finding.text("sv").isprintable() for finding in report.findings)
    repr(report.plain()).encode()
    return report


def mutate(raw, rng):
    raw = bytearray(raw)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(raw) + 1)
        match rng.randrange(5):
            case 0 if raw:
                raw[at % len(raw)] = rng.randrange(256)
            case 1:
                raw[at:at] = rng.randbytes(rng.randint(1, 40))
            case 2:
                del raw[at : at + rng.randint(1, 400)]
            case 3:
                raw[at:at] = raw[max(0, at - rng.randint(1, 300)) : at]
            case _:
                raw = raw[:at]
    return bytes(raw)


@pytest.mark.parametrize("seed", range(150))
def test_spoilt_documents(tmp_path, seed):
    rng = random.Random(seed)
    path = rng.choice(DOCUMENTS)
    judged(Builder().spoil(lambda tree: tree.update({path: mutate(tree[path], rng)})).folder(tmp_path))


@pytest.fixture(scope="module")
def containers(tmp_path_factory):
    where = tmp_path_factory.mktemp("containers")
    stored = Builder().zip(where).read_bytes()
    deflated = Builder().zip(where, zipfile.ZIP_DEFLATED).read_bytes()
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as container:
        for name, content in Builder().tree().items():
            info = tarfile.TarInfo(f"{NAME}/{'ö' * 60}/{name}")
            info.size = len(content)
            container.addfile(info, io.BytesIO(content))
    return stored, deflated, plain.getvalue(), gzip.compress(plain.getvalue())


@pytest.mark.parametrize("seed", range(200))
def test_spoilt_containers(tmp_path, containers, seed):
    rng = random.Random(seed)
    raw = containers[seed % 4]
    head, tail = (len(raw) - 1_500, len(raw)) if seed % 4 < 2 and seed % 3 else (0, len(raw))
    path = tmp_path / "p"
    path.write_bytes(raw[:head] + mutate(raw[head:tail], rng))
    judged(path)


@pytest.mark.parametrize("cut", range(0, 12_000, 500))
def test_truncated_containers(tmp_path, containers, cut):
    for raw in containers:
        path = tmp_path / "p"
        path.write_bytes(raw[:cut])
        assert len(raw) <= cut or not judged(path).valid


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    content=st.binary(max_size=600),
    prefix=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"<?xml version='1.0'?>"]),
)
def test_any_bytes(tmp_path_factory, content, prefix):
    path = tmp_path_factory.mktemp("any") / "p.zip"
    path.write_bytes(prefix + content)
    assert not judged(path).valid


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=30), max_size=6),
    content=st.binary(max_size=50),
)
def test_any_names_in_a_zip(tmp_path_factory, names, content):
    path = tmp_path_factory.mktemp("names") / "p.zip"
    with zipfile.ZipFile(path, "w") as container:
        for name in dict.fromkeys(names):
            try:
                container.writestr(name, content)
            except (ValueError, IndexError):
                continue
    assert not judged(path).valid


LAUGHS = b"""<!DOCTYPE mets [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]><mets xmlns="http://www.loc.gov/METS/">&e;</mets>"""
OUTSIDE = b'<!DOCTYPE mets [<!ENTITY x SYSTEM "file:///etc/passwd">]><mets xmlns="http://www.loc.gov/METS/">&x;</mets>'
START = b'<mets xmlns="http://www.loc.gov/METS/">'
CORPUS = {
    "nothing": (b"", "XML001"),
    "laughs": (LAUGHS, "XML002"),
    "outside": (OUTSIDE, "XML002"),
    "deep": (START + b"<div>" * 10_000, "XML003"),
    "deep and closed": (START + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</mets>", "XML003"),
    "one token": (START + b"<a b='" + b"x" * (20 << 20) + b"'/></mets>", "XML003"),
    "many names": (START + b"".join(b"<x%d/>" % n for n in range(60_000)) + b"</mets>", "XML003"),
    "many prefixes": (START + b"".join(b"<x xmlns:p%d='u'/>" % n for n in range(60_000)) + b"</mets>", "XML003"),
    "long names": (START + b"".join(b"<x%d%s/>" % (n, b"x" * 200_000) for n in range(50)) + b"</mets>", "XML003"),
    "a long namespace": (START + b"<x xmlns='" + b"u" * 5_000 + b"'/></mets>", "XML003"),
    "nul": (b"\0" * 5_000, "XML001"),
    "another encoding": (b'<?xml version="1.0" encoding="EBCDIC-CP-FI"?><mets/>', "XML001"),
    "no encoding": (b'<?xml version="1.0" encoding="hej"?><mets/>', "XML001"),
    "wide encoding": (b'<?xml version="1.0" encoding="shift_jis"?><mets/>', "XML001"),
    "wrong utf-8": (START + b"\xff\xfe</mets>", "XML001"),
    "utf-16": ('<?xml version="1.0" encoding="utf-16"?><mets xmlns="http://www.loc.gov/METS/"/>'.encode("utf-16"), "CSIP1"),
    "text": (START + b"x" * 3_000_000 + b"</mets>", "SCH007"),
    "many attributes": (START[:-1] + b"".join(b" a%d=''" % n for n in range(20_000)) + b"/>", "SCH003"),
    "another root": (b"<html/>", "XML004"),
    "unbound prefix": (b"<a:mets/>", "XML001"),
    "processing": (b'<?xml-stylesheet href="http://example.org/x"?>' + START + b"</mets>", "CSIP1"),
    "control characters": (START + b"<metsHdr RECORDSTATUS='&#x1;'/></mets>", "XML001"),
}  # fmt: skip


@pytest.mark.parametrize("name", CORPUS)
def test_wicked_documents(tmp_path, name):
    content, code = CORPUS[name]
    report = judged(Builder().spoil(lambda tree: tree.update({ROOT: content})).folder(tmp_path))
    assert code in {finding.code for finding in report.findings}
    assert not report.valid


def test_wicked_places(tmp_path):
    (tmp_path / "tom").mkdir()
    (tmp_path / "fil.txt").write_text("hej")
    (tmp_path / "noll.zip").write_bytes(b"")
    (tmp_path / "slinga").symlink_to(tmp_path / "slinga")
    os.mkfifo(tmp_path / "rör")
    expected = {
        "finns-inte": "VAL001",
        "fil.txt/djupare": "VAL001",
        "fil.txt": "VAL002",
        "noll.zip": "VAL002",
        "rör": "VAL002",
        "tom": "CSIPSTR4",
        "slinga": "VAL003",
        "x" * 300: "VAL003",
        "a\0b": "VAL001",
    }
    found = {name: judged(tmp_path / name).findings[0].code for name in expected}
    assert found == expected


def test_a_folder_that_may_not_be_read(tmp_path):
    package = Builder().folder(tmp_path)
    (package / "documentation").chmod(0)
    (package / ROOT).chmod(0)
    try:
        codes = {finding.code for finding in judged(package).findings}
    finally:
        (package / "documentation").chmod(0o755)
    assert os.geteuid() == 0 or "VAL003" in codes


def test_a_folder_in_the_place_of_a_file(tmp_path):
    package = Builder().folder(tmp_path)
    (package / ROOT).unlink()
    (package / ROOT).mkdir()
    assert "CSIPSTR4" in {finding.code for finding in judged(package).findings}


def test_a_folder_called_zip(tmp_path):
    path = Builder().folder(tmp_path)
    path.rename(tmp_path / "p.zip")
    assert [finding.code for finding in judged(tmp_path / "p.zip").findings] == ["CSIPSTR2"]


def test_a_very_deep_folder(tmp_path):
    path = Builder().folder(tmp_path) / "d"
    start = Path.cwd()
    try:
        path.mkdir()
        os.chdir(path)
        for _ in range(400):
            Path("mapp").mkdir()
            os.chdir("mapp")
        Path("x.txt").touch()
        os.chdir(start)
        assert "VAL003" in {finding.code for finding in judged(path.parent).findings}
    finally:
        os.chdir(start)


def test_a_bomb_of_zeros_is_read_in_flat_memory(tmp_path):
    import tracemalloc

    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        with container.open(f"{NAME}/METS.xml", "w") as big:
            for _ in range(64):
                big.write(b" " * (1 << 20))
        with container.open(f"{NAME}/data.bin", "w") as big:
            for _ in range(64):
                big.write(bytes(1 << 20))
    tracemalloc.start()
    report = judged(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not report.valid
    assert peak < 24 << 20


def test_memory_does_not_follow_the_number_of_files(tmp_path):
    import gc
    import tracemalloc

    def peak(number):
        path = tmp_path / f"{number}.zip"
        files = "".join(
            f'<file ID="f{n}" MIMETYPE="text/plain" SIZE="1" CREATED="2026-01-01T12:00:00Z" CHECKSUM="{n:064x}" '
            f'CHECKSUMTYPE="SHA-256"><FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="documentation/{n}.txt"/></file>'
            for n in range(number)
        )

        def add(text):
            return text.replace(
                '<fileGrp ID="grp-schemas"',
                f'<fileGrp ID="g" USE="Documentation">{files}</fileGrp><fileGrp ID="grp-schemas"',
            )

        package = Builder().change(ROOT, add)
        package.spoil(lambda tree: tree.update({f"documentation/{n}.txt": b"1" for n in range(number)}))
        package.zip(tmp_path).rename(path)
        gc.collect()
        tracemalloc.start()
        judged(path)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    small, large = peak(1_000), peak(3_000)
    assert (large - small) / 2_000 < 400  # bytes per file
