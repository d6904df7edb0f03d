"""Reads what `leverans.packaging.ead` wrote back into holdings."""

from collections.abc import Iterable, Mapping

from lxml import etree

from leverans.formats.xmltext import unescape
from leverans.model import Location
from leverans.packaging.holdings import Creator, HeldFonds, Holdings, Series
from leverans.packaging.parsing import own_parser


def read_holdings(ead: bytes, authorities: Iterable[bytes]) -> Holdings:
    """Read a finding aid with the authority records of its creators.

    Args:
        ead: the EAD3 document.
        authorities: the EAC-CPF documents, in the order of the package.

    Raises:
        lxml.etree.XMLSyntaxError: one of them is not well-formed.
    """
    creators = dict(map(_creator, authorities))
    whole = _bare(ead).find("archdesc/dsc")
    parts = [] if whole is None else whole.findall("c")
    return Holdings(
        tuple(_fonds(one, creators) for one in parts if one.get("level") == "fonds"),
        tuple(_series(one) for one in parts if one.get("level") == "series"),
        tuple(creators.values()),
    )


def _bare(content: bytes) -> etree._Element:
    """Read a document and take the namespaces off its names."""
    root = etree.fromstring(content, own_parser())
    for element in root.iter("*"):
        element.tag = etree.QName(element).localname
    return root


def _creator(content: bytes) -> tuple[str, Creator]:
    """Read one creator with the id of its record."""
    root, when = _bare(content), "cpfDescription/description/existDates/dateRange"
    return _text(root, "control/recordId") or "", Creator(
        _text(root, "cpfDescription/identity/nameEntry/part") or "",
        _text(root, "cpfDescription/identity/identityId"),
        _text(root, f"{when}/fromDate"),
        _text(root, f"{when}/toDate"),
    )


def _fonds(element: etree._Element, creators: Mapping[str, Creator]) -> HeldFonds:
    return HeldFonds(
        _text(element, "did/unittitle") or "",
        _text(element, "did/unitid"),
        tuple(
            creators[one.get("identifier", "")]
            for one in element.iterfind("did/origination/corpname")
            if one.get("identifier") in creators
        ),
        tuple(map(_series, element.iterfind("c"))),
    )


def _series(element: etree._Element) -> Series:
    when = "did/unitdatestructured/daterange"
    return Series(
        _text(element, "did/unitid"),
        _text(element, "did/unittitle"),
        _text(element, "fileplan/p"),
        int(_text(element, "did/physdescstructured/quantity") or "0"),
        _text(element, f"{when}/fromdate"),
        _text(element, f"{when}/todate"),
        tuple(
            Location(_text(one, "did/container") or "", _text(one, "did/didnote") or "")
            for one in element.iterfind("c")
        ),
    )


def _text(element: etree._Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else unescape(found.text or "")
