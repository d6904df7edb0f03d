"""A full check names every flipped byte, every missing and every added file."""

import shutil

import pytest
from tests.archive.conftest import ONE, ONE_LATER, TWO

from leverans import archive


@pytest.fixture
def filled(made):
    made.ingest(made.package("p1", ONE, TWO))
    made.ingest(made.package("p2", ONE_LATER))
    return made


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def found(made, **how):
    report = archive.verify(made.root, **how)
    return report, {(each.code, each.where) for each in report.findings}


def below(made, own):
    return made.folder_of(own).relative_to(made.path).as_posix()


def test_an_untouched_root_is_valid_and_counted(filled):
    seen = []
    report, findings = found(filled, progress=lambda objects, size: seen.append((objects, size)))
    assert findings == set()
    assert report.valid
    assert report.objects == 4 == len(seen)
    assert report.bytes == sum(size for _, size in seen) > 0
    content = [path for path in filled.path.glob("*/*/*/v*/content/**/*") if path.is_file()]
    assert report.files == len(content)


def test_every_single_file_is_guarded(filled):
    everything = [path for path in sorted(filled.path.rglob("*")) if path.is_file()]
    assert len(everything) > 40
    for path in everything:
        kept = path.read_bytes()
        for harm in (flip, lambda path: path.unlink()):
            harm(path)
            if path.name not in {"config.json", "ocfl_layout.json"}:
                report, findings = found(filled) if path.name != "0=ocfl_1.1" else (None, {("OCFL-E0", "")})
                place = path.relative_to(filled.path).as_posix()
                folder = place.rpartition("/")[0]
                assert report is None or not report.valid, place
                assert any(
                    where == place or folder.startswith(where) or where.startswith(folder)
                    for _, where in findings
                )
            path.write_bytes(kept)
    assert found(filled)[1] == set()


def test_a_flipped_byte_a_missing_file_and_an_added_file_are_each_named(filled):
    one, two = below(filled, ONE.id), below(filled, TWO.id)
    flip(filled.path / one / "v1/content/v1.zip")
    (filled.path / one / "v2/content/v2.zip").unlink()
    (filled.path / two / "v1/content/extra.txt").write_bytes(b"x")
    (filled.path / "stray.txt").write_bytes(b"x")
    (filled.path / two / "logs").mkdir()
    (filled.path / two / "logs" / "log.txt").write_bytes(b"x")
    (filled.path / two / "v1" / "more").mkdir()
    (filled.path / two / "v1" / "more" / "x.txt").write_bytes(b"x")
    (filled.path / two.partition("/")[0] / "stray.txt").write_bytes(b"x")
    report, findings = found(filled)
    assert not report.valid
    assert {
        ("OCFL-E092", f"{one}/v1/content/v1.zip"),
        ("OCFL-E092", f"{one}/v2/content/v2.zip"),
        ("OCFL-E023", f"{two}/v1/content/extra.txt"),
        ("ARC012", "stray.txt"),
        ("ARC012", f"{two}/logs/log.txt"),
        ("OCFL-W002", f"{two}/v1/more"),
        ("OCFL-E084", f"{two.partition('/')[0]}/stray.txt"),
    } == findings


def test_an_object_in_another_place_is_named(filled):
    source = filled.folder_of(TWO.id)
    target = filled.path / "00" / "00" / source.name
    shutil.copytree(source, target)
    assert ("OCFL-E083", f"00/00/{source.name}") in found(filled)[1]


def test_only_some_objects(filled):
    flip(filled.folder_of(TWO.id) / "v1/content/v1.zip")
    assert found(filled, objects=[ONE.id])[1] == set()
    assert found(filled, objects=[f"urn:uuid:{ONE.id}"])[0].objects == 1
    assert {code for code, _ in found(filled, objects=[ONE.id, TWO.id])[1]} == {"OCFL-E092"}


def test_an_object_that_is_not_there_is_a_finding(filled):
    report, findings = found(filled, objects=["00000000-0000-4000-8000-000000000000"])
    assert not report.valid
    assert {code for code, _ in findings} == {"ARC011"}


def test_what_cannot_be_read_is_not_valid(filled, monkeypatch):
    from leverans.archive import fixity

    def fail(folder):
        raise PermissionError(13, "no")

    monkeypatch.setattr(fixity, "verify_object", fail)
    report, findings = found(filled)
    assert not report.valid
    assert {code for code, _ in findings} == {"ARC010"}
    assert report.objects == 0


def test_every_finding_has_texts_and_clause(filled):
    flip(filled.folder_of(TWO.id) / "v1/content/v1.zip")
    (finding,) = archive.verify(filled.root).findings
    assert finding.plain()["clause"] == "https://ocfl.io/1.1/spec/#E092"
    assert "manifestet" in finding.text("sv")
    assert "manifest" in finding.text("en")
