"""SIARD: each breach under its own id and place; real files judged as they are."""

import zipfile

import pytest
from tests.validation.siardbuilder import CASES, LOB, META, NOTES, SPACE, Siard

from leverans.validation import validate
from leverans.validation.run import examine

_C, _N = f"{CASES}.xml", f"{NOTES}.xml"
MUTATIONS = [
    (META, "<dbname>PROV</dbname>\n", "", [("M_5.1-1", f"{META}:2 /siardArchive/dbname")]),
    (META, "2026-01-01", "2026-02-30", [("M_5.1-1", f"{META}:7 /siardArchive/archivalDate")]),
    (META, ' version="2.2"', ' version="9.9"', [("M_5.1-1", f"{META}:2 /siardArchive/@version"), ("P_4.2-4", "header/siardversion/9.9")]),
    (META, "<users/>\n", "", [("M_5.1-1", f"{META}:2 /siardArchive/users")]),
    (META, "<name>DBO</name>", "", [("M_5.2-1", f"{META}:9 /siardArchive/schemas/schema[1]/name"), ("SRD010", f"{META}:18 /siardArchive/schemas/schema[1]/tables/table[2]")]),
    (META, "<rows>3</rows>", "", [("M_5.5-1", f"{META}:10 /siardArchive/schemas/schema[1]/tables/table[1]/rows")]),
    (META, "<type>DATE</type>", "<type>DAY</type>", [("M_5.6-1", f"{META}:13 /siardArchive/schemas/schema[1]/tables/table[1]/columns/column[3]/type[1]")]),
    (META, "<type>DATE</type>", "", [("M_5.6-1", f"{META}:13 /siardArchive/schemas/schema[1]/tables/table[1]/columns/column[3]/type")]),
    (META, "<name>TITLE</name>", '<name>"TITLE"</name>', [("G_3.5-3", f"{META}:12 /siardArchive/schemas/schema[1]/tables/table[1]/columns/column[2]/name")]),
    (META, 'encoding="UTF-8"', 'encoding="ISO-8859-1"', [("G_3.3-1", META)]),
    (META, "<rows>3</rows>", "<rows>4</rows>", [("P_4.3-10", f"{META}:10 /siardArchive/schemas/schema[1]/tables/table[1]")]),
    (META, "<column>ID</column>", "<column>IDX</column>", [("P_4.3-1", f"{META}:16 /siardArchive/schemas/schema[1]/tables/table[1]/primaryKey/column[1]")]),
    (META, "<referencedTable>CASES", "<referencedTable>KASES", [("SRD010", f"{META}:18 /siardArchive/schemas/schema[1]/tables/table[2]")]),
    (META, "<nullable>false</nullable>", "", [("P_4.3-7", f"{CASES}.xsd")]),
    (META, "<type>INTEGER</type>", "<type>VARCHAR(9)</type>", [("P_4.3-3", f"{CASES}.xsd")]),
    (META, "<folder>table1</folder>", "<folder>table9</folder>", [("T_6.1-1", "content/schema0/table9/table9.xsd"), ("T_6.4-1", "content/schema0/table9/table9.xml"), ("P_4.3-1", f"{META}:18 /siardArchive/schemas/schema[1]/tables/table[2]")]),
    (f"{CASES}.xsd", 'name="c3"', 'name="c5"', [("T_6.1-2", f"{CASES}.xsd"), ("T_6.4-2", f"{_C}:2 /table/row[1]/c3")]),
    (f"{CASES}.xsd", 'type="dateType"', 'type="xs:string"', [("P_4.3-3", f"{CASES}.xsd")]),
    (f"{CASES}.xsd", 'type="dateType"', 'type="daggType"', [("T_6.1-3", f"{CASES}.xsd")]),
    (f"{NOTES}.xsd", '"c1" type="xs:decimal" minOccurs="0"/>\n<xs:element name="c2"', '"c2" type="xs:decimal" minOccurs="0"/>\n<xs:element name="c1"', [("P_4.3-8", f"{NOTES}.xsd"), ("T_6.0-2", f"{_N}:2 /table/row[1]/c2"), ("T_6.0-2", f"{_N}:2 /table/row[1]/c2"), ("T_6.3-1", f"{_N}:2 /table/row[1]/c1"), ("T_6.3-1", f"{_N}:3 /table/row[2]/c1"), ("T_6.0-1", f"{_N} /table/row[1]")]),
    (META, "<tables>\n", "<types><type><name>T</name><category>udt</category><instantiable>true</instantiable><final>false</final><attributes><attribute><type>DATE</type></attribute></attributes></type></types><tables>\n", [("M_5.4-1", f"{META}:9 /siardArchive/schemas/schema[1]/types/type[1]/attributes/attribute[1]/name")]),
    (META, "<type>DATE</type>", "<typeName>T</typeName><fields><field><name>A</name></field></fields>", [("P_4.3-6", f"{CASES}.xsd")]),
    (f"{CASES}.xsd", 'type="dateType"', 'type="timeType"', [("P_4.3-3", f"{CASES}.xsd"), ("T_6.3-2", f"{_C}:2 /table/row[1]/c3")]),
    (f"{CASES}.xsd", 'name="row"', 'name="rad"', [("T_6.1-2", f"{CASES}.xsd")]),
    (f"{NOTES}.xsd", '<xs:element name="c2" type="dateTimeType" minOccurs="0"/>\n', "", [("P_4.3-2", f"{NOTES}.xsd"), ("T_6.4-2", f"{_N}:2 /table/row[1]/c2"), ("T_6.1-2", f"{NOTES}.xsd")]),
    (f"{NOTES}.xsd", '<xs:element name="c3" minOccurs="0"><xs:complexType><xs:sequence>\n<xs:element name="a1" type="xs:string"/><xs:element name="a2" type="xs:string"/>\n</xs:sequence></xs:complexType></xs:element>', '<xs:element name="c3" type="xs:string" minOccurs="0"/>', [("P_4.3-5", f"{NOTES}.xsd")]),
    (_C, "<row><c1>3</c1></row>", "<row><c1>2</c1></row>", [("T_6.0-1", f"{_C}:4 /table/row[3]")]),
    (_C, "<row><c1>3</c1></row>", "<row><c1>tre</c1></row>", [("T_6.0-2", f"{_C}:4 /table/row[3]/c1")]),
    (_C, "<row><c1>3</c1></row>", "<row/>", [("T_6.0-2", f"{_C}:4 /table/row[3]/c1")]),
    (_C, "<row><c1>3</c1></row>", "<row><c1>3</c1><c3>0000-01-01</c3></row>", [("T_6.3-1", f"{_C}:4 /table/row[3]/c3")]),
    (_C, "<row><c1>3</c1></row>", "<row><c1>3</c1><c9>x</c9></row>", [("T_6.4-2", f"{_C}:4 /table/row[3]/c9")]),
    (_C, "\\u005c", "\\", [("G_3.3-4", f"{_C}:2 /table/row[1]/c2")]),
    (_C, 'length="7"', 'length="8"', [("SRD002", f"{_C}:2 /table/row[1]/c4")]),
    (_C, 'length="7"', "", [("T_6.2-1", f"{_C}:2 /table/row[1]/c4")]),
    (_C, 'digestType="MD5"', "", [("SRD009", f"{_C}:2 /table/row[1]/c4")]),
    (_C, "record0.bin", "record9.bin", [("SRD003", f"{_C}:2 /table/row[1]/c4"), ("SRD004", LOB)]),
    (_N, "<a2>y</a2>", "<b2>y</b2>", [("T_6.1-4", f"{_N}:2 /table/row[1]/c3/b2")]),
    (_N, "<row><c1>2.0</c1></row>", "<row><c1>7</c1></row>", [("T_6.0-1", f"{_N} /table/row[2]")]),
    (_N, "08Z", "08+01:00", [("T_6.3-1", f"{_N}:2 /table/row[1]/c2")]),
]  # fmt: skip


def found(report):
    return [(finding.code, finding.where) for finding in report.findings]


def test_a_good_file_has_no_finding(tmp_path):
    report = validate(Siard().write(tmp_path))
    assert found(report) == []
    assert (report.profile, report.counts["tables"], report.counts["rows"]) == ("siard", 2, 5)


@pytest.mark.parametrize(("path", "old", "new", "expected"), MUTATIONS)
def test_each_breach_is_found_at_its_place(tmp_path, path, old, new, expected):
    report = validate(Siard().change(path, old, new).write(tmp_path))
    assert sorted(found(report)) == sorted(expected)
    first = expected[0][0]
    without = examine(tmp_path / "prov.siard", without=frozenset({first}))
    assert sorted(found(without)) == sorted(row for row in expected if row[0] != first)


def drop(path):
    return lambda files: files.pop(path)


def put(path, content=b"x"):
    return lambda files: files.__setitem__(path, content)


@pytest.mark.parametrize(
    ("spoiler", "expected"),
    [
        (drop("header/metadata.xsd"), [("P_4.2-5", "header/metadata.xsd")]),
        (put("las.txt"), [("P_4.2-1", "las.txt")]),
        (put("content/x.txt"), [("P_4.2-2", "content/x.txt")]),
        (put("content/schema0/table0/x.txt"), [("P_4.2-3", "content/schema0/table0/x.txt")]),
        (put("content/schema0/table0/lob4/1x.bin"), [("P_4.2-6", "content/schema0/table0/lob4/1x.bin"), ("SRD004", "content/schema0/table0/lob4/1x.bin")]),
        (drop(f"{NOTES}.xml"), [("T_6.4-1", f"{NOTES}.xml")]),
        (drop(f"{NOTES}.xsd"), [("T_6.1-1", f"{NOTES}.xsd")]),
        (put(LOB, b"\x00\x01imagX"), [("SRD001", f"{_C}:2 /table/row[1]/c4")]),
        (put(_N, b"<table><row>"), [("XML001", f"{_N}:1")]),
        (put(META, b"<x/>"), [("XML004", f"{META}:1 /x")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_tree(tmp_path, spoiler, expected):
    report = validate(Siard().spoil(spoiler).write(tmp_path))
    seen = [row for row in found(report) if row[0] not in {"PATH003", "SRD005"}]
    assert seen == expected


def test_the_form_of_the_zip(tmp_path):
    good = Siard()
    assert found(validate(good.write(tmp_path, "prov.zip"))) == [("G_4.1-5", "prov.zip")]
    packed = Siard()
    packed.compression = zipfile.ZIP_BZIP2
    codes = {code for code, _ in found(validate(packed.write(tmp_path)))}
    assert "G_4.1-2" in codes
    raw = bytearray(Siard().write(tmp_path, "locked.siard").read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 8] |= 1
    (tmp_path / "locked.siard").write_bytes(raw)
    assert "G_4.1-3" in {code for code, _ in found(validate(tmp_path / "locked.siard"))}
    (tmp_path / "seven.siard").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(50))
    report = validate(tmp_path / "seven.siard")
    assert [finding.code for finding in report.findings] == ["G_4.1-1"]
    assert "7z" in report.findings[0].text("sv")


def test_the_digest_of_the_content(tmp_path):
    target = Siard().write(tmp_path)
    lost = Siard()
    lost.folders = ["header/siardversion/2.2/"]
    assert ("SRD008", META) in found(validate(lost.write(tmp_path, "lost.siard")))
    wrong = Siard().change(META, "<digestType>MD5", "<digestType>SHA-1")
    assert found(validate(wrong.write(tmp_path, "wrong.siard"))) == [("SRD005", META)]
    assert found(validate(target)) == []


def test_a_file_beside_is_told_not_looked_for(tmp_path):
    target = Siard().change(META, "schema0/table0/lob4", "../utanfor").write(tmp_path)
    assert ("SRD006", META) in found(validate(target))


def test_beyond_the_limit_foreign_keys_are_said_not_to_be_looked_at(tmp_path, monkeypatch):
    from leverans.validation.siard import keys

    target = Siard().write(tmp_path)
    monkeypatch.setattr(keys, "LIMIT", 1)
    assert ("SRD007", f"{META}:18 /siardArchive/schemas/schema[1]/tables/table[2]") in found(validate(target))


def test_a_large_compressed_database_is_said_not_to_be_looked_at(tmp_path, monkeypatch):
    from tests.validation.families import DATABASE, databases

    from leverans.validation import databases as room

    target = databases(tmp_path).zip(tmp_path, zipfile.ZIP_DEFLATED)
    assert found(validate(target)) == []
    monkeypatch.setattr(room, "SPOOL_LIMIT", 100)
    assert found(validate(target)) == [("SRD011", DATABASE)]


def test_memory_does_not_follow_the_rows(tmp_path):
    import tracemalloc

    def peak(rows):
        text = "".join(f"<row><c1>{n}</c1><c2>text {n}</c2></row>" for n in range(rows))
        target = Siard().spoil(put(_C, f'<table xmlns="urn:t">{text}</table>'.encode())).write(tmp_path)
        tracemalloc.start()
        validate(target)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(30_000) - peak(3_000) < 27_000 * 60  # the primary key: 24 to 32 bytes a row


def test_the_namespace_is_that_of_the_official_schema(shared):
    assert f'targetNamespace="{SPACE}"' in (shared / "specs/siard/metadata_2_2.xsd").read_text("utf-8")
