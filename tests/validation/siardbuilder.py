"""A small SIARD file, valid to the last word, that a test can spoil at one place."""

import hashlib
import zipfile
from pathlib import Path

META = "header/metadata.xml"
CASES, NOTES = "content/schema0/table0/table0", "content/schema0/table1/table1"
LOB = "content/schema0/table0/lob4/record0.bin"
SPACE = "http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd"
CONTENT = b"\x00\x01image"


def column(name, kind, more=""):
    return f"<column><name>{name}</name><type>{kind}</type>{more}</column>"


def metadata(digest):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<siardArchive xmlns="{SPACE}" version="2.2">
<dbname>PROV</dbname>
<dataOwner>Provnamnden</dataOwner>
<dataOriginTimespan>1999-2010</dataOriginTimespan>
<lobFolder>content</lobFolder>
<archivalDate>2026-01-01</archivalDate>
<messageDigest><digestType>MD5</digestType><digest>{digest}</digest></messageDigest>
<schemas><schema><name>DBO</name><folder>schema0</folder><tables>
<table><name>CASES</name><folder>table0</folder><columns>
{column("ID", "INTEGER", "<nullable>false</nullable>")}
{column("TITLE", "VARCHAR(100)")}
{column("OPENED", "DATE")}
<column><name>SCAN</name><lobFolder>schema0/table0/lob4</lobFolder><type>BLOB</type></column>
</columns>
<primaryKey><name>PK</name><column>ID</column></primaryKey>
<rows>3</rows></table>
<table><name>NOTES</name><folder>table1</folder><columns>
{column("CASE_ID", "DECIMAL(9)")}
{column("AT", "TIMESTAMP(0)")}
<column><name>TAGS</name><type>VARCHAR(9)</type><cardinality>2</cardinality></column>
</columns>
<foreignKeys><foreignKey><name>FK</name><referencedSchema>DBO</referencedSchema><referencedTable>CASES</referencedTable>
<reference><column>CASE_ID</column><referenced>ID</referenced></reference></foreignKey></foreignKeys>
<rows>2</rows></table>
</tables></schema></schemas>
<users/>
</siardArchive>
"""


def schema(*cells):
    return f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">
<xs:element name="table"><xs:complexType><xs:sequence>
<xs:element name="row" type="recordType" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType></xs:element>
<xs:complexType name="recordType"><xs:sequence>
{chr(10).join(cells)}
</xs:sequence></xs:complexType>
</xs:schema>
"""


def cell(tag, kind, least=' minOccurs="0"'):
    return f'<xs:element name="{tag}" type="{kind}"{least}/>'


ARRAY = """<xs:element name="c3" minOccurs="0"><xs:complexType><xs:sequence>
<xs:element name="a1" type="xs:string"/><xs:element name="a2" type="xs:string"/>
</xs:sequence></xs:complexType></xs:element>"""


class Siard:
    """One SIARD file in the making; `change` before the digest is taken, `spoil` on the finished files."""

    def __init__(self):
        self.changes = []
        self.spoilers = []
        self.folders = ["content/", "header/", "header/siardversion/2.2/"]
        self.compression = zipfile.ZIP_DEFLATED

    def change(self, path, old, new):
        self.changes.append((path, old, new))
        return self

    def spoil(self, spoiler):
        self.spoilers.append(spoiler)
        return self

    def files(self, digest="0" * 32):
        md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
        files = {
            f"{CASES}.xml": f"""<table xmlns="urn:t">
<row><c1>1</c1><c2>Ett \\u005c</c2><c3>1999-01-02</c3><c4 file="record0.bin" length="{len(CONTENT)}" digestType="MD5" digest="{md5}"/></row>
<row><c1>2</c1><c2/></row>
<row><c1>3</c1></row>
</table>
""",
            f"{CASES}.xsd": schema(
                cell("c1", "xs:integer", ""),
                cell("c2", "xs:string"),
                cell("c3", "dateType"),
                cell("c4", "blobType"),
            ),
            f"{NOTES}.xml": """<table xmlns="urn:t">
<row><c1>1</c1><c2>2003-04-05T06:07:08Z</c2><c3><a1>x</a1><a2>y</a2></c3></row>
<row><c1>2.0</c1></row>
</table>
""",
            f"{NOTES}.xsd": schema(cell("c1", "xs:decimal"), cell("c2", "dateTimeType"), ARRAY),
            LOB: CONTENT,
            META: metadata(digest),
            "header/metadata.xsd": "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>",
        }
        for path, old, new in self.changes:
            assert old in files[path], (path, old)
            files[path] = files[path].replace(old, new, 1)
        return {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}

    def write(self, where: Path, name="prov.siard") -> Path:
        target = where / name
        self._write(target, self.files())
        with zipfile.ZipFile(target) as read:
            heads = [info.header_offset for info in read.infolist() if info.filename == "header/"]
        if heads:
            digest = hashlib.md5(target.read_bytes()[: heads[0]], usedforsecurity=False).hexdigest()
            self._write(target, self.files(digest))
        return target

    def _write(self, target, files):
        for spoiler in self.spoilers:
            spoiler(files)
        with zipfile.ZipFile(target, "w", self.compression) as out:
            for head in ("content/", "header/"):
                for folder in self.folders:
                    if folder.startswith(head):
                        out.writestr(zipfile.ZipInfo(folder), "")
                for path, content in files.items():
                    if path.startswith(head):
                        out.writestr(zipfile.ZipInfo(path), content, self.compression)
            for path, content in files.items():
                if not path.startswith(("content/", "header/")):
                    out.writestr(zipfile.ZipInfo(path), content)
