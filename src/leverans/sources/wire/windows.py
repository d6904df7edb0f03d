"""Windows of time, one after the other, whatever a service says about how far it reached."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from leverans.sources.wire.client import Unfit
from leverans.sources.wire.declaring import Windows

SMALLEST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Reached:
    """What one answer of a window told.

    Attributes:
        items: how many items it holds.
        end: how far it says that it reached, or None where it does not say.
        text: the same as the service wrote it, with all its digits.
    """

    items: int
    end: datetime | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """One window: from `lower`, which is not in it, to `upper`, which is.

    Attributes:
        lower: the lower bound.
        upper: the upper bound.
        text: the lower bound as the service wrote it, or an empty text.
    """

    lower: datetime
    upper: datetime
    text: str = ""

    @property
    def values(self) -> dict[str, str]:
        """What stands in the request."""
        return {"from": self.text or self.lower.isoformat(), "to": self.upper.isoformat()}


Try = Callable[[Span], Reached]
"""Asks for a window and keeps nothing."""

Whole = Callable[[Span, int], bool]
"""Says whether a window surely holds no more than so many items."""


@dataclass(slots=True)
class Steps:
    """What was odd on the way.

    Attributes:
        odd: answers that did not say how far they reached.
        broken: windows that cannot be read, cut down to the smallest, with what is wrong.
    """

    odd: int
    broken: list[tuple[Span, Unfit]]


def walk(  # noqa: PLR0917  # its parts are told by name where it is used
    windows: Windows, until: datetime, attempt: Try, keep: Callable[[], None], whole: Whole, steps: Steps
) -> Iterator[Span]:
    """Ask for every window up to `until`, yielding each that was kept.

    An answer that says how far it reached is a page: the next begins there. One that holds items and does
    not say (nothing, its own beginning, a date long ago) may be cut off: unless the service counts the same
    number it is asked for again in halves. An empty answer is only the end of its window.

    Args:
        windows: what the connector's file says.
        until: the end of the last window, which is in it.
        attempt: asks for a window; the answer waits.
        keep: keeps the answer that waits.
        whole: says whether an answer can be complete.
        steps: takes what was odd.
    """
    lower = windows.start
    while lower < until:
        upper = min(lower + timedelta(days=windows.days), until)
        waiting = [Span(lower, upper)]
        while waiting:
            span = waiting.pop()
            try:
                reached = attempt(span)
            except Unfit as fault:
                if halves := _halves(span):
                    waiting += halves
                else:
                    steps.broken.append((span, fault))
                continue
            if reached.end is not None and span.lower < reached.end:
                keep()
                yield span
                if reached.end < span.upper:
                    waiting.append(Span(reached.end, span.upper, reached.text))
                continue
            if reached.items > 1 and windows.end:  # no service cuts an answer off at one
                steps.odd += 1
                halves = () if whole(span, reached.items) else _halves(span)
                if halves:
                    waiting += halves
                    continue
            keep()
            yield span
        lower = upper


def _halves(span: Span) -> tuple[Span, ...]:
    """The later half first: the last one is asked for next."""
    length = span.upper - span.lower
    if length <= SMALLEST:
        return ()
    middle = span.lower + timedelta(seconds=max(1, int(length.total_seconds()) // 2))
    if not span.lower < middle < span.upper:
        return ()
    return Span(middle, span.upper), Span(span.lower, middle, span.text)


def read_time(text: str, zone: str) -> datetime | None:
    """Read a time as services write them; one with an offset is brought to the zone's own clock."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if found.tzinfo is not None else found
