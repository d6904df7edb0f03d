"""What was quarantined, by code, and what was excluded, by rule."""

from collections.abc import Iterable, Iterator, Mapping

from leverans.findings import catalogue
from leverans.ledger import AsideGroup, AsideName, Asides
from leverans.ledger.types import reason_text
from leverans.report.guarded import apart, named
from leverans.report.landed import Landed
from leverans.report.parts import AsideFacts, CodeFacts, Cut, ExcludedFacts

QUARANTINED, EXCLUDED = "quarantined", "excluded"
_RULES, _PLACES = 3, 8
_ORDER = ("critical", "error", "quarantine", "mixed", "warning", "info", "")


def kinds(counts: Mapping[str, int]) -> tuple[CodeFacts, ...]:
    """Give each code with its texts and count, most severe first; a text's places show ``…``."""
    found = [kind(code, count=count) for code, count in counts.items() if count]
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.severity), -one.count, one.code)))


def kind(code: str, rules: Iterable[str] = (), *, count: int = 0) -> CodeFacts:
    """Give a code with its texts; one that this version no longer knows stands for itself."""
    listed = list(rules)
    rule = ", ".join(listed[:_RULES]) + (", …" if len(listed) > _RULES else "") or "…"
    known = catalogue().get(code)
    if known is None:
        return CodeFacts(code, "", code, code, count=count)
    sv, en = (reason_text(code, rule, language).replace("–", "…") for language in ("sv", "en"))
    return CodeFacts(code, known.severity, sv, en, known.remedy_sv, known.remedy_en, count)


def quarantined(asides: Asides, landed: Landed) -> Iterator[AsideFacts]:
    """Give what was set aside, most first."""
    codes: dict[str, list[AsideGroup]] = {}
    for group in asides.groups:
        if group.disposition == QUARANTINED:
            codes.setdefault(group.code, []).append(group)
    for code, groups in sorted(codes.items(), key=lambda item: (-_all(item[1]), item[0])):
        protected = sum(group.objects + group.rows for group in groups if group.route == "protected")
        rules = _distinct(group.rule for group in groups)
        shown = asides.names.get((QUARANTINED, code), ())
        yield AsideFacts(
            disposition=QUARANTINED,
            kind=kind(code, rules, count=_all(groups)),
            rules=rules,
            objects=sum(group.objects for group in groups),
            documents=sum(group.documents for group in groups),
            rows=sum(group.rows for group in groups),
            protected=protected,
            places=_distinct(group.place for group in groups)[:_PLACES],
            names=Cut(
                tuple(apart([_called(name, landed) for name in shown])),
                _all(groups) - protected,
            ),
        )


def _called(name: AsideName, landed: Landed) -> tuple[str, str | None, int]:
    key = name.key if name.object is not None else None
    return named(name, landed.files, known=landed.known), key, name.number


def excluded(asides: Asides) -> Iterator[ExcludedFacts]:
    """Give what was excluded by each rule, sorted by rule."""
    rules: dict[tuple[str, str], list[AsideGroup]] = {}
    for group in asides.groups:
        if group.disposition == EXCLUDED:
            rules.setdefault((group.rule or group.code, group.code), []).append(group)
    for (rule, code), groups in sorted(rules.items()):
        yield ExcludedFacts(
            rule=rule,
            code=code,
            objects=sum(group.objects for group in groups),
            documents=sum(group.documents for group in groups),
            rows=sum(group.rows for group in groups),
            places=_distinct(group.place for group in groups)[:_PLACES],
        )


def _all(groups: list[AsideGroup]) -> int:
    return sum(group.objects + group.rows for group in groups)


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
