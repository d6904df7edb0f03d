"""One case at a time out of a package's ERMS document: what ``case.json`` tells, and the case's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from lxml import etree

from leverans.errors import IntegrityError

_VERSION = "version"
_DIGEST = "contentDigest"
_WEB = "web."
_STATUS = "case_status"
_OURS = "archive model"
_DATE = "date."
_MIDNIGHT = "T00:00:00"


@dataclass(frozen=True, slots=True)
class Appendix:
    """A file of a record: `path` relative to the document, original name, title and format as written."""

    path: str
    name: str
    title: str | None
    puid: str | None


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A case.

    Attributes:
        id: object id.
        version: its version.
        digest: its content digest.
        told: what ``case.json`` says of it, without records; ``sub_cases`` stand there where it has any, each
            with the id of what it lies ``within``.
        records: what ``case.json`` says of each record, with its appendices.
        document: a complete ERMS document that holds this case alone.
    """

    id: str
    version: int
    digest: str
    told: dict[str, Any]
    records: tuple[tuple[dict[str, Any], tuple[Appendix, ...]], ...]
    document: bytes


def read(stream: IO[bytes], where: str) -> Iterator[Aggregation]:
    """Yield the cases of an ERMS document; memory holds one at a time.

    Raises:
        IntegrityError: ARC003 the document is no ERMS or a case lacks its id, version or content digest.
    """
    head = b""
    namespace = ""
    depth = 0
    events = etree.iterparse(
        stream, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        for event, element in events:
            if event == "start":
                depth += 1
                if depth == 1:
                    namespace = _namespace(element.tag)
                continue
            depth -= 1
            if depth == 1 and element.tag == f"{namespace}control":
                head = _head(namespace, element)
            elif depth == 2 and element.tag == f"{namespace}aggregation":
                yield _aggregation(element, namespace, head, where)
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise IntegrityError("ARC003", where, reason=f"XML, line {error.lineno}") from error


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _namespace(tag: str) -> str:
    return tag[: tag.index("}") + 1] if tag.startswith("{") else ""


def _head(namespace: str, control: etree._Element) -> bytes:
    root = f'<erms xmlns="{namespace[1:-1]}">'.encode() if namespace else b"<erms>"
    return (
        b'<?xml version="1.0" encoding="UTF-8"?>\n' + root + b"\n" + _plain(control) + b"\n<aggregations>\n"
    )


def _plain(element: etree._Element) -> bytes:
    """Write an element without the namespace declarations that its parent makes."""
    text = etree.tostring(element, encoding="UTF-8", with_tail=False, xml_declaration=False)
    namespace = _namespace(str(element.tag))[1:-1]
    end = text.index(b">")
    return text[:end].replace(f' xmlns="{namespace}"'.encode(), b"", 1) + text[end:]


def _aggregation(element: etree._Element, ns: str, head: bytes, where: str) -> Aggregation:
    extra = {entry.get("extraIdType"): entry.text or "" for entry in element.iterfind(f"{ns}extraId")}
    own = element.get("systemIdentifier")
    version, digest = extra.get(_VERSION, ""), extra.get(_DIGEST, "")
    if not own or not version.isdecimal() or int(version) < 1 or not digest:
        raise IntegrityError("ARC003", where, reason=f"line {element.sourceline}")
    records = tuple(_record(entry, ns) for entry in element.iter(f"{ns}record"))
    document = head + _plain(element) + b"\n</aggregations>\n</erms>\n"
    told = _told(element, ns)
    below = [_subcase(entry, ns) for entry in element.iter(f"{ns}aggregation") if entry is not element]
    subcases = [entry for entry in below if entry is not None]
    if subcases:
        told["sub_cases"] = subcases
    return Aggregation(own, int(version), digest, told, records, document)


def _subcase(element: etree._Element, ns: str) -> dict[str, Any] | None:
    """Tell a sub-case and what it lies in; the wrapper around a case's own records has no key and is none."""
    if element.find(f"{ns}extraId") is None:
        return None
    return {"id": element.get("systemIdentifier"), "within": _within(element, ns), **_told(element, ns)}


def _within(element: etree._Element, ns: str) -> str | None:
    """Give the id of the case or sub-case that something lies in."""
    parent = element.getparent()
    while parent is not None and parent.find(f"{ns}extraId") is None:
        parent = parent.getparent()
    return None if parent is None else parent.get("systemIdentifier")


def _told(element: etree._Element, ns: str) -> dict[str, Any]:
    return {
        "reference_code": _text(element, f"{ns}objectId"),
        "title": _text(element, f"{ns}title"),
        "status": _status(element, ns),
        "access": _text(element, f"{ns}access"),
        "web": _web(element, ns),
        "dates": _dates(element, ns),
        "restrictions": [_restriction(entry, ns) for entry in element.iterfind(f"{ns}restriction")],
        "physical_locations": _locations(element, ns),
    }


def _record(element: etree._Element, ns: str) -> tuple[dict[str, Any], tuple[Appendix, ...]]:
    told = {"id": element.get("systemIdentifier"), **_told(element, ns)}
    if len(list(element.iterancestors(f"{ns}aggregation"))) > 1:
        told["within"] = _within(element, ns)
    appendices = tuple(
        Appendix(
            entry.get("path", ""), entry.get("name", ""), entry.get("description"), entry.get("fileFormat")
        )
        for entry in element.iterfind(f"{ns}additionalInformation/{ns}appendix")
    )
    return told, appendices


def _text(element: etree._Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else found.text or ""


def _value(element: etree._Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else found.get("value")


def _status(element: etree._Element, ns: str) -> str | None:
    """Give the status; a word that ERMS has no value for stands in the package's own elements."""
    found = _value(element, f"{ns}status")
    ours = f"{ns}additionalInformation/{ns}ownElement[{ns}ownElementDescription='{_OURS}']"
    noted = element.iterfind(f"{ours}/{ns}ownElement[@name='{_STATUS}']")
    return found if found is not None else next((_text(entry, f"{ns}value") for entry in noted), None)


def _dates(element: etree._Element, ns: str) -> dict[str, str]:
    """Give dates as the source has them: a midnight without a zone is a day, as the packages' writer says."""
    noted = {
        entry.get("name", "").removeprefix(_DATE): _text(entry, f"{ns}value") or ""
        for entry in element.iterfind(f"{ns}additionalInformation/{ns}ownElement/{ns}ownElement")
        if entry.get("name", "").startswith(_DATE)
    }
    dates: dict[str, str] = {}
    for entry in element.iterfind(f"{ns}dates/{ns}date"):
        kind = entry.get("dateType", "")
        dates.setdefault(kind, noted.get(kind) or (entry.text or "").removesuffix(_MIDNIGHT))
    return dates


def _restriction(element: etree._Element, ns: str) -> dict[str, str | None]:
    kind = element.get("restrictionType")
    return {
        "type": element.get("otherRestrictionType", kind) if kind == "other_type" else kind,
        "law": _text(element, f"{ns}regulation") or None,  # ERMS demands the element: empty is none
        "text": _text(element, f"{ns}explanatoryText"),
    }


def _locations(element: etree._Element, ns: str) -> list[str]:
    found = element.iterfind(f"{ns}physicalLocations/{ns}physicalLocation")
    return [" ".join("".join(str(part) for part in entry.itertext()).split()) for entry in found]


def _web(element: etree._Element, ns: str) -> dict[str, str | None]:
    """Give what each protection axis allows on the web, as the package notes it in its own elements."""
    return {
        entry.get("name", "").removeprefix(_WEB): _text(entry, f"{ns}value")
        for entry in element.iterfind(f"{ns}additionalInformation/{ns}ownElement//{ns}ownElement")
        if entry.get("name", "").startswith(_WEB)
    }
