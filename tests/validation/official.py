"""The requirements as the published files list them: {id: level}, read from the files themselves."""

import re
from pathlib import Path

from lxml import etree

LEVELS = ("MUST", "SHOULD", "MAY")
_OFTEN = {
    "erms": r"\d(?:(?:\.\.|,,)[\dn*]?)?",
    "premis": r"\d\.\.[\dn*]",
}  # as the texts have it: 1, 0.., 0,,1
_ID = {"erms": r"ERMS\d*", "premis": r"PM\d*"}


def profile(path: Path) -> dict[str, str]:
    """Give the requirements of a METS profile (those it repeats from a parent under REF_ are left out)."""
    found = {}
    for element in etree.parse(path).iter("{*}requirement"):
        name = element.get("ID")
        if name and not name.startswith("REF_"):
            found[name] = element.get("REQLEVEL")
    return found


def folders(path: Path) -> dict[str, str]:
    """Give CSIPSTR1-16: the first level word of each paragraph."""
    text = path.read_text("utf-8")
    found = {}
    for name, words in re.findall(r"\*\*(CSIPSTR\d+)\*\*:(.*?)(?=\n\n|\Z)", text, re.DOTALL):
        found[name] = re.search(r"\b(MUST|SHOULD|MAY)\b", words)[1]
    return found


def table(path: Path, kind: str) -> dict[str, tuple[str, str]]:
    """Give {id: (level, cardinality)} of a CITS text laid out in columns; a number on the next line is put together."""
    lines = path.read_text("utf-8").splitlines()
    starts = [
        (at, match[1], match[2])
        for at, line in enumerate(lines)
        if (match := re.match(rf"\s{{0,3}}({_ID[kind]})\b.*?\s({_OFTEN[kind]})\s*$", line))
    ]
    found = {}
    for (at, number, often), following in zip(starts, [*starts[1:], (len(lines), "", "")], strict=True):
        name = number
        block = lines[at : following[0]]
        level = next(
            (match[1] for line in block if (match := re.search(r"\b(MUST|SHOULD|MAY)\s*$", line))), None
        )
        if name in {"PM", "ERMS"} or (kind == "premis" and name in found):
            tail = next(
                (match[1] for line in block[1:4] if (match := re.match(r"\s{0,3}(\d{1,3})\b", line))), ""
            )
            name += tail
        found.setdefault(name, (level, often))
    return found


def siard(path: Path) -> dict[str, str]:
    """Give the rules of the SIARD format: M mandatory as MUST, O optional as MAY."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        match = re.match(r"\s{0,6}([GPMT]_\d\.\d+-\d+)\s.*\s([MO])\s*$", line)
        if match:
            found.setdefault(match[1], {"M": "MUST", "O": "MAY"}[match[2]])
    return found
