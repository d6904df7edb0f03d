"""Decisions that were made for test deliveries alone: a live run meets the same faults undecided."""

from collections import Counter
from collections.abc import Iterator

from leverans.ledger import Decision, Ledger, Run
from leverans.ledger.standing import Standing

Thing = tuple[str | None, ...]
"""What a decision is about: an object and a code; or stream, key and code of a row."""


def only_for_test(ledger: Ledger, delivery: str, upto: Run | None = None) -> dict[str, int]:
    """Count what is accepted or excluded for test deliveries and not for live ones, by action, sorted.

    Args:
        ledger: the municipality's.
        delivery: ``municipality/delivery``.
        upto: leave out decisions about later test runs than this one.
    """
    tested = ledger.decisions.standing(
        delivery, test=True, only=lambda one: upto is None or one.run <= upto.number
    )
    live = {thing: made.action for thing, made in _things(ledger.decisions.standing(delivery))}
    found = Counter(made.action for thing, made in _things(tested) if live.get(thing) != made.action)
    return dict(sorted(found.items()))


def _things(standing: Standing) -> Iterator[tuple[Thing, Decision]]:
    for thing, codes in standing.objects.items():
        for code, made in codes.items():
            yield (thing, code), made
    for key, made in standing.rows.items():
        yield tuple(key), made
