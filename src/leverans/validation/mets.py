"""Rules of one METS document: root or representation (CSIP, SIP, references)."""

from leverans.validation.agents import AgentSeen, check_agents
from leverans.validation.checker import Checker, Frame
from leverans.validation.grammar import Attribute, load
from leverans.validation.inventory import algorithm
from leverans.validation.kinds import SUBMISSION, as_submission, check_preserved
from leverans.validation.package import Package, Representation
from leverans.validation.profiles import by_address, described_kinds
from leverans.validation.references import declare, locate, well_formed
from leverans.validation.structure import Division, Group, Map, Pointer, Section, check_map, choose

_CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS "
_XLINK = "http://www.w3.org/1999/xlink "
TYPE = _CSIP + "CONTENTINFORMATIONTYPE"
OTHER_TYPE = _CSIP + "OTHERCONTENTINFORMATIONTYPE"
_PACKAGE = _CSIP + "OAISPACKAGETYPE"
_HREF = _XLINK + "href"
_INFORMATION = "@information"
_LISTED = {TYPE: "information", _PACKAGE: "package", _CSIP + "NOTETYPE": "note"}
_MAP_DEPTH = 2
_POINTING = {"Documentation": "CSIP116", "Schemas": "CSIP118", "Representations": "CSIP119"}
_FOLDERS = frozenset({"Documentation", "Schemas", "Representations", "Data"})


class MetsCheck(Checker):
    """Checks one METS document while it streams by.

    Args:
        package: the package it belongs to.
        document: its package-relative path.
        representation: the representation it describes, None for the root document.
    """

    def __init__(self, package: Package, document: str, representation: Representation | None = None) -> None:
        super().__init__(load("mets"), package.sink, document)
        self.package = package
        self.representation = representation
        self.base = document.rpartition("/")[0] + "/" if "/" in document else ""
        self.objid = ""
        self.given: dict[str, str] = {}
        self.groups: list[Group] = []
        self.sections: dict[str, list[Section]] = {"dmdSec": [], "amdSec": []}
        self.maps: list[Map] = []
        self.root_place = ""
        self._group_uses: dict[str, str] = {}
        self._agents: list[AgentSeen] = []
        self._header = ""
        self._file_sections = 0
        self._amd = ""
        self._amd_sections = 0
        self._provenance = 0
        self._provenances: list[tuple[str, str]] = []
        package.ids.begin()

    # the document as a whole

    def open_mets(self, frame: Frame) -> None:
        """Choose the profile and judge the attributes that depend on each other."""
        self.given = given = frame.attributes
        package = self.package
        self.objid = given.get("OBJID", "")
        self.root_place = self.where(frame)
        if self.representation is None and not package.forced:
            package.use(by_address(given.get("PROFILE", "")) or package.profile)
        address = given.get("PROFILE", "").strip()
        if self.representation is None and address and address not in package.profile.addresses:
            self.finding(package.profile.address_rule, frame, "/@PROFILE", value=given["PROFILE"])
        other_type = given.get(_CSIP + "OTHERTYPE", "")
        if given.get("TYPE", "").casefold() == "other" and not other_type.strip():
            self.finding("CSIP3", frame, "/@csip:OTHERTYPE")
        kind = given.get(TYPE, "")
        if TYPE not in given:
            if self.representation is None:
                self.finding("CSIP4", frame, "/@csip:CONTENTINFORMATIONTYPE", value="–")
            else:
                place = self.where(frame, "/@csip:CONTENTINFORMATIONTYPE")
                self.sink.report_as("error", "CSIP4", place, value="–")
        if kind == "OTHER" and not given.get(OTHER_TYPE, "").strip():
            self.finding("CSIP5", frame, "/@csip:OTHERCONTENTINFORMATIONTYPE")
        if self.representation is not None:
            self.representation.information_type = kind
            if self.objid and self.objid != self.representation.name:
                self.finding("REP001", frame, "/@OBJID", value=self.objid, name=self.representation.name)

    def close_mets(self, frame: Frame) -> None:
        """Judge what needs the whole document."""
        header = self._header or f"{self.root_place}/metsHdr"
        submission = self.package.profile.package_type == SUBMISSION
        if self._header:
            check_agents(self._agents, header, self.sink.report, submission=submission)
        chosen = choose(self.maps, self.sink.report)
        if chosen is not None:
            manifests = self._manifests()
            known = {f"Representations/{name}" for name in self.package.representations}
            check_map(chosen, self.groups, self.sections, manifests, known, report=self.sink.report)
            self._labels(chosen)
        if not self._file_sections:
            self.finding("CSIP58", frame, "/fileSec")
        elif self.representation is None:
            self._group_kinds(frame)
        self._sections(frame)
        if self.representation is None:
            check_preserved(self, frame, self.sections["dmdSec"], self._provenances)
        self._loose_pointers(chosen)

    def _manifests(self) -> dict[str, str]:
        if self.representation is not None:
            return {}
        return {
            f"Representations/{name}": seen.manifest
            for name, seen in self.package.representations.items()
            if seen.manifest
        }

    def _sections(self, frame: Frame) -> None:
        """Metadata files that are there need their sections (CSIP17, CSIP31, CSIP32)."""
        folder = f"{self.base}metadata/"
        if self.package.has_folder(f"{folder}descriptive") and not self.sections["dmdSec"]:
            self.finding("CSIP17", frame, "/dmdSec")
        if self.package.has_folder(f"{folder}preservation"):
            if not self._amd_sections:
                self.finding("CSIP31", frame, "/amdSec")
            elif not self._provenance:
                self.finding("CSIP32", frame, "/amdSec/digiprovMD")

    def _labels(self, chosen: Map) -> None:
        """A label that names a folder needs that folder (LBL001)."""
        for division in chosen.divisions:
            folder = division.label.lower()
            if division.label in _FOLDERS and not self.package.has_folder(self.base + folder):
                self.sink.report("LBL001", f"{division.place}/@LABEL", value=self.base + folder)

    def _group_kinds(self, frame: Frame) -> None:
        place = self.where(frame, "/fileSec/fileGrp")
        uses = [group.use for group in self.groups]
        for use, code in (("Documentation", "CSIP60"), ("Schemas", "CSIP113")):
            if not any(seen == use or seen.startswith(f"{use}/") for seen in uses):
                self.sink.report(code, place, value=use)
        if not any(seen.startswith("Representations") for seen in uses):
            self.sink.report("CSIP114", place, value="Representations")

    def link(self, frame: Frame, rule: Attribute, value: str) -> None:
        """Number each ID over all METS documents of the package (REF002, REF003)."""
        if rule.link != "ID":
            super().link(frame, rule, value)
            return
        known = self.package.ids.add(value)
        if known == "document":
            self.finding("REF002", frame, f"/@{rule.label}", value=value)
        elif known == "package" and self.package.profile.ids_unique_in == "package":
            self.finding("REF003", frame, f"/@{rule.label}", value=value)

    def knows(self, identifier: str) -> bool:
        """Tell whether this document has shown an ID so far."""
        return self.package.ids.holds(identifier)

    def _wrong_value(self, frame: Frame, rule: Attribute, value: str) -> None:
        """A word outside the extension's own list is an error whatever its rule says: no schema takes it."""
        if rule.kind == _INFORMATION and rule.requirement:
            place = self.where(frame, f"/@{rule.label}")
            self.sink.report_as("error", rule.requirement, place, value=value.strip() or "–")
        else:
            super()._wrong_value(frame, rule, value)

    def _unknown_attribute(self, frame: Frame, key: str) -> None:
        """Where METS takes any attribute, the schema of the extension still judges its own."""
        listed = self.grammar.vocabularies.get(_LISTED.get(key, ""))
        if listed is not None and frame.type.foreign and (value := frame.attributes[key]) not in listed:
            self.finding("SCH005", frame, f"/@{self.label(key)}", value=value.strip() or "–")
        else:
            super()._unknown_attribute(frame, key)

    def _loose_pointers(self, chosen: Map | None) -> None:
        """Every mptr needs a LOCTYPE; those of representations have a rule of their own (CSIP112)."""
        ruled = chosen if self.package.representations and self.representation is None else None
        for seen in self.maps:
            for division in seen.divisions if seen is not ruled else ():
                for pointer in division.pointers:
                    if "LOCTYPE" not in pointer.attributes:
                        self.sink.report("SCH004", f"{pointer.place}/@LOCTYPE", name="LOCTYPE")

    # metsHdr

    def open_metsHdr(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Judge the kind of package."""
        self._header = self.where(frame)
        if self.representation is None:
            as_submission(self, frame, frame.attributes.get(_PACKAGE, ""))
        wanted = self.package.profile.package_type
        kind = frame.attributes.get(_PACKAGE)
        if wanted and kind is not None and kind != wanted:
            self.finding(self.package.profile.type_rule, frame, "/@csip:OAISPACKAGETYPE", value=kind)

    def open_agent(self, frame: Frame) -> None:
        """Keep an agent for the end of the header."""
        given = frame.attributes
        self._agents.append(
            AgentSeen(
                self.where(frame),
                given.get("ROLE", ""),
                given.get("OTHERROLE", ""),
                given.get("TYPE", ""),
                given.get("OTHERTYPE", ""),
            )
        )

    def text_string(self, frame: Frame, text: str) -> None:
        """Keep the name of an agent."""
        if frame.name.endswith(" name") and self._agents:
            self._agents[-1].names.append(text)

    def text_note(self, frame: Frame, text: str) -> None:
        """Keep a note of an agent."""
        if self._agents:
            self._agents[-1].notes.append((frame.attributes.get(_CSIP + "NOTETYPE", ""), text))

    # metadata sections

    def open_amdSec(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Remember the ID around the sections that follow."""
        self._amd_sections += 1
        if self._amd_sections > 1:
            self.finding("CSIP31", frame)
        self._amd = frame.attributes.get("ID", "")

    def open_dmdSec(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Keep a descriptive section."""
        self._section("dmdSec", frame, "")

    def open_digiprovMD(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Keep a provenance section."""
        self._provenance += 1
        self._section("amdSec", frame, self._amd)

    def open_rightsMD(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Keep a rights section."""
        self._section("amdSec", frame, self._amd)

    def _section(self, kind: str, frame: Frame, outer: str) -> None:
        given = frame.attributes
        self.sections[kind].append(Section(given.get("ID", ""), given.get("STATUS") == "CURRENT", outer))

    def open_descriptive(self, frame: Frame) -> None:
        """Take a reference to descriptive metadata (CSIPSTR7)."""
        path = self._metadata(frame, "CSIPSTR7", "descriptive", "CSIP29")
        kind = frame.attributes.get("MDTYPE", "")
        if path and kind in described_kinds().said:
            self.package.described[path] = kind

    def open_provenance(self, frame: Frame) -> None:
        """Take a reference to preservation metadata (CSIPSTR6)."""
        given = frame.attributes
        self._provenances.append((given.get("MDTYPE", ""), given.get("MDTYPEVERSION", "")))
        path = self._metadata(frame, "CSIPSTR6", "preservation", "CSIP43")
        if path and frame.attributes.get("MDTYPE", "").startswith("PREMIS"):
            self.package.premis[path] = self.base

    def open_rights(self, frame: Frame) -> None:
        """Take a reference to rights metadata."""
        self._metadata(frame, "", "", "CSIP56")

    def open_technical(self, frame: Frame) -> None:
        """Take a reference to other metadata."""
        self._metadata(frame, "", "", "")

    def _metadata(self, frame: Frame, rule: str, folder: str, checksum: str) -> str | None:
        path = self._reference(frame, frame.attributes, checksum)
        other = frame.attributes.get("MDTYPE") == "OTHER" and folder
        allowed = f"{self.base}metadata/" if other else f"{self.base}metadata/{folder}/"
        if path and rule and not path.startswith(allowed):
            self.finding(rule, frame, "/@xlink:href", value=path)
        return path

    # fileSec

    def open_fileSec(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Count the file sections."""
        del frame
        self._file_sections += 1

    def open_fileGrp(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Keep a file group (CSIP62, CSIP63)."""
        given = frame.attributes
        group = Group(
            self.where(frame),
            given.get("ID", ""),
            given.get("USE", ""),
            given.get(TYPE, ""),
            given.get(OTHER_TYPE, ""),
        )
        self.groups.append(group)
        if group.id:
            self._group_uses[group.id] = group.use
        represents = self.representation is None and group.use.startswith("Representations")
        if represents and not group.information_type:
            self.finding("CSIP62", frame, "/@csip:CONTENTINFORMATIONTYPE", value="–")
        if group.information_type == "OTHER" and not group.other_type.strip():
            self.finding("CSIP63", frame, "/@csip:OTHERCONTENTINFORMATIONTYPE")

    def close_fileGrp(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Demand a file (CSIP66)."""
        if not frame.seen:
            self.finding("CSIP66", frame, "/file")

    def open_FLocat(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Take a reference to a file."""
        outer = self.frames[self.depth - 1]
        if frame.index == 1:
            self._reference(frame, outer.attributes, "CSIP71", outer)

    def _reference(
        self, frame: Frame, about: dict[str, str], checksum: str, owner: Frame | None = None
    ) -> str | None:
        """Find the file, keep its fixity; give its path when it is there."""
        package = self.package
        package.count("references")
        kind = algorithm(about.get("CHECKSUMTYPE", ""))
        given = about.get("CHECKSUM", "").strip()
        if kind and given and checksum and not well_formed(kind, given):
            self.finding(checksum, owner or frame, "/@CHECKSUM", value=given)
        href = frame.attributes.get(_HREF, "")
        if not href.strip():
            return None
        target, number = locate(package, href, self.base)
        if target.oddity:
            self.finding(target.oddity, frame, "/@xlink:href", value=href)
        if target.path is None:
            return None
        if number < 0:
            self.sink.report("FIX003", target.path, place=self.where(frame))
            return None
        again = self.where(frame) if package.inventory.declared[number] else ""
        declare(package, again, number, target.path, about)
        return target.path

    # structMap

    def open_structMap(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Keep a structural map."""
        given = frame.attributes
        self.maps.append(
            Map(self.where(frame), given.get("LABEL", ""), given.get("TYPE", ""), given.get("ID", ""))
        )

    def close_structMap(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """METS itself demands one main division of every map; that of CSIP has a rule of its own."""
        tops = len(self.maps[-1].tops)
        if tops != 1 and self.maps[-1].label != "CSIP":
            self.finding("SCH002" if tops < 1 else "SCH008", frame, "/div", name="div")

    def open_div(self, frame: Frame) -> None:
        """Keep the two upper levels of divisions."""
        given = frame.attributes
        if self.depth == _MAP_DEPTH + 1:
            self.maps[-1].tops.append((self.where(frame), given.get("ID", "")))
        elif self.depth == _MAP_DEPTH + 2:
            listed = {str(name): given[name] for name in ("ADMID", "DMDID") if name in given}
            division = Division(self.where(frame), given.get("LABEL", ""), given.get("ID", ""), listed)
            self.maps[-1].divisions.append(division)

    def open_fptr(self, frame: Frame) -> None:
        """Hold a file pointer against the file groups (CSIP116, CSIP118, CSIP119)."""
        if self.depth != _MAP_DEPTH + 3:
            return
        division = self.maps[-1].divisions[-1]
        code = _POINTING.get(division.label)
        target = frame.attributes.get("FILEID", "")
        use = self._group_uses.get(target)
        if use is not None:
            division.groups.add(target)
        if code is None or self.representation is not None or self.maps[-1].label != "CSIP":
            return
        dangling = target and not self.package.ids.holds(target)
        if not dangling and (use is None or use.split("/")[0] != division.label):
            self.finding(code, frame, "/@FILEID", value=target or "–")

    def open_mptr(self, frame: Frame) -> None:
        """Keep a pointer to a representation's METS.xml, which then need not be found by its name."""
        if self.depth != _MAP_DEPTH + 3:
            return
        given = {key.removeprefix(_XLINK): value for key, value in frame.attributes.items()}
        target, number = locate(self.package, given.get("href", ""), self.base)
        if target.oddity:
            self.finding(target.oddity, frame, "/@xlink:href", value=given.get("href", ""))
        if target.path and number >= 0:
            given["path"] = target.path
        self.maps[-1].divisions[-1].pointers.append(Pointer(self.where(frame), given))
