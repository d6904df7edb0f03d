"""A package of ours as the beginning of another one: its cases, its bytes, and the order it was made by."""

import json
import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from lxml import etree

from leverans.contracts import PackageDescriptor
from leverans.formats.profiles import AgentRole, Profile
from leverans.model import Case
from leverans.packaging.opening import read_package
from leverans.packaging.order import Organisation, PackageOrder, Software
from leverans.packaging.parsing import own_parser

_PART = re.compile(r"\((\d+)/(\d+)\)$")
_ABOUT = "about.txt"


class Reopened:
    """A package that stands as a zip; use it in a ``with`` block.

    What METS says of the files is held in memory.

    Args:
        path: the zip.
        profile: what it was made with.
    """

    def __init__(self, path: Path, profile: Profile) -> None:
        self._path, self._profile = path, profile
        self._zip = zipfile.ZipFile(path)
        self._root = self._zip.namelist()[0].partition("/")[0]
        self._members = self._digests()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def cases(self) -> Iterator[Case]:
        """Yield the cases as they went in."""
        return read_package(self._path, self._profile)

    def open(self, sha256: str) -> BinaryIO:
        """Open the bytes of a digest.

        Raises:
            FileNotFoundError: the package has none of it.
        """
        if sha256 not in self._members:
            raise FileNotFoundError(sha256)
        return cast("BinaryIO", self._zip.open(self._members[sha256]))

    def order(
        self, descriptor: PackageDescriptor, target: Profile, software: Software, information_type: str
    ) -> PackageOrder:
        """Give the order for the same objects in another form.

        Args:
            descriptor: what the ledger knows of the package.
            target: the other form.
            software: what writes it.
            information_type: what the agreement calls the information.
        """
        tree = etree.fromstring(self._zip.read(f"{self._root}/METS.xml"), own_parser())
        header = tree.find(self._mets("metsHdr"))
        references = {one.get("TYPE"): one.text or "" for one in tree.iter(self._mets("altRecordID"))}
        agents = {kind: self._agent(tree, role) for kind, role in self._profile.agents.items()}
        system, submitter = agents["system"], Organisation(*agents["submitter"])
        part = _PART.search(tree.get("LABEL", ""))
        previous = references.get("PREVIOUSSUBMISSIONAGREEMENT")
        return PackageOrder(
            id=str(uuid.uuid5(uuid.UUID(descriptor.id), target.name)),
            delivery=descriptor.delivery,
            partition=descriptor.partition,
            route=descriptor.route,
            status=descriptor.status,
            profile=target,
            reference_time="" if header is None else header.get("CREATEDATE", ""),
            agreement={"id": references.get("SUBMISSIONAGREEMENT", "")}
            | ({"previous": previous} if previous else {}),
            municipality=submitter,
            creator=Organisation(*agents["archivist"]),
            submitter=submitter,
            preservation=Organisation(*agents["preservation"]),
            system=Software(system[0], system[1] or ""),
            software=software,
            information_type=information_type,
            part=int(part[1]) if part else 1,
            parts=int(part[2]) if part else 1,
            documentation=self._documentation(),
            lineage=tuple(self._lineage()),
            reference_code=references.get("REFERENCECODE"),
            previous_reference_code=references.get("PREVIOUSREFERENCECODE"),
        )

    def _mets(self, name: str) -> str:
        return f"{{{self._profile.namespaces['mets']}}}{name}"

    def _agent(self, tree: etree._Element, role: AgentRole) -> tuple[str, str | None]:
        wanted = (role.role, role.other_role, role.type, role.other_type)
        for one in tree.iter(self._mets("agent")):
            if tuple(one.get(name) for name in ("ROLE", "OTHERROLE", "TYPE", "OTHERTYPE")) == wanted:
                return one.findtext(self._mets("name"), ""), one.findtext(self._mets("note"))
        return "", None

    def _documentation(self) -> dict[str, bytes]:
        folder = f"{self._root}/documentation/"
        names = (name for name in self._zip.namelist() if name.startswith(folder))
        return {
            name.removeprefix(folder): self._zip.read(name) for name in names if name != f"{folder}{_ABOUT}"
        }

    def _lineage(self) -> Iterator[Mapping[str, Any]]:
        for name in self._zip.namelist():
            if name.endswith("/metadata/other/lineage.jsonl"):
                yield from (json.loads(line) for line in self._zip.read(name).splitlines())

    def _digests(self) -> dict[str, str]:
        """Give the member of each digest that a representation's METS states."""
        found: dict[str, str] = {}
        href = f"{{{self._profile.namespaces['xlink']}}}href"
        for name in self._zip.namelist():
            base, _, last = name.rpartition("/")
            if last == "METS.xml" and base != self._root:
                tree = etree.fromstring(self._zip.read(name), own_parser())
                for one in tree.iter(self._mets("file")):
                    place = one.find(self._mets("FLocat"))
                    if place is not None:
                        found.setdefault(one.get("CHECKSUM", ""), f"{base}/{place.get(href, '')}")
        return found
