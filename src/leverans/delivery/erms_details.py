"""Where an agent is reached and how a file was signed, as the archived ERMS document holds it."""

from collections.abc import Iterable

from lxml import etree

SIGNED = {"signature": "state", "signature_type": "type", "signature_date": "date"}
"""Fields of a file about its electronic signature, and how our own elements call each."""

_LINES = {
    "address": "postal_address",
    "postal_code": "postal_code",
    "city": "postal_city",
    "country": "country",
    "phone": "phonenumber",
    "email": "email",
}
_BESIDE = {"idNumberType": "id_number_type"}
_MIDNIGHT = "T00:00:00"


def reached(agent: etree._Element) -> dict[str, str | None]:
    """Give the lines of an agent's address and contacts, and the note, by the model's names."""
    lines = {
        str(next(iter(line.attrib.values()), "")): line.text or ""
        for line in agent.iterfind("addressContactInformation/*")
    }
    return {**{name: lines.get(term) for name, term in _LINES.items()}, "note": agent.findtext("notes/note")}


def beside_agent(ours: Iterable[etree._Element], number: int) -> dict[str, str]:
    """Give what our own elements say of the agent with a number (from 1), by the model's names."""
    start = f"agent.{number}."
    told = {entry.get("name", ""): entry.findtext("value") or "" for entry in ours}
    bare = {name.removeprefix(start): value for name, value in told.items() if name.startswith(start)}
    return {_BESIDE.get(name, name): value for name, value in bare.items()}


def signed(appendix: etree._Element, own: Iterable[etree._Element], field: str) -> str | None:
    """Give a field of `SIGNED`; `own` are our own elements about the file."""
    told = {entry.get("name", ""): entry.findtext("value") or "" for entry in own}
    noted = told.get(f"signature.{SIGNED[field]}")
    held = appendix.find("eSignature")
    if noted is not None or field == "signature_type":
        return noted
    if field == "signature_date":
        verified = None if held is None else held.get("dateeSignatureIsVerified")
        return None if verified is None else verified.removesuffix(_MIDNIGHT)
    if appendix.get("eSignatureHasExisted") is not None:
        return "removed"
    return None if held is None else "exists"
