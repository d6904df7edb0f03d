"""The receipt (kvittens) of a delivery: what came, what became of it, by count and digest."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt per run that archived or found nothing new: the body that is signed.

    The file is ``{"receipt": <this>, "signatures": […]}`` in the form of `leverans.trust.canonical`.

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
        connectors: digest of the connector of each source.
        terms: digest of the agreements of both routes, whole.
        plan: digest of the municipality's information plan.
        registry: digest of what of the municipality's files reaches packages (organisation numbers, creators
            and their days, the delivery's own words); receipts of earlier versions name none.
        functions: digest of the file of each registered function that the mapping calls, by name.
        content: ``objects``, ``sha256`` and ``stored``, the sets of content digests and of inventories
            (`leverans.ledger.ContentSet`).
        code: version of this software.
        audit: ``size`` and ``root``, the head of the audit log, in which this run is sealed.
        previous: digest of the receipt before this one of the same delivery, live or test; None at first.
        approval: the approved test run a live run rests on: ``run``, ``sha256`` of the set of content digests
            that was approved, ``decision``, and the ``difference`` in content since (objects ``new``,
            ``changed``, ``absent``); None where none was asked for.
        settles: for a settling run ``parent``, the full run, and ``decision``; None otherwise.
        decisions: id, action, person, reason, reference and number of items of every decision about the run.
        certificates: per source the certificate that the municipality holds (``leverans source certify``):
            ``source``, ``verdict`` (``kept``, ``broken``, ``unverified``, ``none``), ``sha256`` of its file,
            ``at``, digest of the ``connector`` that was tried; receipts of earlier versions name none.
        aside: objects, documents and rows that were set aside, by disposition, code and rule.
        quarantined: per reason the count of objects, rows and documents set aside.
        excluded: per rule the count.
        test: a test delivery.
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
    audit: dict[str, Any]
    content: dict[str, Any]
    connectors: dict[str, str] = field(default_factory=dict)
    terms: str = ""
    plan: str = ""
    registry: str = ""
    functions: dict[str, str] = field(default_factory=dict)
    previous: str | None = None
    approval: dict[str, Any] | None = None
    settles: dict[str, Any] | None = None
    decisions: tuple[dict[str, Any], ...] = ()
    certificates: tuple[dict[str, Any], ...] = ()
    aside: tuple[dict[str, Any], ...] = ()
    quarantined: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    test: bool = False
    schema_version: int = 2
