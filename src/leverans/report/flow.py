"""The flow as a drawing: what came on the left, what became of it on the right.

Geometry only; the template draws it. Widths are proportional within a band, except that a small flow is
drawn at least `THINNEST` wide, so that one lost row among a million is still seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leverans.report.facts import RunFacts
from leverans.report.parts import DocumentCounts, ObjectCounts, StreamFacts

WIDTH = 1000
LEFT, RIGHT, BAR = 282, 708, 9
TALL = 150.0
"""Height of a band's flows together, before small ones are widened."""
THINNEST = 2.5
SLOT = 38.0
"""Height that a label needs: its number and name, and the English below."""
GAP = 6.0
HEAD, FOOT = 30.0, 12.0
MOST_STREAMS = 9


@dataclass(frozen=True, slots=True)
class Box:
    """A bar with its label: `sv` and `en` beside `value`; `y` and `height` of the bar, `label` its middle."""

    sv: str
    en: str
    value: int
    tone: str
    y: float
    height: float
    label: float


@dataclass(frozen=True, slots=True)
class Ribbon:
    """One flow from a box on the left to one on the right; `thick` is its width at both ends."""

    source: int
    target: int
    value: int
    tone: str
    y0: float
    y1: float
    thick: float

    @property
    def path(self) -> str:
        """The outline as an SVG path."""
        x0, x1 = LEFT + BAR, RIGHT
        bend = (x1 - x0) * 0.46
        a, b, t = self.y0, self.y1, self.thick
        return (
            f"M{x0},{a:.2f}C{x0 + bend:.0f},{a:.2f} {x1 - bend:.0f},{b:.2f} {x1},{b:.2f}"
            f"V{b + t:.2f}C{x1 - bend:.0f},{b + t:.2f} {x0 + bend:.0f},{a + t:.2f} {x0},{a + t:.2f}Z"
        )


@dataclass(frozen=True, slots=True)
class Band:
    """One kind of thing and its flows: rows, objects or documents.

    Attributes:
        sv: what flows.
        en: the same in English.
        total: how many came.
        height: of the whole drawing.
        left: where from.
        right: what became of them.
        ribbons: the flows.
        widened: whether any flow is drawn wider than its share.
    """

    sv: str
    en: str
    total: int
    height: float
    left: tuple[Box, ...]
    right: tuple[Box, ...]
    ribbons: tuple[Ribbon, ...]
    widened: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """All bands, each a drawing of its own, so that paper can break between them."""

    bands: tuple[Band, ...]

    @property
    def widened(self) -> bool:
        """Whether any flow is drawn wider than its share."""
        return any(band.widened for band in self.bands)


Label = tuple[str, str, str]
"""Swedish, English, tone."""
_OBJECTS: Mapping[str, Label] = {
    "archived": ("arkiverade nu", "archived now", "archived"),
    "unchanged": ("oförändrade i arkivet", "unchanged in the archive", "unchanged"),
    "quarantined": ("i karantän", "quarantined", "quarantined"),
    "excluded": ("undantagna av regel", "excluded by rule", "excluded"),
    "held": ("hålls tillbaka", "held back", "quarantined"),
}
_DOCUMENTS: Mapping[str, Label] = {
    "archived": ("i arkivet", "in the archive", "archived"),
    "quarantined": ("i karantän", "quarantined", "quarantined"),
    "excluded": ("undantagna", "excluded", "excluded"),
    "held": ("hålls tillbaka", "held back", "quarantined"),
}
_ROWS: Mapping[str, Label] = {
    "object": ("rader som är objekt", "rows that are objects", "archived"),
    "part_of": ("rader som är del av objekt", "rows that are part of objects", "archived"),
    "reference": ("delade rader, t.ex. kodtabeller", "shared rows, e.g. code tables", "unchanged"),
    "quarantined": ("rader i karantän", "rows quarantined", "quarantined"),
    "excluded": ("rader som undantagits", "rows excluded", "excluded"),
}


def flow(facts: RunFacts) -> Flow:
    """Draw objects, documents and rows by stream; a kind of which nothing came is left out."""
    kinds = (kind for kind in _kinds(facts) if any(value for _, _, value in kind.links))
    return Flow(tuple(_band(kind) for kind in kinds))


Link = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of thing before it has a place: its names, where it comes from, and how much goes where."""

    sv: str
    en: str
    sources: list[tuple[str, str]]
    labels: Mapping[str, Label]
    links: list[Link]


def _kinds(facts: RunFacts) -> Iterable[_Kind]:
    streams = _streams(facts.streams.shown)
    rows = [(at, name, getattr(stream, name)) for at, stream in enumerate(streams) for name in _ROWS]
    found, listed = (
        ("funna i källan", "found in the source"),
        ("förtecknade i källan", "listed in the source"),
    )
    yield _Kind("Objekt", "objects", [found], _OBJECTS, _links(facts.objects, _OBJECTS))
    yield _Kind("Dokument", "documents", [listed], _DOCUMENTS, _links(facts.documents, _DOCUMENTS))
    yield _Kind("Rader", "rows", [(stream.name, "") for stream in streams], _ROWS, rows)


def _links(counts: ObjectCounts | DocumentCounts, labels: Mapping[str, Label]) -> list[Link]:
    return [(0, name, getattr(counts, name)) for name in labels]


def _streams(streams: tuple[StreamFacts, ...]) -> list[StreamFacts]:
    """Give the streams with most rows, in the order of where most of their rows went; the others together."""
    ordered = sorted((stream for stream in streams if stream.rows), key=lambda one: (-one.rows, one.name))
    if len(ordered) <= MOST_STREAMS:
        return sorted(ordered, key=_main)
    kept, rest = ordered[: MOST_STREAMS - 1], ordered[MOST_STREAMS - 1 :]
    sums = [sum(getattr(one, name) for one in rest) for name in ("rows", *_ROWS)]
    return [*sorted(kept, key=_main), StreamFacts(f"{len(rest)} strömmar till", *sums)]


def _main(stream: StreamFacts) -> int:
    """Give the place of the disposition that most of a stream's rows have; so fewer flows cross."""
    counts = [getattr(stream, name) for name in _ROWS]
    return counts.index(max(counts))


def _band(kind: _Kind) -> Band:
    """Lay out one band."""
    links = [link for link in kind.links if link[2]]
    total = sum(value for _, _, value in links)
    thick = {(source, name): max(THINNEST, value / total * TALL) for source, name, value in links}
    names = [name for name in kind.labels if any(name == link[1] for link in links)]
    left_sums = [_sums(links, thick, 0, at) for at in range(len(kind.sources))]
    right_sums = [_sums(links, thick, 1, name) for name in names]
    lefts, rights = [wide for _, wide in left_sums], [wide for _, wide in right_sums]
    tall = max(_stack(lefts), _stack(rights))
    middle = HEAD + tall / 2
    left = _boxes([(*source, "source") for source in kind.sources], left_sums, middle - _stack(lefts) / 2)
    right = _boxes([kind.labels[name] for name in names], right_sums, middle - _stack(rights) / 2)
    ribbons = _ribbons(links, thick, left, right, names)
    widened = any(one.thick > one.value / total * TALL + 1e-9 for one in ribbons)
    return Band(kind.sv, kind.en, total, HEAD + tall + FOOT, left, right, ribbons, widened)


def _sums(
    links: list[Link], thick: Mapping[tuple[int, str], float], side: int, wanted: int | str
) -> tuple[int, float]:
    """Give value and width of all flows that have `wanted` on a side (0 left, 1 right)."""
    own = [link for link in links if link[side] == wanted]
    return sum(link[2] for link in own), sum(thick[link[0], link[1]] for link in own)


def _stack(heights: list[float]) -> float:
    return sum(max(height, SLOT) for height in heights) + GAP * max(0, len(heights) - 1)


def _boxes(labels: list[Label], sums: list[tuple[int, float]], top: float) -> tuple[Box, ...]:
    boxes, y = [], top
    for (sv, en, tone), (value, height) in zip(labels, sums, strict=True):
        slot = max(height, SLOT)
        boxes.append(Box(sv, en, value, tone, y + (slot - height) / 2, height, y + slot / 2))
        y += slot + GAP
    return tuple(boxes)


def _ribbons(
    links: list[Link],
    thick: Mapping[tuple[int, str], float],
    left: tuple[Box, ...],
    right: tuple[Box, ...],
    names: list[str],
) -> tuple[Ribbon, ...]:
    ends = {name: box.y for name, box in zip(names, right, strict=True)}
    starts = [box.y for box in left]
    ribbons = []
    order = sorted(links, key=lambda link: (link[0], names.index(link[1])))
    for source, name, value in order:
        wide, at = thick[source, name], names.index(name)
        ribbons.append(Ribbon(source, at, value, right[at].tone, starts[source], ends[name], wide))
        starts[source] += wide
        ends[name] += wide
    return tuple(ribbons)
