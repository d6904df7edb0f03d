"""Who delivers to whom under which agreement: as it was at the run, else as the files say now."""

from collections.abc import Mapping
from typing import Any

from leverans.blobs import canonical_digest
from leverans.delivery.basis import agreed, registered
from leverans.errors import LeveransError
from leverans.registry import Delivery, load_delivery
from leverans.report.parts import AgreementFacts, Parties
from leverans.settings import Settings

_TOLD = ("system", "information_type", "period", "custody")
_WORDS = ("previous", "valid", "checksum", "signed_by", "signed_on")


def read_delivery(settings: Settings, name: str) -> Delivery | None:
    """Read the delivery's files; None when they are not there or wrong: a report is written all the same."""
    try:
        return load_delivery(settings.content, name)
    except (LeveransError, OSError):
        return None


def parties(kept: Mapping[str, Any], delivery: Delivery | None, bound: str) -> Parties:
    """Give the parties of a run.

    Args:
        kept: what the run wrote down of the registry (`leverans.delivery.basis.registered`), empty when it
            ended before that or was made by an earlier version.
        delivery: the municipality's files now; used only when nothing was kept.
        bound: the digest of the registry in the run's receipt, empty where it names none.
    """
    if kept:
        return _parties(kept, today=False)
    if delivery is None:
        return Parties()
    now = registered(delivery)
    return _parties(now, today=canonical_digest(now) != bound)


def agreement(
    told: Mapping[str, str], kept: Mapping[str, Any], delivery: Delivery | None, id_: str
) -> AgreementFacts:
    """Give what is known of the agreement of a run.

    Args:
        told: what the receipt tells, empty when there is none.
        kept: what the run wrote down of it (`leverans.delivery.basis.agreed`), empty as above.
        delivery: the municipality's files now; used only when nothing was kept and they name the same one.
        id_: id of the agreement in the ledger.
    """
    now = delivery.agreement if delivery is not None and delivery.agreement.id == id_ else None
    known = dict(kept) or (agreed(now) if now else {})
    base = dict(told) or known
    return AgreementFacts(
        id=id_,
        **{name: str(base.get(name, "")) for name in _TOLD},
        **{name: str(known.get(name, "")) for name in _WORDS},
        transferred=known.get("transferred"),
        retention=tuple(known.get("retention", ())),
        secrecy=tuple(known.get("secrecy", ())),
    )


def _parties(told: Mapping[str, Any], *, today: bool) -> Parties:
    keeper = told["preservation_organisation"]
    return Parties(
        municipality=told["display_name"],
        number=told["organisation_number"],
        producer=told["producer"],
        authority=told["archival_authority"],
        keeper=keeper["name"],
        keeper_number=keeper["number"],
        creators=tuple((creator["name"], creator["period"]) for creator in told["creators"]),
        today=today,
    )
