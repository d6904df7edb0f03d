"""The words of a reference to a file, and one of them left out or changed."""

import re

from tests.validation.builder import EAD, REPRESENTATION, ROOT

REFERENCE = (
    "LOCTYPE",
    "xlink:type",
    "xlink:href",
    "MDTYPE",
    "MIMETYPE",
    "SIZE",
    "CREATED",
    "CHECKSUM",
    "CHECKSUMTYPE",
)
BAD = {
    "LOCTYPE": "URN",
    "xlink:type": "locator",
    "MDTYPE": "EGEN",
    "MIMETYPE": "okänd",
    "SIZE": "stor",
    "CREATED": "2026-13-01T00:00:00",
    "CHECKSUM": "abc",
    "CHECKSUMTYPE": "SHA256",
}
SECTIONS = (
    (ROOT, f'xlink:href="{EAD}"', 22, "/mets/dmdSec[1]/mdRef"),
    (
        REPRESENTATION,
        'xlink:href="metadata/preservation/premis.xml"',
        36,
        "/mets/amdSec[1]/digiprovMD[1]/mdRef",
    ),
    (ROOT, 'xlink:href="metadata/other/rights.txt"', 49, "/mets/amdSec[1]/rightsMD[1]/mdRef"),
)


def of_line(text, marker, attribute, value):
    """Drop (None) or change one attribute on the line that holds the marker."""
    lines = text.split("\n")
    at = next(number for number, line in enumerate(lines) if marker in line)
    new = "" if value is None else f' {attribute}="{value}"'
    lines[at] = re.sub(f' {re.escape(attribute)}="[^"]*"', new, lines[at], count=1)
    return "\n".join(lines)
