"""Who delivers to whom under which agreement, from the municipality's own files where they can be read."""

from collections.abc import Mapping
from dataclasses import replace

from leverans.errors import LeveransError
from leverans.registry import Agreement, Delivery, load_delivery
from leverans.report.parts import AgreementFacts, Parties
from leverans.settings import Settings


def read_delivery(settings: Settings, name: str) -> Delivery | None:
    """Read the delivery's files; None when they are not there or wrong: a report is written all the same."""
    try:
        return load_delivery(settings.content, name)
    except (LeveransError, OSError):
        return None


def parties(delivery: Delivery | None) -> Parties:
    """Give the parties of a delivery."""
    if delivery is None:
        return Parties()
    tenant = delivery.municipality
    return Parties(
        municipality=tenant.display_name,
        number=tenant.organisation_number,
        producer=delivery.producer,
        authority=tenant.archival_authority,
        keeper=tenant.preservation_organisation.name,
        keeper_number=tenant.preservation_organisation.number,
        creators=tuple((creator.name, creator.period.text()) for creator in delivery.creators),
    )


def agreement(told: Mapping[str, str], delivery: Delivery | None, agreed: str) -> AgreementFacts:
    """Give what is known of the agreement of a run.

    Args:
        told: what the receipt tells, empty when there is none.
        delivery: the municipality's files now; used only if they still name the same agreement.
        agreed: id of the agreement in the ledger.
    """
    found = delivery.agreement if delivery is not None and delivery.agreement.id == agreed else None
    base = dict(told) or (found.plain() if found else {})
    facts = AgreementFacts(
        id=agreed,
        system=base.get("system", ""),
        information_type=base.get("information_type", ""),
        period=base.get("period", ""),
        custody=base.get("custody", ""),
    )
    return facts if found is None else _fuller(facts, found)


def _fuller(facts: AgreementFacts, found: Agreement) -> AgreementFacts:
    return replace(
        facts,
        previous=found.previous or "",
        valid=found.valid.text(),
        checksum=found.checksum,
        transferred=found.transferred,
        signed_by=found.signed_by,
        signed_on=found.signed_on.isoformat() if found.signed_on else "",
        retention=found.retention,
        secrecy=found.secrecy,
    )
