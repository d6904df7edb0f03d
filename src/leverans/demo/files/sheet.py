"""XML: a restaurant's yearly figures as a form service would hand them over."""

from random import Random
from xml.sax.saxutils import escape

from leverans.demo.things import Letter

_FIELDS = ("Mat", "Starköl", "Vin", "Sprit", "Alkoholfritt")


def _month(chance: Random, year: int, month: int) -> str:
    sums = "".join(f"<{name}>{chance.randrange(400, 90_000)}</{name}>" for name in _FIELDS)
    return f'  <Månad år="{year}" nr="{month}">{sums}</Månad>'


def render(letter: Letter, chance: Random) -> bytes:
    """The letter as an XML file in UTF-8."""
    years = range(letter.at.year - chance.randrange(1, 5), letter.at.year)
    months = [_month(chance, year, month) for year in years for month in range(1, 13)]
    remarks = [f"  <Anmärkning>{escape(text)}</Anmärkning>" for text in letter.paragraphs]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Restaurangrapport xmlns="urn:exempel:restaurangrapport:1">',
        f"  <Rubrik>{escape(letter.title)}</Rubrik>",
        f"  <Diarienummer>{letter.reference}</Diarienummer>",
        f"  <Handling>{letter.number}</Handling>",
        f"  <Datum>{letter.at:%Y-%m-%d}</Datum>",
        f"  <Serveringsställe>{escape(letter.place)}</Serveringsställe>",
        f"  <Lämnad_av>{escape(letter.counterpart)}</Lämnad_av>",
        *months,
        *remarks,
        "</Restaurangrapport>",
        "",
    ]
    return "\n".join(lines).encode()
