"""What closes a sub-case, told where the standard has no sub-cases: of each record in it, and of the case."""

from collections.abc import Iterator

from leverans.model import Agent, Case, Restriction, SubCase

_OPEN = "full"
_SHIELD = Restriction("personal_data", "none")


def restricts(one: Restriction) -> bool:
    """Say whether a restriction is one; one that lets everything be shown would say the opposite."""
    return one.web != _OPEN or one.law is not None or one.text is not None


def closing(case: Case) -> list[tuple[Restriction, ...]]:
    """Give for each record, in the order of `Case.all_records`, what closes the sub-cases that it lies in.

    A protected identity in a sub-case closes persons in all that lies in it.
    """
    return [() for _ in case.records] + [one for part in case.subcases for one in _closing(part, ())]


def shielded(case: Case) -> tuple[Agent, ...]:
    """Give the counterparts in sub-cases whose identity is protected: they are counterparts of the case."""
    return tuple(
        agent
        for part in case.all_subcases()
        for agent in part.agents
        if agent.type == "counterpart" and agent.protected_identity is not None
    )


def _closing(part: SubCase, above: tuple[Restriction, ...]) -> Iterator[tuple[Restriction, ...]]:
    own = [one for one in part.restrictions if restricts(one)]
    if any(agent.protected_identity is not None for agent in part.agents):
        own.append(_SHIELD)
    known = tuple(dict.fromkeys((*above, *own)))
    for record in part.records:
        yield tuple(one for one in known if one not in record.restrictions)
    for inner in part.subcases:
        yield from _closing(inner, known)
