"""dBase files: every record comes, deleted ones marked; memos belong to their records."""

import struct

import pytest
from tests.sources.building import flat, values
from tests.support.tables import dbf, dbt, fpt

from leverans.sources.spelling import Judge, judge

ALL = "  r: {shared: true}\n"
FIELDS = [
    ("NR", "C", 4, 0),
    ("NAMN", "C", 8, 0),
    ("BELOPP", "N", 7, 0),
    ("DAG", "D", 8, 0),
    ("JA", "L", 1, 0),
]
CP437, CP1252 = "{format: dbase, encoding: cp437}", "{format: dbase, encoding: cp1252}"


def record(*cells, mark=" ", encoding="cp437", fields=FIELDS):
    filled = [*cells, *[""] * (len(fields) - len(cells))]
    sized = (cell.encode(encoding).ljust(field[2]) for cell, field in zip(filled, fields, strict=True))
    return mark.encode() + b"".join(sized)


def read(tmp_path, path, options=CP437, streams=ALL):
    made = flat(tmp_path, path, streams, options)
    batches = list(made.read("r"))
    lines = [row for batch in batches for row in batch.rows.to_pylist()]
    aside = [(row.place, row.code, row.hint) for batch in batches for row in batch.set_aside]
    assert made.totals("r").rows == len(lines) + len(aside)
    return lines, aside, [(one.code, one.parameters) for batch in batches for one in batch.findings]


def test_values_are_text_and_deleted_records_come_marked(tmp_path):
    path = dbf(
        tmp_path / "R.DBF",
        FIELDS,
        [record("0001", "Åsa ö", "  12.50", "20040229", "T"), record("2", "", "", "", "?", mark="*")],
        mark=0x01,
    )
    lines, aside, told = read(tmp_path, path)
    assert lines == [
        {"NR": "0001", "NAMN": "Åsa ö", "BELOPP": "12.50", "DAG": "2004-02-29", "JA": "true", "record": 1, "deleted": False},
        {"NR": "2", "NAMN": "", "BELOPP": "", "DAG": "", "JA": "", "record": 2, "deleted": True},
    ]  # fmt: skip
    assert not aside
    assert told == [("SRC234", {"count": 1})]


def test_values_that_their_fields_should_not_hold_come_as_they_are_and_are_told(tmp_path):
    path = dbf(
        tmp_path / "r.dbf",
        FIELDS,
        [record("1", "x", "*******", "20040230", "Z"), record("2", "y", ".5", "00000000", "n")],
    )
    lines, _, told = read(tmp_path, path)
    assert [(row["BELOPP"], row["DAG"], row["JA"]) for row in lines] == [
        ("*******", "20040230", "Z"),
        (".5", "00000000", "false"),
    ]
    assert told == [("SRC235", {"count": 4})]


def test_encodings_are_held_against_mark_and_letters(tmp_path):
    lines = [record("1", "Åsa ö")]
    assert read(tmp_path, dbf(tmp_path / "r.dbf", FIELDS, lines, mark=0x03))[2] == [
        ("SRC236", {"encoding": "cp437", "found": "cp1252"})
    ]
    lines = [record("1", "Åsa ö", encoding="cp1252")]
    assert read(tmp_path, dbf(tmp_path / "r.dbf", FIELDS, lines))[2] == [
        ("SRC214", {"encoding": "cp437", "found": "cp1252"})
    ]
    assert read(tmp_path, dbf(tmp_path / "r.dbf", FIELDS, lines, mark=0x57), CP1252)[2] == []


def test_a_broken_record_costs_itself_and_tells_its_root(tmp_path):
    lines = [record("1", "å", encoding="utf-8"), record("2", "ok"), b"?" + record("3")[1:]]
    path = dbf(tmp_path / "r.dbf", FIELDS, lines)
    found = read(tmp_path, path, "{format: dbase, encoding: ascii}", "  r: {root: {by: [NR]}}\n")
    assert ([row["NR"] for row in found[0]], found[1]) == (
        ["2"],
        [("#1", "SRC102", "1:1"), ("#3", "SRC232", "1:3")],
    )


@pytest.mark.parametrize("cut", [1, 40, 60])
def test_a_file_that_is_cut_off_is_told(tmp_path, cut):
    path = dbf(tmp_path / "r.dbf", FIELDS, [record("1"), record("2"), record("3")])
    path.write_bytes(path.read_bytes()[: -cut - 1])
    lines, aside, _ = read(tmp_path, path)
    there = 3 - -(-cut // len(record("1")))
    assert len(lines) == there
    assert aside == [(f"#{there + 1}", "SRC231", None)]


def test_more_than_the_file_says_is_told(tmp_path):
    path = dbf(tmp_path / "r.dbf", FIELDS, [record("1"), record("2")], count=1)
    assert read(tmp_path, path)[2] == [("SRC233", {"records": 1})]


@pytest.mark.parametrize(("version", "ending"), [(0x83, "dbt"), (0x8B, "DBT"), (0xF5, "FPT"), (0x30, "fpt")])
def test_memos_of_every_kind(tmp_path, version, ending):
    texts = ["kort å", "lång " * 400, ""]
    raw = [text.encode("cp1252") for text in texts]
    memo = tmp_path / f"R.{ending}"
    places = fpt(memo, *raw) if ending.lower() == "fpt" else dbt(memo, *raw, four=version == 0x8B)
    packed = version == 0x30
    fields = [("ID", "C", 2, 0), ("TEXT", "M", 4 if packed else 10, 0)]
    told = [place.to_bytes(4, "little") if packed else b"%10d" % place for place in places]
    records = [b" %-2d" % at + place for at, place in enumerate(told)]
    records += [
        b" 8 " + (bytes(4) if packed else b" " * 10),
        b" 9 " + ((9999).to_bytes(4, "little") if packed else b"      9999"),
    ]
    path = dbf(tmp_path / "r.dbf", fields, records, version=version)
    lines, aside, _ = read(tmp_path, path, CP1252, "  r: {root: {by: [ID]}}\n")
    assert [row["TEXT"] for row in lines] == [*texts, ""]
    assert aside == [("#5", "SRC232", "1:9")]


@pytest.mark.parametrize(("ending", "version"), [("fpt", 0xF5), ("dbt", 0x83), ("dbt", 0x8B)])
def test_a_memo_that_is_cut_off_costs_its_record(tmp_path, ending, version):
    memo = tmp_path / f"r.{ending}"
    (place,) = fpt(memo, b"x" * 700) if ending == "fpt" else dbt(memo, b"x" * 700, four=version == 0x8B)
    memo.write_bytes(memo.read_bytes()[:900])
    path = dbf(tmp_path / "r.dbf", [("TEXT", "M", 10, 0)], [b" %10d" % place], version=version)
    assert read(tmp_path, path)[:2] == ([], [("#1", "SRC232", None)])


def test_a_head_that_promises_more_than_the_file_has(tmp_path):
    path = dbf(tmp_path / "r.dbf", FIELDS, [record("1")], count=4_000_000_000)
    assert read(tmp_path, path)[1] == [("#2", "SRC231", None)]
    path.write_bytes(path.read_bytes()[:192])
    assert read(tmp_path, path)[1] == [("#1", "SRC231", None)]


def test_visual_foxpro(tmp_path):
    fields = [("NR", "I", 4, 0), ("PRIS", "Y", 8, 2), ("NAR", "T", 8, 2), ("TAL", "B", 8, 0), ("NAMN", "V", 6, 2),
              ("BILD", "G", 4, 0), ("_NullFlags", "0", 1, 5)]  # fmt: skip
    (place,) = fpt(tmp_path / "r.fpt", b"\x00\xffOLE")
    name = b"Bo\0\0\0\x02"
    first = (
        b" "
        + struct.pack("<lqLLd", -7, -12_345, 2_453_065, 3_723_500, 0.1)
        + name
        + place.to_bytes(4, "little")
        + b"\x04"
    )
    second = b" " + struct.pack("<lqLLd", 8, 0, 0, 0, 1e300) + b"Full!!" + bytes(4) + b"\x03"
    third = b" " + struct.pack("<lqLLd", 9, 10_000, 0, 0, 0) + b"\0" * 10 + b"\x08"
    lines, aside, _ = read(
        tmp_path, dbf(tmp_path / "r.dbf", fields, [first, second, third], version=0x30), CP1252
    )
    assert not aside
    assert [tuple(row.values())[:6] for row in lines] == [
        ("-7", "-1.2345", "2004-02-29T01:02:03.500", "0.1", "Bo", b"\x00\xffOLE"),
        ("8", None, None, "1e+300", "Full!!", b""),
        ("9", "1.0000", "", "0.0", None, b""),
    ]


def test_long_texts_and_names_that_stand_twice(tmp_path):
    path = dbf(tmp_path / "r.dbf", [("A", "C", 44, 0), ("A", "C", 1, 0)], [b" " + b"x" * 300 + b"y"])
    raw = bytearray(path.read_bytes())
    raw[32 + 17] = 1
    raw[10:12] = (302).to_bytes(2, "little")
    path.write_bytes(raw)
    assert read(tmp_path, path)[0] == [{"A": "x" * 300, "A_2": "y", "record": 1, "deleted": False}]


def test_what_is_no_dbase_file_is_told_apart(tmp_path):
    good = dbf(tmp_path / "good.dbf", FIELDS, []).read_bytes()
    memo = dbf(tmp_path / "memo.dbf", [("M", "M", 10, 0)], [], version=0x83).read_bytes()
    wrong = {
        "empty": b"",
        "page": b"<html>" + b" " * 90,
        "length": good[:10] + b"\x09" + good[11:],
        "alone": memo,
    }
    for name, data in wrong.items():
        path = tmp_path / f"x-{name}.dbf"
        path.write_bytes(data)
        (problem,) = flat(tmp_path, path, ALL, CP437).check().problems
        assert (name, problem.code) == (name, "SRC221")


@pytest.mark.parametrize(
    ("name", "rows", "cell"),
    [
        ("dbase_03", 14, ("Point_ID_2", "401")), ("dbase_30", 34, ("CATDATE", "1999-03-05")),
        ("dbase_31", 77, ("UNITPRICE", "18.0000")), ("dbase_83", 67, ("NAME", "Assorted Petits Fours")),
        ("dbase_8b", 10, ("MEMO", "First memo\r\n")),
    ],
)  # fmt: skip
def test_real_files(shared, tmp_path, name, rows, cell):
    folder = shared / "data" / "databases" / "dbase"
    lines, aside, told = read(tmp_path, folder / f"{name}.dbf", CP1252)
    assert (len(lines), lines[0][cell[0]], aside, told) == (rows, cell[1], [], [])


def test_utf8_made_twice_is_told(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes("a;b\n1;Ã¥ och å\n2;Ã„rende\n".encode())
    assert judge(path.open("rb")).twice == 2
    split = Judge()
    for at in range(len(path.read_bytes())):
        split.feed(path.read_bytes()[at : at + 1])
    assert split.told().twice == 2
    made = flat(tmp_path, path, ALL, '{delimiter: ";", encoding: utf-8}')
    assert [(one.code, one.parameters) for batch in made.read("r") for one in batch.findings] == [
        ("SRC213", {"count": 2})
    ]
    assert values(made, "r")[0]["b"] == "Ã¥ och å"
