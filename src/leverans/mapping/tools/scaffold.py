"""Writes the mapping of a source that nobody has mapped: its proposal, and every column as `todo`."""

from collections.abc import Iterator

from leverans.contracts.profile import ColumnProfile, Proposal, Reference, SourceProfile, TableProfile
from leverans.formats.yamlquote import comment, flow, quoted

_SURE = 0.995
_ALTERNATIVES = 3
_POSSIBLE = 0.4
_DOUBTFUL = 0.7
_WEAK, _CLOSE = 0.5, 0.1
_HEAD = """\
# yaml-language-server: $schema=../_schema/mapping.schema.json
# {title}: utkast av leverans new source. Ingen kolumn är avgjord än.
#
# Så här blir det en mappning:
#   1. Rätta ärendet, kopplingarna och det som hör till ärendet, om förslagen är fel.
#   2. Flytta varje kolumn ur todo: till ett fält (fields, agents, events, extras …), eller till drop:
#      med skäl. En hel tabell utan värde för arkivet står under leave: med skäl.
#   3. leverans mapping check, preview och coverage säger vad som återstår.
#
# Siffrorna är räknade i källan. Inga värden står här, bara former: A versal, a gemener, 9 siffra,
# x annat tecken.
"""


def mapping_file(
    profile: SourceProfile, proposal: Proposal, *, name: str, title: str, information_type: str
) -> str:
    """Give the text of the mapping.

    Args:
        profile: what was seen.
        proposal: which table is the case, what hangs on it, what it refers to.
        name: id of the mapping.
        title: what people call it.
        information_type: as in the submission agreement.
    """
    return "\n".join(_Writer(profile, proposal).lines(name, title, information_type)) + "\n"


class _Writer:
    def __init__(self, profile: SourceProfile, proposal: Proposal) -> None:
        self.profile = profile
        self.proposal = proposal
        self.root = profile.table(proposal.root)
        self.chosen: dict[tuple[str, str], Reference] = {}
        self.others: dict[tuple[str, str], list[Reference]] = {}
        self._sort()
        self.joined: dict[str, str] = {}
        self.taken: list[str] = []

    def _sort(self) -> None:
        """Put the references with the columns they are of."""
        chosen = self.profile.chosen()
        for one in chosen:
            for column in one.columns:
                self.chosen.setdefault((one.table, column), one)
        known = set(chosen)
        for one in self.profile.references:
            if len(one.columns) == 1 and one.score >= _POSSIBLE and one not in known:
                self.others.setdefault((one.table, one.columns[0]), []).append(one)

    def lines(self, name: str, title: str, information_type: str) -> Iterator[str]:
        yield _HEAD.format(title=comment(title)).rstrip()
        yield "mapping: 1"
        yield f"id: {quoted(name)}"
        yield f"title: {quoted(title)}"
        yield f"information_type: {quoted(information_type)}"
        yield f"sources: [{quoted(self.profile.source)}]"
        yield ""
        yield self._partition()
        yield ""
        yield "entities:"
        yield from self._guesses()
        yield from self._case()
        yield from self._tables()

    def _partition(self) -> str:
        name = self.proposal.partition
        if not name:
            return "partition: {by: {constant: alla}}   # ingen kolumn ser ut som ett datum: en partition"
        column = self.root.column(name)
        why = f"{column.years} olika år, {_share(1 - column.filled / column.rows)} saknar värde"
        return f"partition: {{by: {_dated(column)}, take: year}}   # ett paket per år; {why}"

    def _guesses(self) -> Iterator[str]:
        for number, guess in enumerate(self.proposal.guesses[:3]):
            said = "Föreslagen som ärende" if number == 0 else "Annars"
            seen = [
                f"{guess.children} tabeller hänvisar till den",
                f"{guess.dates} datum",
                f"hänvisar till {guess.refers}",
            ]
            seen += [f"nummer i {quoted(guess.number)}"] if guess.number else []
            seen += ["namnet är vanligt för ett ärende"] if guess.named else []
            yield f"  # {said}: {quoted(guess.table)} ({guess.score:.2f}): {', '.join(seen)}".replace(
                "0.", "0,", 1
            )
        for doubt in doubts(self.proposal):
            yield f"  # OSÄKERT: {doubt}"

    def _case(self) -> Iterator[str]:
        yield "  case:"
        yield f"    from: {self._name(self.root.name)}"
        seen = "" if self.root.declared else "   # inte deklarerad i källan"
        keys = [self.root.column(name) for name in self.proposal.key]
        if not self.root.declared and not all(key.unique and key.filled == key.rows for key in keys[:1]):
            seen += "; OSÄKER: några rader delar nyckel eller saknar den och kommer att ställas åt sidan"
        yield f"    key: {flow(self.proposal.key)}{seen}"
        if self.root.personal:
            yield "    personal: true   # nyckeln ser ut som ett personnummer"
        for above in self.chosen.values():
            if above.table == above.target == self.root.name:
                yield "    # Raderna hänvisar till varandra: är de delar av ett ärende, ta bort #"
                yield f"    # hierarchy: {{parent: {flow(above.columns)}}}   # {comment(_why(above))}"
        yield from self._joins()
        yield "    # Förslag till de två fält som måste finnas, och till datum; ta bort #:"
        yield "    # fields:"
        yield f"    #   reference_code: {{from: {quoted(self.proposal.number)}, required: true}}"
        if self.proposal.title:
            yield f"    #   title: {{from: {quoted(self.proposal.title)}, required: true}}"
        if self.proposal.partition:
            yield f"    #   opened: {_dated(self.root.column(self.proposal.partition))}"
        yield "    todo:"
        used = dict.fromkeys(self.proposal.key, "nyckel")
        for join in self.proposal.joins:
            for own in join.columns:
                used.setdefault(own, f"koppling till {join.target}")
        yield from self._columns(self.root, used, "      ")

    def _joins(self) -> Iterator[str]:
        if self.proposal.joins:
            yield "    join:   # tabeller som ärendet hänvisar till och som flera ärenden delar"
        for join in self.proposal.joins:
            name = self._join_name(join)
            own = [self.root.column(column) for column in join.columns]
            loose = join.orphans or any(column.filled < column.rows for column in own)
            pairs = zip(join.columns, join.target_columns, strict=True)
            yield f"      {name}:   # {comment(_why(join))}"
            yield f"        table: {self._name(join.target)}"
            yield "        on: {" + ", ".join(f"{quoted(one)}: {quoted(other)}" for one, other in pairs) + "}"
            yield "        cardinality: many_to_one"
            yield f"        missing: {'null' if loose else 'quarantine'}"
            if join.target not in self.joined:
                self.joined[join.target] = name
                yield "        todo:"
                used = dict.fromkeys(join.target_columns, "nyckel i kopplingen")
                yield from self._columns(self.profile.table(join.target), used, "          ")

    def _join_name(self, join: Reference) -> str:
        """Give a word that no other join has."""
        letters = "".join(sign.lower() if sign.isalnum() else "_" for sign in join.target).strip("_")
        base = letters if letters.isidentifier() else f"t_{letters}".rstrip("_")
        name = base
        number = 2
        while name in self.taken:
            name, number = f"{base}_{number}", number + 1
        self.taken.append(name)
        return name

    def _tables(self) -> Iterator[str]:
        done = {self.root.name, *self.joined}
        rest = [table for table in self.profile.tables if table.name not in done]
        if not rest:
            return
        yield ""
        yield "# Tabeller som inte är avgjorda: låt en händelse, handling, agent eller kodtabell ta dem,"
        yield "# eller lämna dem med skäl (leave:)."
        yield "todo:"
        for table in sorted(rest, key=lambda one: self._place(one.name)):
            yield f"  {self._name(table.name)}:"
            yield f"    rows: {table.rows}"
            parent = self.proposal.parent(table.name)
            if parent is not None:
                place = quoted(_where(parent, self.profile.source))
                yield f"    belongs: {place}   # {comment(_why(parent))}"
            yield "    columns:"
            yield from self._columns(table, dict.fromkeys(table.key, "nyckel"), "      ")

    def _place(self, table: str) -> int:
        """What hangs on the case stands first, nearest first."""
        order = [one.table for one in self.proposal.parents]
        return order.index(table) if table in order else len(order)

    def _columns(self, table: TableProfile, used: dict[str, str], space: str) -> Iterator[str]:
        for column in table.columns:
            block = ", ".join(self._known(table, column, used.get(column.name, "")))
            yield f"{space}{quoted(column.name)}: {{{block}}}"
            for other in self.others.get((table.name, column.name), [])[:_ALTERNATIVES]:
                yield f"{space}#   eller {quoted(_where(other, self.profile.source))}: {comment(_why(other))}"

    def _known(self, table: TableProfile, column: ColumnProfile, note: str) -> Iterator[str]:
        source = f" ({column.source_type})" if column.source_type else ""
        yield f"type: {quoted(column.type + source)}"
        empty = f", tomma {_share(column.empty / column.rows)}" if column.empty else ""
        nulls = _share(column.nulls / column.rows) if column.rows else "inga rader"
        yield f"nulls: {quoted(nulls + empty)}"
        number = f"{column.distinct}" if column.exact else f"≈ {column.distinct}"
        yield f"distinct: {quoted(number + (', unik' if column.unique and column.rows > 1 else ''))}"
        if column.shapes:
            yield f"shapes: {flow([shape for shape, _rows in column.shapes])}"
        if column.layouts:
            told = ", ".join(f"{layout} ({_share(share)})" for layout, share in column.layouts)
            yield f"layout: {quoted(told)}"
        elif column.layout:
            yield f"layout: {quoted(column.layout)}"
        refers = self.chosen.get((table.name, column.name))
        if refers is not None:
            yield f"refers: {quoted(f'{self.profile.source}.{refers.target}: {_why(refers)}')}"
        if note:
            yield f"note: {quoted(note)}"

    def _name(self, table: str) -> str:
        return quoted(f"{self.profile.source}.{table}")


def doubts(proposal: Proposal) -> Iterator[str]:
    """Say what is weak about a proposed case: little evidence, or another table nearly as likely."""
    if not proposal.guesses:
        return
    first, *others = proposal.guesses
    if first.score < _WEAK:
        score = _decimal(first.score)
        yield f"lite talar för {quoted(first.table)} som ärende ({score}); --root väljer en annan tabell"
    if others and first.score - others[0].score < _CLOSE:
        yield f"{quoted(others[0].table)} är nästan lika trolig ({_decimal(others[0].score)})"


def _dated(column: ColumnProfile) -> str:
    kind = "datetime" if column.time else "date"
    layouts = [layout for layout, _share in column.layouts]
    written = flow(layouts) if layouts else quoted(column.layout)
    return f"{{from: {quoted(column.name)}, {kind}: {written}}}"


def _where(reference: Reference, source: str) -> str:
    pairs = zip(reference.columns, reference.target_columns, strict=True)
    return f"{source}.{reference.target} ({', '.join(f'{own} → {other}' for own, other in pairs)})"


def _why(reference: Reference) -> str:
    if reference.declared:
        told = "deklarerad"
    elif reference.inclusion is None:
        return f"antagen {_decimal(reference.score)}: inga värden, namnlikhet {_decimal(reference.names)}"
    else:
        told = f"antagen {_decimal(reference.score)}: namnlikhet {_decimal(reference.names)}"
    if reference.score < _DOUBTFUL and not reference.declared:
        told = f"OSÄKER, {told}"
    if not reference.counted:
        return told
    found = reference.counted - reference.orphans
    share = (
        f" ({found / reference.counted:.1%})".replace(".", ",").replace("%", " %")
        if reference.orphans
        else ""
    )
    return f"{told}, {found} av {reference.counted} olika värden finns där{share}"


def _decimal(number: float) -> str:
    return f"{number:.2f}".replace(".", ",")


def _share(part: float) -> str:
    if 0 < part < 1 - _SURE:
        return "under 1 %"
    if _SURE < part < 1:
        return "över 99 %"
    return f"{part:.0%}".replace("%", " %")
