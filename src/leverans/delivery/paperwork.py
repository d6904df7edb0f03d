"""What travels in a package beside its objects, and what is kept beside it: papers, schemas, later life."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from leverans.blobs import commit
from leverans.contracts import PackageDescriptor
from leverans.delivery.job import Job
from leverans.errors import ConfigurationError
from leverans.formats.profiles import Profile
from leverans.mapping import Plan
from leverans.mapping.tools.document import Facts, document
from leverans.packaging import Organisation, Software
from leverans.packaging.lifecycle import Happening, write_lifecycle

ANNEX, DESCRIPTION = "metadatabilaga.html", "leveransbeskrivning.md"
BESIDE = "packages"
_KNOWN = "landing"


def annex(job: Job, plan: Plan) -> bytes:
    """Give the metadatabilaga: what the delivery keeps, drops and protects, field by field."""
    delivery = job.delivery
    facts = Facts(
        delivery=delivery.name,
        municipality=delivery.municipality.display_name,
        producer=delivery.producer,
        system=delivery.system,
        agreement=delivery.agreement.id,
        sources=tuple((entry.name, entry.connector, _KNOWN) for entry in delivery.sources),
        files={},  # how the delivery is run stands outside: packages are the same wherever they are made
        profile=delivery.profile,
    )
    return document(plan, facts).encode()


def description(job: Job, system: Software) -> bytes:
    """Give the leveransbeskrivning: who hands over what, from which system, under which agreement."""
    delivery = job.delivery
    period = f"{delivery.period.start}–{delivery.period.end or ''}"
    creators = "".join(f"- {one.name}\n" for one in delivery.creators)
    sources = "".join(f"- {entry.name}: {entry.connector}\n" for entry in delivery.sources)
    return (
        f"# Leveransbeskrivning {delivery.name}\n\n"
        f"Kommun: {delivery.municipality.display_name}\n\nLevererande: {delivery.producer}\n\n"
        f"Källsystem: {system.label}\n\nInformationstyp: {delivery.information_type}\n\nTid: {period}\n\n"
        f"Leveransöverenskommelse: {delivery.agreement.id}\n\nMålprofil: {delivery.profile}\n\n"
        f"## Arkivbildare\n{creators}\n## Källor\n{sources}\n"
        "Vad varje fält blev står i metadatabilaga.html och column-ledger.csv.\n"
    ).encode()


def official_schemas(folder: Path | None, profile: Profile) -> dict[str, bytes]:
    """Read the official schemas of a profile that the centre keeps, each held to its published digest.

    Raises:
        ConfigurationError: PKG011 one is missing, PKG012 one has other bytes than those that were published.
    """
    if folder is None:
        return {}
    made: dict[str, bytes] = {}
    for one in profile.schemas:
        path = folder / one.file_name
        try:
            content = path.read_bytes()
        except OSError:
            raise ConfigurationError("PKG011", one.file_name, schema=one.name) from None
        if hashlib.sha256(content).hexdigest() != one.sha256:
            raise ConfigurationError("PKG012", one.file_name, schema=one.name, sha256=one.sha256)
        made[one.file_name] = content
    return made


def keep_lifecycle(
    job: Job, package: PackageDescriptor, happenings: Sequence[Happening], software: Software
) -> None:
    """Write PREMIS beside a package that the archive has taken."""
    keeper = job.delivery.municipality.preservation_organisation
    who = Organisation(keeper.name, keeper.number)
    folder = job.home.evidence(job.name, job.run.id) / BESIDE
    with commit(folder) as group:
        text = write_lifecycle(job.profile, package, happenings, software, who)
        group.file(folder / f"{package.path.partition('.')[0]}.premis.xml").write_bytes(text)


def counted(counts: Mapping[str, int]) -> str:
    """Give counts in one line."""
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "0"
