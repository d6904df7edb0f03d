"""No run without a submission agreement that matches what is about to be delivered."""

from collections.abc import Iterator
from datetime import datetime

from leverans.errors import Refused
from leverans.registry.types import Agreement, Delivery, Facts, Route


def match_agreement(delivery: Delivery, facts: Facts, reference_time: datetime, route: Route) -> None:
    """Hold the agreement of a route against what is about to be delivered.

    Args:
        delivery: the delivery whose agreement it is.
        facts: what is delivered; `Delivery.facts` unless the run knows better.
        reference_time: the run's own time; the agreement must hold and be signed then.
        route: ``open`` or ``protected``.

    Raises:
        Refused: AGR001 with every field that does not match in `problems`, or AGR008: the protected route
            has no agreement.
    """
    agreement = _agreement(delivery, route)
    problems = tuple(_mismatches(agreement, facts, reference_time))
    if problems:
        fields = ", ".join(str(problem.parameters["field"]) for problem in problems)
        raise Refused("AGR001", agreement.where, problems, agreement=agreement.id, fields=fields)


def _agreement(delivery: Delivery, route: Route) -> Agreement:
    if route == "open":
        return delivery.agreement
    if delivery.protected is None:
        raise Refused("AGR008", delivery.where, delivery=delivery.name)
    return delivery.protected.agreement


def _mismatches(agreement: Agreement, facts: Facts, moment: datetime) -> Iterator[Refused]:
    for code, field in (("AGR002", "producer"), ("AGR003", "system"), ("AGR004", "information_type")):
        agreed, found = getattr(agreement, field), getattr(facts, field)
        if agreed != found:
            yield _refused(code, agreement, field, agreed=agreed, found=found)
    if not agreement.period.covers(facts.period):
        agreed, found = agreement.period.text(), facts.period.text()
        yield _refused("AGR005", agreement, "period", agreed=agreed, found=found)
    day = moment.date()
    if not agreement.valid.holds(day):
        yield _refused("AGR006", agreement, "valid", agreed=agreement.valid.text(), found=day.isoformat())
    if not agreement.signed_by or agreement.signed_on is None or agreement.signed_on > day:
        yield _refused("AGR007", agreement, "signed", found=day.isoformat())


def _refused(code: str, agreement: Agreement, field: str, *, found: str, agreed: str = "") -> Refused:
    place = agreement.places.get(field, agreement.where)
    return Refused(code, place, field=field, agreed=agreed, found=found)
