"""The table of rules × engines."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One verdict: connector, engine, rule, state and reason (see `leverans.testing.contract.Verdict`)."""

    connector: str
    engine: str
    rule: str
    state: str
    reason: str


def table(cells: Sequence[Cell], order: Sequence[str]) -> str:
    """Give the table as Markdown: how many connectors keep a rule on an engine; then why others do not.

    Args:
        cells: all verdicts.
        order: ids of the rules.
    """
    engines = sorted({cell.engine for cell in cells})
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    reasons: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    for cell in cells:
        held[cell.rule, cell.engine].append(cell.state)
        if cell.state != "kept":
            reasons[cell.engine, cell.state, cell.reason][cell.rule] = None
    lines = ["| rule | " + " | ".join(engines) + " |", "|---" * (len(engines) + 1) + "|"]
    lines += [
        f"| {rule} | " + " | ".join(_shown(held.get((rule, engine), [])) for engine in engines) + " |"
        for rule in order
        if any((rule, engine) in held for engine in engines)
    ]
    lines += ["", "A number: so many connectors keep the rule. –: not applicable to any of them; why:", ""]
    lines += [
        f"- {engine}: {', '.join(sorted(named, key=order.index))}: {state}: {reason}"
        for (engine, state, reason), named in sorted(reasons.items())
    ]
    return "\n".join(lines) + "\n"


def _shown(states: Sequence[str]) -> str:
    if "broken" in states:
        return f"BROKEN {states.count('broken')}"
    if "not run" in states:
        return f"not run {states.count('not run')}"
    kept = states.count("kept")
    return str(kept) if kept else "–" if states else ""
