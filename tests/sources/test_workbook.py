"""Workbooks: what stands in the cells, as it stands; what a table has not is told."""

import zipfile

import pytest
from tests.sources.building import flat, landed
from tests.support.tables import number, rows, said, shared, workbook

from leverans.errors import LeveransError
from leverans.sources import Landing
from leverans.sources.flat import workbook as workbook_module
from leverans.sources.flat.cells import look_of

ALL = "  r: {shared: true}\n"
XLSX = "{format: xlsx}"


def read(tmp_path, path, streams=ALL, options=XLSX, stream="r"):
    made = flat(tmp_path, path, streams, options)
    batches = list(made.read(stream))
    lines = [tuple(row.values()) for batch in batches for row in batch.rows.to_pylist()]
    aside = [(row.place, row.code, row.hint) for batch in batches for row in batch.set_aside]
    assert made.totals(stream).rows == len(lines) + len(aside)
    return lines, aside, [(one.code, one.parameters) for batch in batches for one in batch.findings]


def of(tmp_path, *lines, around=("", ""), **more):
    inside = around[0] + rows(said("a", "b"), *lines) + around[1]
    return read(tmp_path, workbook(tmp_path / "r.xlsx", {"Blad": inside}, **more))


def test_every_kind_of_cell_is_its_text(tmp_path):
    texts = shared("delad å", "<före>", "_x0041_ och _x000D_ och _x005F_x0042_ 😀 _xD83D__xDE00_ _xD83D_")
    spoken = "<si><r><t>ri</t></r><r><t>kt</t></r><rPh><t>uttal</t></rPh></si>"
    texts = texts.replace("<si><t>&lt;före&gt;</t></si>", spoken)
    found = of(
        tmp_path,
        '<c t="s"><v>0</v></c><c t="s"><v>1</v></c>',
        '<c t="s"><v>2</v></c><c t="b"><v>1</v></c>',
        said(" blank ") + '<c t="str"><f>A1&amp;"x"</f><v>räknad</v></c>',
        '<c r="B5" t="d"><v>2024-02-29</v></c>',
        '<c t="inlineStr"><is><t>kanji</t><rPh><t>uttal</t></rPh></is></c><c t="n"><v>1.0</v></c>',
        texts=texts,
    )
    assert found == (
        [
            ("delad å", "rikt"),
            ("_x0041_ och _x000D_ och _x005F_x0042_ 😀 _xD83D__xDE00_ _xD83D_", "true"),
            (" blank ", "räknad"),
            ("", "2024-02-29"),
            ("kanji", "1.0"),
        ],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("0.10000000000000001", "0.1"), ("0.1", "0.1"), ("1.50", "1.50"), ("12345678901234567", "12345678901234567"),
        ("195001011234", "195001011234"), ("1E-3", "1E-3"), ("1234567.8899999999", "1234567.89"), ("-0", "-0"),
    ],
)  # fmt: skip
def test_numbers_are_as_written(tmp_path, written, text):
    assert of(tmp_path, number(written) + said("x"))[0] == [(text, "x")]


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        ("45351", 1, "2024-02-29"), ("1", 1, "1900-01-01"), ("59", 1, "1900-02-28"), ("61", 1, "1900-03-01"),
        ("45351.5", 1, "2024-02-29T12:00:00"), ("45351.000011574", 7, "2024-02-29T00:00:01"), ("0.75", 2, "18:00:00"),
        ("1.5", 3, "PT36H0M0S"), ("45351", 6, "2024-02-29"), ("3.5", 5, "3.5"), ("2958465", 1, "9999-12-31"),
    ],
)  # fmt: skip
def test_days_and_times_are_iso(tmp_path, value, style, text):
    assert of(tmp_path, number(value, style) + said("x")) == ([(text, "x")], [], [])


@pytest.mark.parametrize(
    ("value", "text"), [("0", "1904-01-01"), ("60", "1904-03-01"), ("43889", "2024-02-29")]
)
def test_some_workbooks_count_from_1904(tmp_path, value, text):
    assert of(tmp_path, number(value, 1) + said("x"), from_1904=True)[0] == [(text, "x")]


@pytest.mark.parametrize("value", ["60", "60.5", "0", "-1", "2958466", "1E+400"])
def test_a_day_that_never_was_stays_a_number_and_is_told(tmp_path, value):
    assert of(tmp_path, number(value, 1) + said("x")) == ([(value, "x")], [], [("SRC230", {"count": 1})])


def test_built_in_formats_and_codes_of_other_languages():
    assert [look_of(at, None) for at in (0, 1, 9, 14, 20, 22, 46, 49)] == [
        "plain", "plain", "plain", "date", "time", "date", "elapsed", "plain",
    ]  # fmt: skip
    codes = [
        "0.00E+00",
        '#,##0 "dagar"',
        "mmm",
        "mm:ss",
        "[Red]0",
        "0000-00-00",
        "[Magenta]yyyy",
        r"\d0",
        "0.000",
        "00 000",
    ]
    assert [look_of(200, code) for code in codes] == [
        "plain", "plain", "date", "time", "plain", "zeros", "date", "plain", "plain", "zeros",
    ]  # fmt: skip


def test_what_a_table_has_not_is_told(tmp_path):
    lines, aside, told = of(
        tmp_path,
        number("7", 4) + "<c><f>1+1</f></c>",
        said("x") + "<c><f>1+1</f><v></v></c>",
        said("x") + '<c t="str"><f>""</f><v></v></c>',
        '<c t="e"><v>#N/A</v></c>' + said("x"),
        "",
        around=(
            '<cols><col min="2" max="3" hidden="1"/></cols>',
            '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>',
        ),
    )
    assert lines == [("7", ""), ("x", ""), ("x", ""), ("#N/A", "x")]
    assert not aside
    assert told == [
        ("SRC105", {"count": 1}), ("SRC224", {"rows": 0, "columns": 2}), ("SRC225", {"count": 1}),
        ("SRC226", {"count": 2}), ("SRC227", {"count": 1}), ("SRC228", {"count": 1}),
    ]  # fmt: skip


def test_hidden_rows_and_sheets_are_read_and_told(tmp_path):
    inside = rows(said("a")).replace("</sheetData>", f'<row hidden="1">{said("dold")}</row></sheetData>')
    path = workbook(tmp_path / "r.xlsx", {"Blad": inside}, hidden=("Blad",))
    assert read(tmp_path, path) == ([("dold",)], [], [("SRC229", {}), ("SRC224", {"rows": 1, "columns": 0})])


def test_a_broken_row_costs_itself_and_tells_its_root(tmp_path):
    inside = rows(
        said("nr", "b"), said("1", "x"), said("2", "y", "utanför"), said("3") + '<c r="A3"><v>1</v></c>',
        said("4") + '<c t="s"><v>9</v></c>', said("5", "z") + '<c r="ZZZZ5"><v>1</v></c>', said("", "utan", "och"),
    )  # fmt: skip
    path = workbook(tmp_path / "r.xlsx", {"Blad": inside}, shared("x"))
    lines, aside, _ = read(tmp_path, path, "  r: {root: {by: [nr]}}\n")
    assert lines == [("1", "x")]
    assert aside == [
        ("3", "SRC101", "1:2"), ("4", "SRC223", None), ("5", "SRC223", None), ("6", "SRC223", None), ("7", "SRC101", "0:"),
    ]  # fmt: skip


def test_sheets_are_named_and_the_others_counted_and_left(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    sheets = {
        "Å 1": rows(said("Rubrik"), said("a"), said("1"), said("2")),
        "B": rows(said("b"), said("3")),
        "C": "",
    }
    workbook(folder / "bok.xlsx", sheets)
    streams = '  one: {shared: true, file: "bok.xlsx!/Å 1"}\n  two: {shared: true, file: bok.xlsx!/B}\n'
    made = flat(tmp_path, folder, streams, "{format: xlsx, header: 2}")
    assert [problem.code for problem in made.check().problems] == []
    assert [stream.name for stream in made.discover().streams] == ["one", "two", "bok.xlsx!/C"]
    made = flat(tmp_path, folder, streams, XLSX)
    result = landed(tmp_path, flat(tmp_path, folder, "  two: {shared: true, file: bok.xlsx!/B}\n", XLSX))
    found = {
        stream.name: (stream.rows, stream.left) for stream in Landing.open(result.folder).manifest.streams
    }
    assert found == {
        "register.two": (1, False), "register.bok.xlsx!/Å 1": (4, True), "register.bok.xlsx!/C": (0, True),
    }  # fmt: skip


def test_numbers_of_any_length_break_nothing(tmp_path):
    long = "9" * 5000
    cells = f'<c s="{long}"><v>{long}</v></c><c t="s"><v>{long}</v></c>'
    inside = f'<cols><col min="1" max="{long}" hidden="1"/></cols><sheetData><row r="{long}">{said("a", "b")}</row>'
    path = workbook(
        tmp_path / "r.xlsx",
        {"Blad": f"{inside}<row>{cells}</row><row>{number(long + '.5')}</row></sheetData>"},
    )
    lines, aside, _ = read(tmp_path, path)
    assert (lines, [code for _, code, _ in aside]) == ([(long + ".5", "")], ["SRC223"])


def test_rows_above_the_header_are_told(tmp_path):
    path = workbook(tmp_path / "r.xlsx", {"Blad": rows(said("Register"), "", said("a"), said("1"))})
    assert read(tmp_path, path, options="{format: xlsx, header: 3}") == (
        [("1",)],
        [],
        [("SRC237", {"count": 1})],
    )
    assert read(tmp_path, path)[0] == [("a",), ("1",)]


@pytest.mark.parametrize(
    ("streams", "code"),
    [
        ("  r: {shared: true, file: '!/Nej'}\n", "SRC222"),
        (ALL, "SRC222"),
        ("  r: {shared: true, file: '!/B'}\n", ""),
    ],
)
def test_a_sheet_must_be_told_apart(tmp_path, streams, code):
    path = workbook(tmp_path / "r.xlsx", {"A": rows(said("a")), "B": rows(said("b"))})
    found = flat(tmp_path, path, streams, XLSX).check()
    assert [problem.code for problem in found.problems] == ([code] if code else [])


@pytest.mark.parametrize("inside", ["", rows(said("a", "", "c")), rows(said("a", "a")), rows("", "<c/>")])
def test_a_header_must_name_the_columns(tmp_path, inside):
    path = workbook(tmp_path / "r.xlsx", {"Blad": inside})
    assert [problem.code for problem in flat(tmp_path, path, ALL, XLSX).check().problems] == ["SRC019"]


def test_what_is_no_workbook_is_told_apart(tmp_path):
    good = workbook(tmp_path / "good.xlsx", {"Blad": rows(said("a"), said("1"))}).read_bytes()
    cases = {
        "page": b"<html>404</html>", "empty": b"", "cut": good[:-200], "old": b"\xd0\xcf\x11\xe0" + bytes(600),
        "zip": None,
    }  # fmt: skip
    for name, data in cases.items():
        path = tmp_path / f"{name}.xlsx"
        if data is None:
            with zipfile.ZipFile(path, "w") as file:
                file.writestr("a.txt", "x")
        else:
            path.write_bytes(data)
        (problem,) = flat(tmp_path, path, ALL, XLSX).check().problems
        assert (name, problem.code) == (name, "SRC221")
    assert flat(tmp_path, tmp_path / "gone.xlsx", ALL, XLSX).check().problems[0].code == "SRC012"


def test_entities_and_broken_xml_stop_the_reading(tmp_path):
    for inside in ('<!DOCTYPE a [<!ENTITY b "c">]>', rows(said("a")) + "<open>"):
        path = workbook(tmp_path / "r.xlsx", {"Blad": inside})
        with pytest.raises(LeveransError) as caught:
            list(flat(tmp_path, path, ALL, XLSX).read("r"))
        assert caught.value.code == "SRC221"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook_module, "SMALL_PART", 1 << 20)
    filler = "<row/>" * 400_000
    path = workbook(tmp_path / "r.xlsx", {"Blad": f"<sheetData>{filler}</sheetData>"})
    assert path.stat().st_size < 20_000
    (problem,) = flat(tmp_path, path, ALL, XLSX).check().problems
    assert problem.code == "SRC221"
    assert f"/1.xml: {len(filler) + 112} B" in problem.text("en")


def test_a_real_register(shared, tmp_path):
    folder = shared / "data" / "open_data"
    lines, aside, told = read(tmp_path, folder / "contracted_value.xlsx")
    assert (len(lines), len(lines[0]), aside, told) == (9780, 33, [], [])
    assert lines[0][:2] == ("2021", "LULEÅ KOMMUN")


def test_a_first_row_of_values_is_refused_until_it_is_named(tmp_path):
    path = workbook(tmp_path / "r.xlsx", {"Blad": rows(said("nr", "19000101-9801"), said("1", "x"))})
    (problem,) = flat(tmp_path, path, ALL, XLSX).check().problems
    assert problem.code == "SRC238"
    assert not flat(tmp_path, path, ALL, "{format: xlsx, header: 1}").check().problems
