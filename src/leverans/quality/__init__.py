"""Rules as data, and verdicts about archive objects."""

from leverans.quality.builtin import BuiltinEngine
from leverans.quality.census import Census
from leverans.quality.evaluate import evaluate, outcomes
from leverans.quality.kinds import KINDS
from leverans.quality.port import VERDICTS, Check, Engine, Facts, Outcome

__all__ = [
    "KINDS",
    "VERDICTS",
    "BuiltinEngine",
    "Census",
    "Check",
    "Engine",
    "Facts",
    "Outcome",
    "evaluate",
    "outcomes",
]
