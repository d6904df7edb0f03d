"""Rules as data, and verdicts about archive objects."""

from leverans.quality.builtin import BuiltinEngine
from leverans.quality.census import COUNTED, Census
from leverans.quality.engines import CompositeEngine, engine_for, warm
from leverans.quality.evaluate import evaluate, outcomes
from leverans.quality.kinds import KINDS
from leverans.quality.port import DOCUMENT, EXPECTATION, VERDICTS, Check, Engine, Facts, Outcome

__all__ = [
    "COUNTED",
    "DOCUMENT",
    "EXPECTATION",
    "KINDS",
    "VERDICTS",
    "BuiltinEngine",
    "Census",
    "Check",
    "CompositeEngine",
    "Engine",
    "Facts",
    "Outcome",
    "engine_for",
    "evaluate",
    "outcomes",
    "warm",
]
