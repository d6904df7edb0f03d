"""The points that the protocols verify, each with its result, from the facts alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from leverans.report.facts import RunFacts
from leverans.report.rendering import number, render, size

_UNREAD = "DLV004"
_INVALID = "DLV003"
ALL_NAMES = 200
"""How many objects of each code a paper names."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a protocol.

    Attributes:
        sv: what is verified.
        en: the same in English.
        result: what was found, numbers and Swedish words.
        passed: whether it holds; None for what a person must judge.
    """

    sv: str
    en: str
    result: str
    passed: bool | None


def render_paper(paper: str, facts: RunFacts) -> str:
    """Render a paper; equal facts give equal text."""
    gone = [column for column in facts.columns.shown if column.gone]
    return render(paper, facts, points=points(facts), gone=gone, shown_names=ALL_NAMES)


def points(facts: RunFacts) -> tuple[Point, ...]:
    """Give the points of a protocol in the order they are verified."""
    return (*_agreed(facts), *_counted(facts), *_kept(facts), *_judged(facts))


def _agreed(facts: RunFacts) -> Iterator[Point]:
    told = f"{facts.agreement.id} ({facts.agreement.system}, {facts.agreement.information_type})"
    refused = any(problem.code.startswith("AGR") for problem in facts.problems.shown)
    yield Point(
        "Leveransöverenskommelsen gäller och stämmer med leveransen",
        "The submission agreement holds and matches the delivery",
        told,
        not refused,
    )


def _counted(facts: RunFacts) -> Iterator[Point]:
    rows = sum(stream.rows for stream in facts.streams.shown)
    broken = [stream.name for stream in facts.streams.shown if not stream.holds]
    yield Point(
        "Varje källrad har redovisats exakt en gång",
        "Every source row is accounted for exactly once",
        f"{number(rows)} rader i {facts.streams.total} strömmar"
        + (f"; går inte ihop: {', '.join(broken)}" if broken else ""),
        not broken,
    )
    objects, documents = facts.objects, facts.documents
    yield Point(
        "Funna objekt = arkiverade + oförändrade + i karantän + undantagna",
        "Objects found = archived + unchanged + quarantined + excluded",
        f"{number(objects.found)} = {number(objects.archived)} + {number(objects.unchanged)}"
        f" + {number(objects.quarantined)} + {number(objects.excluded)}",
        objects.holds,
    )
    yield Point(
        "Förtecknade dokument = arkiverade + i karantän + undantagna",
        "Documents listed = archived + quarantined + excluded",
        f"{number(documents.listed)} = {number(documents.archived)} + {number(documents.quarantined)}"
        f" + {number(documents.excluded)}",
        documents.holds,
    )


def _kept(facts: RunFacts) -> Iterator[Point]:
    codes = {problem.code for problem in facts.problems.shown}
    packages = sum(one.packages for one in facts.package_totals)
    volume = sum(one.size for one in facts.package_totals)
    yield Point(
        "Varje paket är validerat och arkiverat, med kontrollsumma SHA-256",
        "Every package is validated and archived, with its SHA-256 digest",
        f"{number(packages)} paket, {size(volume)}",
        _INVALID not in codes,
    )
    yield Point(
        "Det arkiverade är läst tillbaka och lika, byte för byte",
        "What was archived reads back the same, byte by byte",
        f"{number(facts.objects.archived)} objekt, {size(facts.documents.bytes)} dokument",
        bool(facts.balanced) and _UNREAD not in codes,
    )


def _judged(facts: RunFacts) -> Iterator[Point]:
    if facts.formats.total:
        unknown = sum(one.documents for one in facts.formats.shown if not one.puid)
        yield Point(
            "Varje dokuments format är identifierat (PRONOM)",
            "Every document's format is identified (PRONOM)",
            f"{facts.formats.total} format; {number(unknown)} dokument utan identifierat format",
            True if unknown == 0 else None,
        )
    left = facts.undecided
    yield Point(
        "Allt som satts i karantän har ett beslut",
        "Everything quarantined has a decision",
        "inte känt" if left is None else f"{number(left)} utan beslut",
        None if left is None else left == 0,
    )
