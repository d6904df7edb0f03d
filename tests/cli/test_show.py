import pytest

from leverans.cli.show import table

LONG = "Regeln case.reference_code: två objekt i leveransen har samma värde, och det är en lång text."


@pytest.fixture(autouse=True)
def _eighty(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def test_a_reference_code_never_breaks_and_nothing_is_cut(capsys):
    path = "share.share: 2022/" + "x" * 70 + "/brev [1].docx"
    rows = [("ALK-1998-00003", "MAP100", "case.reference_code", LONG), (path, "MAP123", "unregistered", LONG)]
    table("Karantän", ["Objekt eller rad", "Kod", "Regel", "Orsak"], rows)
    out = capsys.readouterr().out
    assert "ALK-1998-00003" in out
    assert max(map(len, out.splitlines())) <= 80
    first = "".join(line.split("│")[1].strip() for line in out.splitlines() if line.count("│") == 5)
    assert path.replace(" ", "") in first.replace(" ", "")
    last = "".join(line.split("│")[4] for line in out.splitlines() if line.count("│") == 5)
    assert last.replace(" ", "").count(LONG.replace(" ", "")) == 2


def test_numbers_in_the_first_column_and_empty_tables(capsys):
    table("Antal", ["Antal", "Vad"], [(12345, "filer"), (1, "")])
    assert "12\N{NO-BREAK SPACE}345" in capsys.readouterr().out
    table("Inget", ["Vad"], [])
    assert "Vad" in capsys.readouterr().out


def test_a_reference_code_holds_its_ground_among_many_wide_columns(capsys):
    table("Arkivet", ["Diarienummer", *"ABCDEF"], [("ALK-1998-00003", *["ordet " * 9] * 6)])
    assert "ALK-1998-00003" in capsys.readouterr().out
