import re
import string
import tomllib
from importlib.resources import files

import pytest

from leverans.findings import catalogue, describe

CODES = sorted(catalogue())
WORD = re.compile(r"[A-Z][A-Z0-9_.-]*\d")
SEVERITIES = {"critical", "quarantine", "error", "warning", "info"}
SCOPES = {"field", "file", "record", "case", "stream", "package", "run"}


def places(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def tables():
    folder = files("leverans.findings").joinpath("codes")
    return sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda one: one.name
    )


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_whole_in_both_languages(code):
    kind = describe(code)
    assert WORD.fullmatch(code)
    assert kind.severity in SEVERITIES
    assert kind.scope in SCOPES
    assert kind.sv.strip()
    assert kind.en.strip()
    assert places(kind.sv) == places(kind.en)
    assert bool(kind.remedy_sv) == bool(kind.remedy_en)
    assert kind.sv != kind.en


@pytest.mark.parametrize("code", CODES)
def test_a_remedy_has_no_braces_because_nobody_fills_it(code):
    kind = describe(code)
    assert not re.search(r"[{}]", kind.remedy_sv + kind.remedy_en)


@pytest.mark.parametrize("code", CODES)
def test_a_code_that_stops_a_run_has_a_remedy(code):
    kind = describe(code)
    if kind.severity == "critical":
        assert kind.remedy_sv


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_a_table_has_no_key_that_nobody_reads(table):
    known = {"severity", "scope", "clause", "sv", "en", "remedy_sv", "remedy_en", "acceptable"}
    for code, row in tomllib.loads(table.read_text(encoding="utf-8")).items():
        assert set(row) <= known, code


def test_every_code_is_used_somewhere(root):
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("src", "flows", "connectors")
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in {".py", ".toml", ".csv", ".yaml", ".json"}
        and "findings/codes" not in path.as_posix()
    )
    words = set(WORD.findall(source))  # a code of a standard may be used by its own name, without the prefix
    assert [code for code in CODES if code not in words and code.rpartition("-")[2] not in words] == []


def test_a_code_in_two_tables_is_an_error(monkeypatch, tmp_path):
    import leverans.findings as room

    (tmp_path / "codes").mkdir()
    row = '[AAA001]\nseverity = "error"\nscope = "run"\nsv = "a"\nen = "b"\n'
    for name in ("one.toml", "two.toml"):
        (tmp_path / "codes" / name).write_text(row)
    monkeypatch.setattr(room, "files", lambda _: tmp_path)
    with pytest.raises(ValueError, match="AAA001"):
        catalogue.__wrapped__()
