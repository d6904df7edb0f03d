"""DOCX as its smallest legal package (ECMA-376 part 2), stored, with one fixed timestamp."""

from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from leverans.demo.things import Letter

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_TYPES = (
    f"{_DECLARATION}"
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
)
_RELATIONS = (
    f"{_DECLARATION}"
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}" Target="word/document.xml"/></Relationships>'
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _paragraph(text: str, properties: str = "") -> str:
    return f'<w:p><w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _document(letter: Letter) -> str:
    bold = '<w:rPr><w:b/><w:sz w:val="32"/></w:rPr>'
    body = "".join(map(_paragraph, (*letter.head, *letter.paragraphs)))
    return (
        f'{_DECLARATION}<w:document xmlns:w="{_WORD}"><w:body>{_paragraph(letter.title, bold)}{body}'
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:body></w:document>'
    )


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 0
    entry.compress_type = ZIP_STORED
    return entry


def render(letter: Letter) -> bytes:
    """The letter as a DOCX file."""
    out = BytesIO()
    with ZipFile(out, "w") as package:
        package.writestr(_entry("[Content_Types].xml"), _TYPES)
        package.writestr(_entry("_rels/.rels"), _RELATIONS)
        package.writestr(_entry("word/document.xml"), _document(letter))
    return out.getvalue()
