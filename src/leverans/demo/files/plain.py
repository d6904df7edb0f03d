"""TXT as an office of the time wrote it: Windows-1252 and CRLF."""

from leverans.demo.files.pdf import wrapped
from leverans.demo.things import Letter


def render(letter: Letter) -> bytes:
    """The letter as a text file."""
    lines = [letter.title, "=" * len(letter.title), "", *letter.head]
    for paragraph in letter.paragraphs:
        lines += ["", *wrapped(paragraph, 76)]
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")
