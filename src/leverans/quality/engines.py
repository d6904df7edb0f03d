"""Which engine evaluates which rules: our own kinds our own, expectations Great Expectations."""

import threading
from collections.abc import Mapping, Sequence

import pyarrow as pa

from leverans.quality.builtin import BuiltinEngine
from leverans.quality.port import EXPECTATION, Check, Engine, Facts, Outcome

_warming: list[threading.Thread] = []


class CompositeEngine:
    """Gives each rule to the engine that can evaluate it.

    Args:
        own: evaluates our own kinds.
        expectations: evaluates rules of the kind ``expectation``.
    """

    def __init__(self, own: Engine, expectations: Engine) -> None:
        self._own, self._expectations = own, expectations

    def run(self, checks: Sequence[Check], tables: Mapping[str, pa.Table], facts: Facts) -> list[Outcome]:
        """Evaluate every rule; the outcomes come engine by engine."""
        asked = [check for check in checks if check.kind == EXPECTATION]
        own = [check for check in checks if check.kind != EXPECTATION]
        return [*self._own.run(own, tables, facts), *self._expectations.run(asked, tables, facts)]


def engine_for(checks: Sequence[Check]) -> Engine:
    """Give an engine that can evaluate these rules; Great Expectations is only imported where one needs it.

    Raises:
        ConfigurationError: QUA004, Great Expectations does not take a rule.
    """
    asked = [check for check in checks if check.kind == EXPECTATION]
    if not asked:
        return BuiltinEngine()
    from leverans.quality.gx import GxEngine

    return CompositeEngine(BuiltinEngine(), GxEngine(asked))


def warm(checks: Sequence[Check]) -> None:
    """Begin to import Great Expectations where a rule needs it; the import goes on beside other work.

    The import takes seconds of CPU (docs/rules.md): a run begins it before its sources are read. A second
    call does nothing. What fails here fails again, and is told, where an engine is asked for.
    """
    if _warming or not any(check.kind == EXPECTATION for check in checks):
        return
    thread = threading.Thread(target=_imported, name="leverans-rules")
    _warming.append(thread)
    thread.start()


def _imported() -> None:
    import contextlib

    with contextlib.suppress(Exception):
        import leverans.quality.gx  # noqa: F401
