"""Made-up workbooks and dBase files, written byte by byte."""

import struct
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
LOOKS = (
    "General",
    "yyyy-mm-dd",
    "hh:mm:ss",
    "[h]:mm",
    "00000",
    '"d"0.0',
    "[$-41D]d mmmm yyyy;@",
    "yyyy-mm-dd hh:mm",
)
"""Number formats; a cell's style is its place here."""


def shared(*texts: str) -> str:
    """Give the part of shared texts."""
    return f'<sst xmlns="{MAIN}">' + "".join(f"<si><t>{escape(text)}</t></si>" for text in texts) + "</sst>"


def workbook(
    path: Path,
    sheets: dict[str, str],
    texts: str = "",
    *,
    from_1904: bool = False,
    hidden: tuple[str, ...] = (),
) -> Path:
    """Write a workbook.

    Args:
        path: the file.
        sheets: name → what stands inside `worksheet`.
        texts: the part of shared texts.
        from_1904: days are counted from 1904.
        hidden: names of hidden sheets.
    """
    states = dict.fromkeys(hidden, " state='veryHidden'")
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"{states.get(name) or ""}/>'
        for number, name in enumerate(sheets, start=1)
    )
    targets = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    codes = "".join(
        f'<numFmt numFmtId="{164 + at}" formatCode={quoteattr(code)}/>' for at, code in enumerate(LOOKS)
    )
    looks = "".join(f'<xf numFmtId="{164 + at}"/>' for at in range(len(LOOKS)))
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(from_1904)}"/>'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{targets}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts><cellStyleXfs><xf numFmtId="14"/>'
        f"</cellStyleXfs><cellXfs>{looks}</cellXfs></styleSheet>",
        **({"xl/sharedStrings.xml": texts} if texts else {}),
        **{
            f"xl/worksheets/{number}.xml": f'<worksheet xmlns="{MAIN}">{inside}</worksheet>'
            for number, inside in enumerate(sheets.values(), start=1)
        },
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return path


def rows(*lines: str) -> str:
    """Give `sheetData` of rows that are written as their cells."""
    return "<sheetData>" + "".join(f"<row>{line}</row>" for line in lines) + "</sheetData>"


def said(*texts: str) -> str:
    """Give cells of inline texts."""
    return "".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in texts)


def number(value: str, style: int = 0) -> str:
    """Give a cell of a number."""
    return f'<c s="{style}"><v>{value}</v></c>'


def dbf(
    path: Path,
    fields: list[tuple[str, str, int, int]],
    records: list[bytes],
    *,
    version: int = 0x03,
    mark: int = 0,
    count: int | None = None,
) -> Path:
    """Write a dBase file.

    Args:
        path: the file.
        fields: name, type, length, flags.
        records: each with its mark of deletion first.
        version: first byte.
        mark: code page mark.
        count: how many records it says to have, if not as many as there are.
    """
    described = b"".join(
        struct.pack("<11sc4xBBB13x", name.encode("cp1252"), kind.encode(), length, 0, flags)
        for name, kind, length, flags in fields
    )
    start = 32 + len(described) + 1
    size = 1 + sum(length for _name, _kind, length, _flags in fields)
    head = struct.pack(
        "<B3xLHH16xBB2x", version, len(records) if count is None else count, start, size, 0, mark
    )
    path.write_bytes(head + described + b"\r" + b"".join(records) + b"\x1a")
    return path


def fpt(path: Path, *values: bytes, block: int = 64) -> list[int]:
    """Write a FoxPro memo file and give the block of each value."""
    data, places = bytearray(512), []
    data[6:8] = block.to_bytes(2, "big")
    for value in values:
        places.append(len(data) // block)
        data += struct.pack(">LL", 1, len(value)) + value
        data += bytes(-len(data) % block)
    path.write_bytes(data)
    return places


def dbt(path: Path, *values: bytes, four: bool = False) -> list[int]:
    """Write a memo file of dBase III, or IV, and give the block of each value."""
    data, places = bytearray(512), []
    data[20:22] = (512).to_bytes(2, "little")
    for value in values:
        places.append(len(data) // 512)
        data += (
            b"\xff\xff\x08\x00" + struct.pack("<L", len(value) + 8) + value if four else value + b"\x1a\x1a"
        )
        data += bytes(-len(data) % 512)
    path.write_bytes(data)
    return places
