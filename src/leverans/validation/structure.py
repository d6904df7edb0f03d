"""The CSIP structural map: its divisions and what they point to."""

from dataclasses import dataclass, field

from leverans.validation.agents import Report

_REPRESENTATIONS = "Representations"


@dataclass(slots=True)
class Pointer:
    """One mptr."""

    place: str
    attributes: dict[str, str]


@dataclass(slots=True)
class Division:
    """One division directly below the main one."""

    place: str
    label: str
    id: str
    listed: dict[str, str]
    groups: set[str] = field(default_factory=set)
    pointers: list[Pointer] = field(default_factory=list)


@dataclass(slots=True)
class Map:
    """One structMap."""

    place: str
    label: str
    type: str
    id: str
    tops: list[tuple[str, str]] = field(default_factory=list)
    divisions: list[Division] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """One top fileGrp."""

    place: str
    id: str
    use: str
    information_type: str
    other_type: str


@dataclass(slots=True)
class Section:
    """One metadata section: ID, whether it is current, ID of the amdSec around it."""

    id: str
    current: bool
    outer: str = ""


# label: the rule when the division is absent, misspelt, without ID, or does not point to a group of its label
_PARTS = {
    "Documentation": ("CSIP93", "CSIP95", "CSIP94", "CSIP96"),
    "Schemas": ("CSIP97", "CSIP99", "CSIP98", "CSIP100"),
    "Representations": ("CSIP101", "CSIP103", "CSIP102", "CSIP104"),
}


def choose(maps: list[Map], report: Report) -> Map | None:
    """Find the structMap that CSIP is about (CSIP80-82)."""
    named = [seen for seen in maps if seen.label == "CSIP"]
    for second in named[1:]:
        report("CSIP80", second.place, value=str(len(named)))
    if not maps:
        return None
    chosen = named[0] if named else next((seen for seen in maps if seen.type == "PHYSICAL"), maps[0])
    if chosen.type != "PHYSICAL":
        report("CSIP81", f"{chosen.place}/@TYPE", value=chosen.type or "–")
    if not named:
        report("CSIP82", f"{chosen.place}/@LABEL", value=chosen.label or "–")
    return chosen


def check_map(
    seen: Map,
    groups: list[Group],
    sections: dict[str, list[Section]],
    manifests: dict[str, str],
    known: set[str],
    *,
    report: Report,
) -> None:
    """Hold the CSIP structMap against CSIP83-119.

    Args:
        seen: the map.
        groups: top file groups of the same document.
        sections: ``dmdSec`` and ``amdSec`` parts of the same document.
        manifests: for each representation with a METS.xml of its own its folder name, as in
            ``Representations/<name>``, to the path of that METS.xml; empty in its own document.
        known: ``Representations/<name>`` of every representation folder.
        report: takes the findings.
    """
    if not seen.id:
        report("CSIP83", f"{seen.place}/@ID")
    if len(seen.tops) != 1:
        report("CSIP84", f"{seen.place}/div", value=str(len(seen.tops)))
    for place, identifier in seen.tops:
        if not identifier:
            report("CSIP85", f"{place}/@ID")
    _check_metadata(seen, sections, report)
    for label in _PARTS:
        _check_part(seen, label, groups, manifests, report)
    if known:
        _check_representations(seen, groups, manifests, known, report)


def _check_metadata(seen: Map, sections: dict[str, list[Section]], report: Report) -> None:
    found = [division for division in seen.divisions if division.label == "Metadata"]
    for division in found[1:]:
        report("CSIP88", division.place, value=str(len(found)))
    if not found:
        odd = next((division for division in seen.divisions if _is_metadata(division)), None)
        if odd is None:
            place = seen.tops[0][0] if seen.tops else seen.place
            report("CSIP88", f"{place}/div", value="0")
        else:
            report("CSIP90", f"{odd.place}/@LABEL", value=odd.label or "–")
            found = [odd]
    for division in found[:1]:
        if not division.id:
            report("CSIP89", f"{division.place}/@ID")
        _check_listed(division, "ADMID", sections.get("amdSec", []), "CSIP91", report)
        _check_listed(division, "DMDID", sections.get("dmdSec", []), "CSIP92", report)


def _is_metadata(division: Division) -> bool:
    return division.label.strip().casefold() == "metadata" or bool(
        division.listed.get("ADMID") or division.listed.get("DMDID")
    )


def _check_listed(
    division: Division, attribute: str, sections: list[Section], code: str, report: Report
) -> None:
    listed = set(division.listed.get(attribute, "").split())
    absent = [
        part
        for part in sections
        if part.current and part.id and part.id not in listed and part.outer not in listed
    ]
    if absent:
        report(code, f"{division.place}/@{attribute}", value=absent[0].id)


def _check_part(
    seen: Map, label: str, groups: list[Group], manifests: dict[str, str], report: Report
) -> None:
    absent, misspelt, nameless, unpointed = _PARTS[label]
    wanted = [group for group in groups if group.use.split("/")[0] == label]
    if label == _REPRESENTATIONS and manifests:
        wanted = []
    found = [division for division in seen.divisions if division.label == label]
    if not found:
        odd = next(
            (part for part in seen.divisions if part.label.strip().casefold() == label.casefold()), None
        )
        if odd is not None:
            report(misspelt, f"{odd.place}/@LABEL", value=odd.label)
            found = [odd]
        elif wanted:
            place = seen.tops[0][0] if seen.tops else seen.place
            report(absent, f"{place}/div", value=label)
    for division in found:
        if not division.id:
            report(nameless, f"{division.place}/@ID")
    if found:
        pointed = set().union(*(division.groups for division in found))
        for group in wanted:
            if group.id and group.id not in pointed:
                report(unpointed, f"{found[0].place}/fptr", value=group.id)


def _check_representations(
    seen: Map, groups: list[Group], manifests: dict[str, str], known: set[str], report: Report
) -> None:
    covered: set[str] = set()
    for division in seen.divisions:
        if not division.label.startswith(f"{_REPRESENTATIONS}/") and not division.pointers:
            continue
        covered.add(division.label)
        for pointer in division.pointers[:1]:
            covered.add(f"{_REPRESENTATIONS}/{_folder(pointer.attributes)}")
        if not division.id:
            report("CSIP106", f"{division.place}/@ID")
        if division.label not in known:
            report("CSIP107", f"{division.place}/@LABEL", value=division.label or "–")
        if len(division.pointers) != 1:
            report("CSIP109", f"{division.place}/mptr", value=str(len(division.pointers)))
        for pointer in division.pointers[:1]:
            _check_pointer(pointer, division.label, groups, set(manifests.values()), report)
    for label, manifest in manifests.items():
        if label not in covered:
            place = seen.tops[0][0] if seen.tops else seen.place
            report("CSIP105", f"{place}/div", value=manifest)


def _check_pointer(
    pointer: Pointer, label: str, groups: list[Group], targets: set[str], report: Report
) -> None:
    given = pointer.attributes
    title, href = given.get("title", ""), given.get("href", "")
    uses = {group.id: group.use for group in groups if group.id}
    if title not in uses or not uses[title].startswith(_REPRESENTATIONS) or _other(uses[title], label, uses):
        report("CSIP108", f"{pointer.place}/@xlink:title", value=title or "–")
    if given.get("path") not in targets:
        report("CSIP110", f"{pointer.place}/@xlink:href", value=href or "–")
    if given.get("type") != "simple":
        report("CSIP111", f"{pointer.place}/@xlink:type", value=given.get("type") or "–")
    if given.get("LOCTYPE") != "URL":
        report("CSIP112", f"{pointer.place}/@LOCTYPE", value=given.get("LOCTYPE") or "–")


def _other(use: str, label: str, uses: dict[str, str]) -> bool:
    """Tell whether the group pointed to is that of another representation."""
    return use != label and not use.startswith(f"{label}/") and label in uses.values()


def _folder(given: dict[str, str]) -> str:
    parts = given.get("path", "").split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "representations" else ""
