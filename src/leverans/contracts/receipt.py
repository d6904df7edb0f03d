"""The receipt (kvittens) of a delivery: what came, what became of it, by count and digest."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt per run that archived, refused or found nothing new.

    Attributes:
        run: id of the run in the ledger.
        delivery: ``municipality/delivery``.
        agreement: id, producer, system, information type and period of the submission agreement.
        reference_time: the only clock inside the packages, xs:dateTime in UTC.
        issued: when the receipt was written, xs:dateTime in UTC.
        status: as in the ledger.
        balanced: the conservation law holds for every stream and for documents.
        settled: nothing in quarantine is undecided.
        objects: counts as in ``leverans run --json``.
        streams: per stream rows, object, part_of, reference, quarantined, excluded.
        documents: listed, landed, archived, quarantined, excluded, bytes.
        packages: id, sha256, size, objects, route and status of each package.
        findings: count per code.
        landing: digest of the landing manifest.
        mapping: digest of the mapping and what it uses.
        code: version of this software.
        quarantined: per reason the count of objects, rows and documents set aside.
        excluded: per rule the count.
    """

    run: str
    delivery: str
    agreement: dict[str, str]
    reference_time: str
    issued: str
    status: Literal["complete", "incomplete", "refused"]
    balanced: bool
    settled: bool
    objects: dict[str, Any]
    streams: dict[str, dict[str, int]]
    documents: dict[str, int]
    packages: tuple[dict[str, Any], ...]
    findings: dict[str, int]
    landing: str
    mapping: str
    code: str
    quarantined: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    test: bool = False
    schema_version: int = 1
