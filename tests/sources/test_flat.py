"""Text files: one broken line costs itself, is counted and has its number."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.building import REGISTER, flat, values

from leverans.errors import ConfigurationError
from leverans.sources.flat import lines as lines_module
from leverans.sources.flat import table
from leverans.sources.flat.lines import Lines
from leverans.sources.flat.records import Records

STREAMS = "  r: {shared: true}\n"
HEAD = b"a;b;c\r\n"


def read(tmp_path, data: bytes, options: str = REGISTER):
    path = tmp_path / "r.csv"
    path.write_bytes(data)
    register = flat(tmp_path, path, STREAMS, options)
    batches = list(register.read("r"))
    rows = [tuple(row.values()) for batch in batches for row in batch.rows.to_pylist()]
    aside = [(row.place, row.code) for batch in batches for row in batch.set_aside]
    findings = [(finding.code, finding.parameters) for batch in batches for finding in batch.findings]
    assert register.totals("r").rows == len(rows) + len(aside)
    return rows, aside, findings


def test_cells_are_text_as_it_stands(tmp_path):
    data = HEAD + '0100;;"x;""y"""\r\n NULL ;"ra\r\nd";å😀\x00\r\nlast;line;'.encode()
    rows, aside, findings = read(tmp_path, data)
    assert rows == [("0100", "", 'x;"y"'), (" NULL ", "ra\r\nd", "å😀\x00"), ("last", "line", "")]
    assert not aside
    assert not findings


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"1;2", "SRC101"),
        (b"1;2;3;4", "SRC101"),
        (b"   ", "SRC101"),
        (b"1;\xe5;3", "SRC102"),
        (b'1;"\xe5";3', "SRC102"),
        (b'1;"x\xe5\r\ny";3', "SRC102"),
        (b'1;"open;3', "SRC103"),
        (b'1;"x"y;3', "SRC103"),
        (b"1;2\r3;4", "SRC103"),
    ],
)
def test_a_broken_line_costs_itself_only(tmp_path, line, code):
    rows, aside, _ = read(tmp_path, HEAD + b"1;2;3\r\n" + line + b"\r\n4;5;6\r\n7;8;9\r\n")
    assert rows == [("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9")]
    assert aside == [("3", code)]


def hints(tmp_path, line: bytes, by: str, options: str = REGISTER):
    path = tmp_path / "r.csv"
    path.write_bytes(HEAD + b"1;2;3\r\n" + line + b"\r\n4;5;6\r\n")
    register = flat(tmp_path, path, f"  r: {{root: {{by: {by}}}}}\n", options)
    return [row.hint for batch in register.read("r") for row in batch.set_aside]


@pytest.mark.parametrize(
    ("line", "by", "hint"),
    [
        (b"K;2", "[a]", "1:K"),
        (b"K;2;3;4", "[a]", "1:K"),
        (b"K;2;3;4", "[c, a]", "1:31:K"),
        (b";2;3;4", "[a]", "0:"),
        (b"K;2", "[c]", None),
        (b"K;2", "[a, c]", None),
        (b"K;\xe5;3", "[a]", "1:K"),
        (b"K;\xe5;3", "[c]", "1:3"),
        (b"K;\xe5;3", "[b]", None),
        ("å;".encode() + b"\xe5", "[a]", "2:å"),
        (b'K;"x\xe5\r\ny";3', "[c]", "1:3"),
        (b'K;"open;3', "[a]", "1:K"),
        (b'"K;""2";"open;3', "[a]", '4:K;"2'),
        (b'K;"x"y;3', "[a]", "1:K"),
        (b'K;"x"y;3', "[c]", None),
        (b'"K;2;3', "[a]", None),
        (b'"K"x;2;3', "[a]", None),
        (b'K;"\xe5;3', "[a]", "1:K"),
    ],
)
def test_a_broken_line_still_tells_its_root(tmp_path, line, by, hint):
    assert hints(tmp_path, line, by) == [hint]


def test_a_broken_line_without_quoting_still_tells_its_root(tmp_path):
    assert hints(tmp_path, b'"K;2', "[a]", '{delimiter: ";", encoding: utf-8, quote: ""}') == ['2:"K']


def test_a_line_without_end_still_tells_its_root(tmp_path, monkeypatch):
    monkeypatch.setattr(lines_module, "LINE_BYTES", 64)
    assert hints(tmp_path, b"K;" + b"x" * 1000, "[a]") == ["1:K"]
    assert hints(tmp_path, b"K;" + b"x" * 1000, "[b]") == [None]


def test_a_shared_stream_has_no_hints(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(HEAD + b"1;2\r\n")
    (batch,) = flat(tmp_path, path, STREAMS, REGISTER).read("r")
    assert [row.hint for row in batch.set_aside] == [None]


def test_a_quote_inside_a_cell_is_a_character(tmp_path):
    rows, aside, _ = read(tmp_path, HEAD + b'1;5" skruv;3\r\n4;5;6\r\n')
    assert rows == [("1", '5" skruv', "3"), ("4", "5", "6")]
    assert not aside


def test_without_quoting_quotes_are_characters(tmp_path):
    rows, _, _ = read(tmp_path, HEAD + b'"1;"2";3"\r\n', '{delimiter: ";", encoding: utf-8, quote: ""}')
    assert rows == [('"1', '"2"', '3"')]


def test_blank_lines_are_no_rows_but_told(tmp_path):
    rows, aside, findings = read(tmp_path, b"\r\n" + HEAD + b"\r\n1;2;3\n\n")
    assert rows == [("1", "2", "3")]
    assert not aside
    assert findings == [("SRC105", {"count": 3})]


def test_one_column_knows_empty_rows(tmp_path):
    rows, _, findings = read(tmp_path, b"a\r\nx\r\n\r\ny\r\n")
    assert rows == [("x",), ("",), ("y",)]
    assert not findings


def test_byte_order_marks(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbf" + HEAD + b"1;2;3")[0] == [("1", "2", "3")]
    for data, options in (
        (b"\xff\xfea\0;\0", REGISTER),
        (b"\xef\xbb\xbf" + HEAD, '{delimiter: ";", encoding: cp1252}'),
    ):
        with pytest.raises(ConfigurationError) as caught:
            read(tmp_path, data, options)
        assert caught.value.code == "SRC020"


def test_the_declared_encoding_is_doubted(tmp_path):
    cp1252 = '{delimiter: ";", encoding: cp1252}'
    assert read(tmp_path, HEAD + "å;b;€\n".encode("cp1252"), cp1252) == ([("å", "b", "€")], [], [])
    rows, aside, findings = read(tmp_path, HEAD + "å;b;c\n".encode() + b"\x81;2;3\n", cp1252)
    assert rows == [("Ã¥", "b", "c")]
    assert aside == [("3", "SRC102")]
    assert findings == [("SRC106", {"count": 1, "encoding": "cp1252"})]


def test_a_line_without_end_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(lines_module, "LINE_BYTES", 64)
    rows, aside, _ = read(tmp_path, HEAD + b"x" * 1000 + b"\n1;2;3\n")
    assert rows == [("1", "2", "3")]
    assert aside == [("2", "SRC104")]


def test_batches_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "BATCH_BYTES", 50)
    path = tmp_path / "r.csv"
    path.write_bytes(HEAD + b"1;2;%s\n" % (b"x" * 30) * 9)
    batches = list(flat(tmp_path, path, STREAMS, REGISTER).read("r"))
    assert [batch.rows.num_rows for batch in batches] == [2, 2, 2, 2, 1]


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"a;;c\n", b"a;b;a\n", b"a;\xe5;c\n", b'a;"b;c\n'])
def test_a_header_must_name_the_columns(tmp_path, data):
    path = tmp_path / "r.csv"
    path.write_bytes(data)
    found = flat(tmp_path, path, STREAMS, REGISTER).check()
    assert [problem.code for problem in found.problems] == ["SRC019"]
    assert not found.reachable


def test_a_missing_file_and_a_missing_column(tmp_path):
    register = flat(tmp_path, tmp_path / "r.csv", STREAMS, REGISTER)
    assert [problem.code for problem in register.check().problems] == ["SRC012"]
    (tmp_path / "r.csv").write_bytes(HEAD)
    register = flat(tmp_path, tmp_path / "r.csv", "  r: {key: [Nr], shared: true}\n", REGISTER)
    assert [problem.code for problem in register.check().problems] == ["SRC011"]
    assert register.check().reachable


def test_several_files_lie_in_a_folder(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.csv").write_text(f"x\n{name}\n")
    streams = "  a: {shared: true, file: a.csv}\n  b: {shared: true, file: b.csv}\n"
    both = flat(tmp_path, folder, streams, REGISTER)
    assert values(both, "b") == [{"x": "b"}]
    assert [problem.code for problem in flat(tmp_path, folder, STREAMS, REGISTER).check().problems] == [
        "SRC003"
    ]


@given(
    st.lists(
        st.lists(st.text(st.characters(blacklist_categories=["Cs"])), min_size=2, max_size=2), max_size=8
    )
)
def test_what_csv_writes_is_read_back(rows):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
    lines = Lines(io.BytesIO(text.getvalue().encode()), "utf-8")
    records = Records(lines, ";", '"', 2)
    expected = [[cell.removeprefix("\ufeff") if not index and not n else cell for n, cell in enumerate(row)]
                for index, row in enumerate(rows)]  # fmt: skip
    assert [list(record.cells) for record in records] in (rows, expected)


@given(
    st.lists(st.sampled_from([b"1;2;3", b'1;"2', b'";3', b"", b"1;2", b'"a;b";c;d', b'x"y;2;3', b"\xff;;"]))
)
def test_every_line_is_in_one_record_or_another(kinds):
    lines = list(Lines(io.BytesIO(b"".join(line + b"\n" for line in kinds)), "utf-8"))
    records = Records(lines, ";", '"', 3)
    found = list(records)
    starts = [record.line for record in found]
    assert starts == sorted(set(starts))
    several = sum("".join(record.cells).count("\n") for record in found)
    lone = sum(record.fault == "SRC102" for record in found)
    assert len(found) + records.blank + several <= len(kinds)
    if not lone:
        assert len(found) + records.blank + several == len(kinds)


PERSON = "A1;19000101-9801;Anna Ek;anna@mora.se;ring 070-123 45 60\n"


@pytest.mark.parametrize(
    "first",
    [
        PERSON,
        "nr;000101 9801\n",
        "nr;1979-01-20\n",
        "nr;a@b.se\n",
        "nr;12,5\n",
        "AB12;2x\nBC13;3x\nCD14;4x\nDE15;5x\n",
    ],
)
def test_a_first_line_that_is_a_row_is_refused_and_not_shown(tmp_path, first):
    path = tmp_path / "r.csv"
    path.write_text(first + "x;y\n", encoding="utf-8")
    register = flat(tmp_path, path, STREAMS, REGISTER)
    (problem,) = register.check().problems
    assert problem.code == "SRC238"
    shown = repr(problem) + "".join(
        text(one) for text in (problem.text, problem.remedy) for one in ("sv", "en")
    )
    assert not any(cell in shown for cell in first.split("\n")[0].split(";") if len(cell) > 2)
    with pytest.raises(ConfigurationError, match="SRC238"):
        register.discover()


def test_what_is_said_of_the_first_line_holds(tmp_path):
    data = PERSON.encode() + b"A2;x;y;z;w\n"
    told = REGISTER.replace("{", "{header: %s, ", 1)
    rows, aside, _ = read(tmp_path, data, told % "{r: false}")
    assert (len(rows), rows[0][2], aside) == (2, "Anna Ek", [])
    path = tmp_path / "r.csv"
    found = flat(tmp_path, path, STREAMS, told % "false").discover().streams[0].columns
    assert [one.name for one in found] == [f"kolumn {number}" for number in range(1, 6)]
    assert len(read(tmp_path, data, told % "true")[0]) == 1
    with pytest.raises(ConfigurationError) as fault:
        flat(tmp_path, path, STREAMS, told % "maybe")
    assert [one.code for one in fault.value.problems] == ["SRC004"]


def test_names_with_digits_are_names(tmp_path):
    rows, aside, _ = read(tmp_path, b"Adress1;Adress 2;Kod\nK1;K 2;9\nL1;L 3;8\nM4;M 5;7\n")
    assert (len(rows), aside) == (3, [])
