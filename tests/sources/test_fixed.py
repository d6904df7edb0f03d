"""Fixed width with its description; declared encodings held against the bytes."""

import pytest
from tests.sources.building import definition, flat, values

from leverans.errors import ConfigurationError
from leverans.sources import open_connector
from leverans.sources.flat import fixed as fixed_module

STREAMS = """
  Sak: {key: [Nr], root: {by: [Nr]}}
  Dok: {root: {by: [Nr]}}
"""
ADDML = """<addml xmlns="http://www.arkivverket.no/standarder/addml"><dataset><flatFiles>
<flatFile name="f" definitionReference="f"><properties><property name="fileName"><value>DATA.DAT</value></property>
</properties></flatFile><flatFileDefinitions><flatFileDefinition name="f" typeReference="t">
<recordDefinitionFieldIdentifier>Typ</recordDefinitionFieldIdentifier><recordDefinitions>
{records}</recordDefinitions></flatFileDefinition></flatFileDefinitions><structureTypes><flatFileTypes>
<flatFileType name="t"><charset>x</charset><fixedFileFormat>{separator}</fixedFileFormat></flatFileType>
</flatFileTypes></structureTypes></flatFiles></dataset></addml>"""
RECORD = """<recordDefinition name="{}"><recordDefinitionFieldValue>{}</recordDefinitionFieldValue>
<fixedLength>12</fixedLength><fieldDefinitions><fieldDefinition name="Typ"><startPos>1</startPos><fixedLength>1</fixedLength>
</fieldDefinition><fieldDefinition name="Nr"><startPos>2</startPos><fixedLength>3</fixedLength></fieldDefinition>
<fieldDefinition name="Text"><startPos>5</startPos><fixedLength>8</fixedLength></fieldDefinition></fieldDefinitions>
</recordDefinition>"""
TWO = RECORD.format("Sak", "S") + RECORD.format("Dok", "D")
ROWS = ["S001Ärende  ", "D001Brev å  ", "D001  rätt  "]


def fixed(tmp_path, data, *, encoding="iso8859-1", separator="", addml=None, streams=STREAMS):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "DATA.DAT").write_bytes(data)
    text = ADDML.format(records=TWO, separator=separator) if addml is None else addml
    (folder / "addml.xml").write_text(text, encoding="utf-8")
    made = definition(tmp_path, "flat", streams, f"{{description: addml.xml, encoding: {encoding}}}")
    return open_connector("n", made, "in", tmp_path)


def seen(connector, stream):
    batches = list(connector.read(stream))
    rows = [row for batch in batches for row in batch.rows.to_pylist()]
    aside = [(row.code, row.place) for batch in batches for row in batch.set_aside]
    assert connector.totals(stream).rows == len(rows) + len(aside)
    return rows, aside, [finding.code for batch in batches for finding in batch.findings]


@pytest.mark.parametrize(
    ("name", "separator"), [("", ""), ("<recordSeparator>CRLF</recordSeparator>", "\r\n")]
)
def test_two_kinds_of_record_in_one_file(tmp_path, name, separator):
    data = "".join(row + separator for row in ROWS).encode("iso8859-1") + b"\x1a"
    made = fixed(tmp_path, data, separator=name)
    assert made.check().problems == ()
    assert seen(made, "Sak") == ([{"Typ": "S", "Nr": "001", "Text": "Ärende"}], [], [])
    rows, aside, findings = seen(made, "Dok")
    assert [row["Text"] for row in rows] == ["Brev å", "  rätt"]
    assert not aside
    assert not findings


def test_what_is_unknown_or_undecodable_is_set_aside_once(tmp_path):
    data = ("".join(ROWS) + "X001        ").encode("utf-16-le")[::2] + b"D001\xff\xfe      "
    made = fixed(tmp_path, data, encoding="ascii")
    assert seen(made, "Sak")[1] == [("SRC102", "#1"), ("SRC212", "#4")]
    assert seen(made, "Dok")[1] == [("SRC102", "#2"), ("SRC102", "#3"), ("SRC102", "#5")]


@pytest.mark.parametrize("short", [0, 1, 2])
def test_without_separators_a_record_that_is_short_leaves_no_shifted_rows(tmp_path, short):
    records = [b"S001ett     ", b"S002tv\xe5     ", b"D003tre     "]
    records[short] = records[short][:-2]
    made = fixed(tmp_path, b"".join(records))
    rows, aside, findings = seen(made, "Sak")
    assert (rows, aside) == ([], [("SRC244", f"#{number}") for number in (1, 2, 3)])
    assert findings == ["SRC244"]
    assert seen(made, "Dok") == ([], [], ["SRC244"])


@pytest.mark.parametrize(("name", "separator"), [("CRLF", b"\r\n"), ("LF", b"\n")])
@pytest.mark.parametrize("line", [b"S009", b"S009 and far more than that", b"", b"D009 kort"])
def test_with_separators_a_line_of_another_length_costs_itself(tmp_path, name, separator, line):
    lines = [b"S001        ", line, b"S002        ", b"S003        ", b"S9", b"S8"]
    made = fixed(
        tmp_path, separator.join(lines) + separator, separator=f"<recordSeparator>{name}</recordSeparator>"
    )
    rows, aside, _ = seen(made, "Sak")
    assert [row["Nr"] for row in rows] == ["001", "002", "003"]
    own = [] if line.startswith(b"D") else [("SRC211", "#2")]
    assert aside == [*own, ("SRC211", "#5"), ("SRC211", "#6")]
    assert len(seen(made, "Dok")[1]) == 1 - len(own)


def test_a_line_without_end_is_one_record(tmp_path, monkeypatch):
    monkeypatch.setattr(fixed_module, "_PIECE", 16)
    monkeypatch.setattr(fixed_module, "_LONGEST", 32)
    data = b"S001        \r\n" + b"x" * 999 + b"\r\nS002        \r\n" + b"y" * 99
    made = fixed(tmp_path, data, separator="<recordSeparator>CRLF</recordSeparator>")
    rows, aside, _ = seen(made, "Sak")
    assert [row["Nr"] for row in rows] == ["001", "002"]
    assert aside == [("SRC211", "#2"), ("SRC211", "#4")]


def test_lengths_that_count_characters_are_told(tmp_path):
    data = "S001abc     \nS002åäö     \nS003å       \n".encode()
    made = fixed(tmp_path, data, encoding="utf-8", separator="<recordSeparator>LF</recordSeparator>")
    rows, aside, findings = seen(made, "Sak")
    assert ([row["Nr"] for row in rows], len(aside), findings) == (["001"], 2, ["SRC245"])


def test_a_misplaced_separator_is_told(tmp_path):
    made = fixed(
        tmp_path, b"S001x       \nS002y        S003", separator="<recordSeparator>LF</recordSeparator>"
    )
    rows, aside, _ = seen(made, "Sak")
    assert [row["Nr"] for row in rows] == ["001"]
    assert aside == [("SRC211", "#2")]


@pytest.mark.parametrize(
    "addml",
    ["", "<html/>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', ADDML.format(records="", separator=""),
     ADDML.format(records=TWO, separator="").replace("DATA.DAT", "../DATA.DAT"),
     ADDML.format(records=TWO, separator="").replace("<fixedLength>8<", "<fixedLength>åtta<")],
)  # fmt: skip
def test_a_description_that_cannot_be_used_is_told(tmp_path, addml):
    made = fixed(tmp_path, b"", addml=addml)
    assert {problem.code for problem in made.check().problems} == {"SRC215"}


def test_a_stream_that_the_description_lacks_is_told(tmp_path):
    made = fixed(tmp_path, b"", streams="  Nej: {shared: true}\n")
    assert [problem.code for problem in made.check().problems] == ["SRC010"]


def test_a_description_lies_beside_the_files(tmp_path):
    with pytest.raises(ConfigurationError):
        definition(tmp_path, "flat", STREAMS, "{description: ../addml.xml, encoding: cp437}")


@pytest.mark.parametrize(
    ("declared", "real", "codes"),
    [
        ("cp437", "cp437", []),
        ("cp1252", "cp437", ["SRC214"]),
        ("cp437", "cp1252", ["SRC214"]),
        ("cp1252", "iso8859-1", []),
        ("cp1252", "utf-8", ["SRC106"]),
        ("utf-8", "utf-8", []),
    ],
)
def test_a_declared_encoding_is_held_against_the_bytes(tmp_path, declared, real, codes):
    path = tmp_path / "r.csv"
    path.write_bytes("a;b\r\nÅsa;från Örebro\r\n".encode(real))
    made = flat(tmp_path, path, "  r: {shared: true}\n", f'{{delimiter: ";", encoding: {declared}}}')
    assert seen(made, "r")[2] == codes


def test_letters_that_were_destroyed_before_are_counted(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes("a;b\r\n\ufffdsa;fr\ufffdn\r\n".encode())
    made = flat(tmp_path, path, "  r: {shared: true}\n", '{delimiter: ";", encoding: utf-8}')
    batches = list(made.read("r"))
    told = [(finding.code, finding.parameters) for batch in batches for finding in batch.findings]
    assert told == [("SRC202", {"count": 2})]


def test_seven_bits_of_swedish(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(b"namn;ort\r\n]sa;fr}n \\rebro\r\n")
    plain = flat(tmp_path, path, "  r: {shared: true}\n", '{delimiter: ";", encoding: cp437}')
    assert seen(plain, "r")[2] == ["SRC214"]
    told = flat(tmp_path, path, "  r: {shared: true}\n", '{delimiter: ";", encoding: iso646-se}', name="s")
    assert seen(told, "r") == ([{"namn": "Åsa", "ort": "från Örebro"}], [], [])


def test_the_line_that_tells_a_spreadsheet_the_delimiter(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(b"sep=;\r\na;b\r\n1;2\r\n")
    made = flat(tmp_path, path, "  r: {shared: true}\n", '{delimiter: ";", encoding: utf-8}')
    assert seen(made, "r")[0] == [{"a": "1", "b": "2"}]


def test_a_real_journal_without_separators(shared, tmp_path):
    names = ("Saksregisterpost", "Eksterne_dokumenter", "Interne_dokumenter", "Arkivnoekkelregisterpost")
    streams = "".join(f"  {name}: {{shared: true}}\n" for name in names)
    made = definition(tmp_path, "flat", streams, "{description: addml.xml, encoding: iso8859-1}")
    source = open_connector("n", made, "noark3_fixedwidth", shared / "data")
    assert [len(values(source, name)) for name in names] == [55, 185, 10, 329]
    assert [seen(source, name)[1:] for name in names] == [([], [])] * 4
