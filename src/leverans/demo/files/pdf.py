"""PDF 1.4 by hand: Helvetica, WinAnsi, uncompressed, with a true cross-reference table (ISO 32000-1, 7.5)."""

from collections.abc import Iterator

from leverans.demo.things import Letter

WIDTH = 88
LINES = 46


def wrapped(text: str, width: int = WIDTH) -> Iterator[str]:
    """The lines of a paragraph, broken greedily at spaces."""
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _lines(letter: Letter) -> Iterator[str]:
    yield from letter.head
    for paragraph in letter.paragraphs:
        yield ""
        yield from wrapped(paragraph)


def _string(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _page(title: str, lines: list[str]) -> bytes:
    shown = "\n".join(f"({_string(line)}) Tj T*" for line in lines)
    body = f"BT /F2 15 Tf 60 780 Td ({_string(title)}) Tj ET\nBT /F1 10 Tf 15 TL 60 750 Td\n{shown}\nET"
    content = body.encode("cp1252")
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def _font(name: str) -> bytes:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()


def _objects(letter: Letter) -> list[bytes]:
    lines = list(_lines(letter))
    pages = [lines[start : start + LINES] for start in range(0, len(lines), LINES)]
    numbers = [6 + 2 * index for index in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    title = _string(f"{letter.title}, {letter.reference}")
    info = f"<< /Title ({title}) /CreationDate (D:{letter.at:%Y%m%d%H%M%S}Z) >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (sv-SE) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [0 0 595 842] >>".encode(),
        _font("Helvetica"),
        _font("Helvetica-Bold"),
        info.encode("latin-1"),
    ]
    for number, page in zip(numbers, pages, strict=True):
        resources = "<< /Font << /F1 3 0 R /F2 4 0 R >> >>"
        leaf = f"<< /Type /Page /Parent 2 0 R /Resources {resources} /Contents {number + 1} 0 R >>"
        objects += [leaf.encode(), _page(letter.title, page)]
    return objects


def render(letter: Letter) -> bytes:
    """The letter as a PDF file."""
    out = bytearray(b"%PDF-1.4\n%\xe5\xe4\xf6\xd6\n")
    offsets = []
    for number, body in enumerate(_objects(letter), start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(offsets) + 1,
        start,
    )
    return bytes(out)
