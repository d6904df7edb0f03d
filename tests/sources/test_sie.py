"""SIE: every line becomes a row or is set aside; encodings that lie and sums that fail are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.building import definition, landed, values

from leverans.errors import ConfigurationError
from leverans.sources import Landing, open_connector
from leverans.sources.sie.items import _fields, written
from leverans.sources.sie.tables import TABLES

STREAMS = """
  fil: {key: [fil], root: {by: [fil]}, documents: [{column: innehall, name: fil}]}
  verifikation: {key: [fil, ver], root: {by: [fil]}}
  transaktion: {key: [fil, rad], root: {by: [fil]}}
  saldo: {key: [fil, rad], root: {by: [fil]}}
  uppgift: {root: {by: [fil]}}
  konto: {shared: true}
  kontouppgift: {shared: true}
  dimension: {shared: true}
  objekt: {shared: true}
"""
COMMA = ("SRC209", "1:20]")
FILE = r"""#FLAGGA 0
#FORMAT PC8
#SIETYP 4
#GEN 20240101 "Åsa"
#FNAMN "Påhittade \"Bolaget\" AB"
#ORGNR 556000-0000
#RAR 0 20230101 20231231
#KONTO 1910 Kassa
#KTYP 1910 T
#DIM 1 "Kostnadsställe"
#OBJEKT 1 "10" "Östra"
#IB 0 1910 100.00
#UB 0 1910 150.00
#RES 0 3010 -50.00
#OKÄND 1 {a "b c"} ""
#VER A 1 20230110 "Försäljning" 20230111 "Åsa"
{
   #TRANS 1910 {1 "10" 6 "x y"} 60 20230110 "Rad ett" 2 "Bo"
   #TRANS 3010 {} -50.00
   #TRANS 1910 {} -10,00 "" "" "" "" "extra fält"
   #RTRANS 3010 {} -1.00
   #BTRANS 3010 {} 99.00
}
"""


def sie(tmp_path, *files, encoding="cp437", streams=STREAMS):
    folder = tmp_path / "sie"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(files, start=1):
        raw = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode(encoding)
        (folder / f"{number}.SE").write_bytes(raw)
    return open_connector("bok", definition(tmp_path, "sie", streams), "sie", tmp_path)


def told(connector, stream):
    return [
        (finding.code, finding.where.partition("[")[2])
        for batch in connector.read(stream)
        for finding in batch.findings
    ]


def aside(connector, stream):
    return [(row.place, row.code) for batch in connector.read(stream) for row in batch.set_aside]


def test_every_line_is_a_row_with_the_standards_names(tmp_path):
    made = sie(tmp_path, FILE)
    assert made.check().problems == ()
    assert made.discover() == made.discover()
    (head,) = values(made, "fil")
    assert (head["fnamn"], head["orgnr"], head["start"], head["slut"]) == (
        'Påhittade "Bolaget" AB',
        "556000-0000",
        "20230101",
        "20231231",
    )
    (voucher,) = values(made, "verifikation")
    assert (voucher["serie"], voucher["vernr"], voucher["vertext"], voucher["sign"]) == (
        "A",
        "1",
        "Försäljning",
        "Åsa",
    )
    first, _, third, again, away = values(made, "transaktion")
    assert (first["objekt"], first["belopp"], first["kvantitet"], first["ver"]) == (
        '"1" "10" "6" "x y"',
        "60",
        "2",
        1,
    )
    assert (third["belopp"], third["transtext"], third["ovrigt"]) == ("-10,00", "", '"extra fält"')
    assert (again["etikett"], away["etikett"]) == ("RTRANS", "BTRANS")
    other = {row["etikett"]: row["varden"] for row in values(made, "uppgift")}
    assert other["OKÄND"] == '"1" {"a" "b c"} ""'
    assert [told(made, stream) for stream in ("fil", "verifikation", "saldo")] == [[], [], []]


def test_totals_are_counted_on_their_own_and_agree(tmp_path):
    made = sie(tmp_path, FILE, FILE + '#TRANS 1 {\n#KONTO "x\n\n   \nlös rad\n}\n')
    for stream in TABLES:
        if stream == "rakenskapsar":
            continue
        assert made.totals(stream).rows == len(values(made, stream)) + len(aside(made, stream)), stream
    assert aside(made, "transaktion") == [("2:24", "SRC103")]
    assert aside(made, "konto") == [("2:25", "SRC103")]
    assert aside(made, "uppgift") == [("2:28", "SRC103")]


@pytest.mark.parametrize(
    ("encoding", "code"),
    [("cp437", None), ("cp1252", "SRC200"), ("utf-8", "SRC200"), ("utf-8-sig", "SRC200")],
)
def test_an_encoding_that_lies_is_told_and_read_rightly(tmp_path, encoding, code):
    made = sie(tmp_path, FILE, encoding=encoding)
    assert values(made, "objekt")[0]["objektnamn"] == "Östra"
    assert [found for found, _ in told(made, "fil")] == ([code] if code else [])


def test_mixed_and_destroyed_letters_are_told(tmp_path):
    mixed = FILE.encode("cp437") + '#PROSA "å"\n'.encode("cp1252")
    destroyed = FILE.replace("ö", "\ufffd").encode()
    made = sie(tmp_path, mixed, destroyed)
    assert told(made, "fil") == [("SRC201", "1]"), ("SRC200", "2]"), ("SRC202", "2]")]


@pytest.mark.parametrize(
    ("change", "stream", "wanted"),
    [
        (("{} -50.00", "{} -50.01"), "verifikation", [("SRC204", "1:16]")]),
        (("{} -50.00", "{} -50.01"), "saldo", [("SRC205", "1:14]")]),
        (("#UB 0 1910 150.00", "#UB 0 1910 150.001"), "saldo", [("SRC205", "1:13]")]),
        (("{} -50.00", "{} fem"), "transaktion", [("SRC206", "1:19]"), COMMA]),
        (("{} -50.00", "{} 5_0"), "transaktion", [("SRC206", "1:19]"), COMMA]),
        (("{} -50.00", "{} \u0663"), "transaktion", [("SRC206", "1:19]"), COMMA]),
        (("{} -50.00", "{} 1e2"), "transaktion", [("SRC206", "1:19]"), COMMA]),
        (("{} -50.00", "{} -1 234,50"), "transaktion", [("SRC208", "1:19]"), COMMA]),
        (("{} -50.00", "{} -50.00 20231301"), "transaktion", [("SRC208", "1:19]"), COMMA]),
        (("{} -50.00", '{} -50.00 "" "" två'), "transaktion", [("SRC208", "1:19]"), COMMA]),
        (("#UB 0 1910 150.00", "#UB 0 1910 1 150,00"), "saldo", [("SRC209", "1:13]"), ("SRC205", "1:13]")]),
        (("0 1910 150.00", "0 1910 1 234 150.00"), "saldo", [("SRC208", "1:13]"), ("SRC205", "1:13]")]),
        (("#SIETYP 4", "#X 4"), "saldo", [("SRC216", "1:1]")]),
        (("#SIETYP 4", "#SIETYP 4E"), "saldo", [("SRC216", "1:1]")]),
        (("{} -50.00", "{} fem"), "verifikation", []),
        (("#SIETYP 4", "#SIETYP 3"), "saldo", []),
        (("}\n", ""), "verifikation", [("SRC207", "1:22]")]),
    ],
)
def test_sums_and_braces_are_checked_with_their_place(tmp_path, change, stream, wanted):
    head, _, rest = FILE.rpartition(change[0])
    encoding = "utf-8" if "\u0663" in change[1] else "cp437"  # an Arabic digit, which is one to many programs
    made = sie(tmp_path, head + change[1] + rest, encoding=encoding)
    assert told(made, stream) == wanted


@pytest.mark.parametrize(
    "data", [b"", b"\r\n \r\n", b"<!DOCTYPE html><html>404</html>", bytes(range(256)), b"PK\x03\x04"]
)
def test_what_is_no_sie_file_costs_itself_alone(tmp_path, data):
    made = sie(tmp_path, FILE, data)
    assert aside(made, "fil") == [("#2", "SRC140")]
    assert len(values(made, "fil")) == 1
    assert {stream: made.totals(stream).rows for stream in ("fil", "konto", "uppgift")} == {
        "fil": 2,
        "konto": len(values(made, "konto")),
        "uppgift": len(values(made, "uppgift")) + len(aside(made, "uppgift")),
    }


def test_missing_folder_or_files_are_reported(tmp_path):
    made = sie(tmp_path)
    assert [problem.code for problem in made.check().problems] == ["SRC142"]
    gone = open_connector("bok", made.definition, "borta", tmp_path)
    assert [problem.code for problem in gone.check().problems] == ["SRC012"]


def test_a_table_or_column_that_sie_has_not_is_refused(tmp_path):
    made = sie(tmp_path, FILE, streams="  faktura: {shared: true}\n  konto: {key: [nej], shared: true}\n")
    assert [problem.code for problem in made.check().problems] == ["SRC010", "SRC011"]
    with pytest.raises(ConfigurationError):
        made.discover()


def test_it_lands_with_the_file_itself_and_what_is_left(tmp_path):
    made = sie(tmp_path, FILE, FILE.replace("556000", "556001") + "#VER\n")
    result = landed(tmp_path, made)
    landing = Landing.open(result.folder)
    streams = {stream.name: stream for stream in landing.manifest.streams}
    assert streams["bok.fil_innehall"].rows == 2
    assert streams["bok.rakenskapsar"].left
    assert not landing.verify()
    assert [row["hint"] is not None for row in landing.set_aside().to_pylist()] == [True]
    assert (tmp_path / "sie" / "1.SE").read_bytes() == FILE.replace("\n", "\r\n").encode("cp437")


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@given(st.lists(st.one_of(TEXT.filter(lambda text: "\\" not in text), st.lists(TEXT, max_size=0).map(tuple))))
def test_what_is_written_is_read_again(fields):
    line = "#X " + " ".join(map(written, fields))
    assert _fields(line, 2) == tuple(fields)


@given(st.binary(max_size=300))
def test_any_bytes_are_counted_and_none_crash(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("sie")
    made = sie(folder, b"#FLAGGA 0\n" + data)
    for stream in ("uppgift", "konto", "transaktion", "verifikation"):
        assert made.totals(stream).rows == len(values(made, stream)) + len(aside(made, stream))


def test_real_exports_have_their_fields_in_place(shared, tmp_path):
    streams = "".join(f"  {name}: {{shared: true}}\n" for name in TABLES)
    made = open_connector("bok", definition(tmp_path, "sie", streams), "sie", shared / "data")
    assert told(made, "transaktion") == told(made, "saldo") == []


def test_real_exports_balance_and_are_read_whole(shared, tmp_path):
    streams = "".join(f"  {name}: {{shared: true}}\n" for name in TABLES)
    made = open_connector("bok", definition(tmp_path, "sie", streams), "sie", shared / "data")
    assert {name: (len(values(made, name)), len(aside(made, name))) for name in TABLES} == {
        "fil": (12, 0),
        "rakenskapsar": (19, 0),
        "konto": (3364, 0),
        "kontouppgift": (3043, 1),
        "dimension": (20, 0),
        "objekt": (117, 0),
        "saldo": (3996, 0),
        "verifikation": (937, 0),
        "transaktion": (4402, 3),
        "uppgift": (127, 0),
    }
    assert told(made, "verifikation") == told(made, "saldo") == []
