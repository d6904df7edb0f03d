"""Values of the model's fields as the archived ERMS document and ``case.json`` hold them."""

from typing import Any

from lxml import etree

from leverans.delivery.archived import Evidence
from leverans.delivery.erms_details import SIGNED, beside_agent, reached, signed
from leverans.delivery.fieldpath import AXIS_WORDS, PLACED, FieldPath
from leverans.errors import UsageError
from leverans.mapping.tools.elements import element, elements, model_element

_WEB = "web."
_SOURCE = "source fields"
_FILE = "file"
_MIDNIGHT = "T00:00:00"
_EVENT = {"decision_date": "decision"}
_OURS = "archive model"
_BASIS = "location.basis"
_THINGS = {"fonds": "fonds", "class": "classes", "place": "places", "custody": "custody"}
"""Types without an element of their own, and the group of own elements that each stands in."""

_DATED = frozenset({"date", "actionDate", "disposalDate"})

_NOTED = {
    "partition": "partition",
    "route": "route",
    "creator_from": "creator.from",
    "creator_to": "creator.to",
    "retention_start": "disposal.start",
}
"""Fields that stand in our own elements alone."""

_BESIDE = {
    "status": "case_status",
    "medium": "medium",
    "number": "runningNumber",
    "retention_rule": "disposal.rule",
    "retention_authority": "disposal.mandate",
    "classification_title": "classification.title",
}
"""Fields whose value stands in an own element where ERMS has no word for it."""

_TOLD = {"sha256": "sha256", "size": "size", "mime": "mime", "name": "original_name", "title": "title"}


def value_at(evidence: Evidence, path: FieldPath) -> str | None:
    """Give the archived value of a field; None where there is none.

    Raises:
        UsageError: MTL013, there are fewer records, files or parts than the path says.
    """
    if path.part is not None and path.model != "restriction":
        siblings = (file_part_values if path.file is not None else part_values)(evidence, path)
        number = path.part if isinstance(path.part, int) else 0
        if number >= len(siblings):
            raise UsageError("MTL013", given=path.text.rsplit(".", 1)[0], count=len(siblings))
        return siblings[number].get(path.field)
    owner = _owner(evidence, path)
    if path.model == "restriction":
        return _restriction(owner, axis_at(evidence, path), path.field)
    if path.model == "file":
        return _file(evidence, path)
    return _direct(owner, path)


def _direct(owner: etree._Element, path: FieldPath) -> str | None:
    if path.field in _NOTED:
        return _own(owner, _NOTED[path.field])
    if path.field == "retention_rule" and owner.find("disposal[@disposable='false']") is not None:
        return "keep"
    noted = _own(owner, _BESIDE.get(path.field, f"date.{path.field}"))
    return noted if noted is not None else _value(owner, path.model, path.field)


def part_values(evidence: Evidence, path: FieldPath) -> list[dict[str, str | None]]:
    """Give the parts of one kind of a case or record, in their order: the fields that have a value."""
    owner = _owner(evidence, path)
    made = [_fields(entry, path.model) for entry in _parts(owner, path)]
    for number, fields in enumerate(made if path.model == "event" else (), start=1):
        noted = _own(owner, f"action.{number}.date")
        fields.update({"date": noted} if noted is not None else {})
    for number, fields in enumerate(made if path.model == "agent" else (), start=1):
        fields.update(beside_agent(_ours(owner), number))
    if path.model == "location":
        told = [one.findtext("value") for one in _ours(owner) if one.get("name") == _BASIS]
        for number, fields in enumerate(made):  # all of them stand beside as soon as one is declared
            fields["basis"] = told[number] if len(told) == len(made) else "source"
    return made


def file_part_values(evidence: Evidence, path: FieldPath) -> list[dict[str, str | None]]:
    """Give the fields of the source that a file has, in their order."""
    if path.model != "extra":
        return []
    return [_fields(one, "extra") for one in _file_own(evidence, path) if one.get("dataType") is not None]


def _file_own(evidence: Evidence, path: FieldPath) -> list[etree._Element]:
    place = _appendix(evidence, path).get("path", "")
    record = _owner(evidence, FieldPath("record", "id", path.record))
    inside = f"additionalInformation/ownElement[ownElementDescription='{_FILE}']/ownElement"
    found = [entry for entry in record.iterfind(inside) if entry.get("name") == place]
    return [one for entry in found for one in entry.iterfind("ownElement")]


def axis_at(evidence: Evidence, path: FieldPath) -> str | None:
    """Give the axis of a restriction by its name or number; None where the object does not declare it.

    Numbers count what ``case.json`` and ERMS list: axes that restrict. An axis that is open has a name only.
    """
    owner = _owner(evidence, path)
    if isinstance(path.part, int):
        listed = [_word(entry, "restrictionType") or "" for entry in owner.findall("restriction")]
        return AXIS_WORDS.get(listed[path.part], listed[path.part]) if path.part < len(listed) else None
    return path.part if f"{_WEB}{path.part}" in {entry.get("name", "") for entry in _ours(owner)} else None


def _owner(evidence: Evidence, path: FieldPath) -> etree._Element:
    if path.subcase is not None:
        parts = [one for one in evidence.erms.iter("aggregation") if one.find("extraId") is not None][1:]
        if path.subcase >= len(parts):
            raise UsageError("MTL013", given=f"subcases[{path.subcase}]", count=len(parts))
        return parts[path.subcase]
    if path.record is None:
        return evidence.erms
    records = list(evidence.erms.iter("record"))
    if path.record >= len(records):
        raise UsageError("MTL013", given=f"records[{path.record}]", count=len(records))
    return records[path.record]


def _appendix(evidence: Evidence, path: FieldPath) -> etree._Element:
    record = _owner(evidence, FieldPath("record", "id", path.record))
    found = record.findall(model_element("file").erms)
    if path.file is None or path.file >= len(found):
        raise UsageError("MTL013", given=f"files[{path.file}]", count=len(found))
    return found[path.file]


def _file(evidence: Evidence, path: FieldPath) -> str | None:
    appendix = _appendix(evidence, path)
    told: dict[str, Any] = evidence.told["records"][path.record or 0]["files"][path.file or 0]
    if path.field in {"format", "format_version"}:
        found = told["format"].get({"format": "name", "format_version": "version"}[path.field])
    elif path.field in PLACED:
        found = told.get(path.field)
    elif path.field in _TOLD:
        found = told.get(_TOLD[path.field])
    elif path.field == "puid":
        found = appendix.get("fileFormat")
    elif path.field == "content":
        found = told.get("sha256")
    elif path.field in SIGNED:
        found = signed(appendix, _file_own(evidence, path), path.field)
    else:
        found = None
    return None if found is None else str(found)


def _parts(owner: etree._Element, path: FieldPath) -> list[etree._Element]:
    match path.model:
        case "extra":
            inside = f"additionalInformation/ownElement[ownElementDescription='{_SOURCE}']/ownElement"
            return owner.findall(inside)
        case model if model in _THINGS:
            inside = f"additionalInformation/ownElement[ownElementDescription='{_THINGS[model]}']/ownElement"
            return owner.findall(inside)
        case "agent":
            found = owner.findall("agents/agent")
            ours = path.owner == "case" and found and found[0].get("agentType") == "creator"
            return found[1:] if ours else found
        case "relation":
            found = owner.findall("relation")
            replaced = path.owner == "case" and found and found[0].get("relationType") == "replaces"
            return found[1:] if replaced and _later(owner) else found
        case model:
            return owner.findall(model_element(model).erms)


def _later(owner: etree._Element) -> bool:
    return (owner.findtext("extraId[@extraIdType='version']") or "1") != "1"


def _fields(entry: etree._Element, model: str) -> dict[str, str | None]:
    if model in _THINGS:
        return {one.get("name", ""): one.findtext("value") or "" for one in entry.iterfind("ownElement")}
    names = [name for one, name in elements() if one == model]
    made = {name: _value(entry, model, name) for name in names}
    made.update(reached(entry) if model == "agent" else {})
    if model == "agent" and entry.find("protectedIdentity") is not None:
        made["protected_identity"] = entry.findtext(".//protection")
    if model == "event":
        kind = entry.find("dates/actionDate")
        told = None if kind is None else kind.get("dateType")
        made["kind"] = _EVENT.get(told or "", made["kind"] or "event")
        if made["text"] == (made["type"] or ""):
            made["text"] = None  # ERMS wants a text: the writer repeats the type where there is none
    made.pop("basis", None)
    return {name: value for name, value in made.items() if value is not None}


def _value(entry: etree._Element, model: str, name: str) -> str | None:
    path = element(model, name).erms
    place, slash, attribute = path.rpartition("@") if "@" in path.rsplit("/", 1)[-1] else (path, "", "")
    if not slash or path.endswith("]"):
        return _text(entry, path)
    found = entry if place in {"", "./"} else entry.find(place.removesuffix("/"))
    if found is None:
        return None
    return _word(found, attribute)


def _text(entry: etree._Element, path: str) -> str | None:
    if path == "additionalInformation":
        return None
    found = entry if path == "." else entry.find(path)
    if found is None:
        return None
    text = found.text or ""
    # In dates a midnight without a zone is a day, as the packages' writer says.
    return text.removesuffix(_MIDNIGHT) if found.tag in _DATED else text


def _word(entry: etree._Element, attribute: str) -> str | None:
    """Give a word of a closed list, or the one that the source had instead."""
    others = [value for name, value in entry.attrib.items() if str(name).startswith("other")]
    value = others[0] if others else entry.get(attribute)
    return None if value is None else str(value)


def _ours(owner: etree._Element) -> list[etree._Element]:
    inside = f"additionalInformation/ownElement[ownElementDescription='{_OURS}']/ownElement"
    return owner.findall(inside)


def _own(owner: etree._Element, name: str) -> str | None:
    return next((one.findtext("value") for one in _ours(owner) if one.get("name") == name), None)


def _restriction(owner: etree._Element, axis: str | None, name: str) -> str | None:
    if axis is None:
        return None
    if name == "axis":
        return axis
    if name == "web":
        return _own(owner, f"{_WEB}{axis}")
    for entry in owner.iterfind("restriction"):
        kind = _word(entry, "restrictionType")
        if AXIS_WORDS.get(kind or "", kind) == axis:
            found = _value(entry, "restriction", name)
            return found or None if name == "law" else found  # ERMS wants a law: an empty one is none
    return None
