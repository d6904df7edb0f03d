"""Holds a connector to its contract at a real source, only reading.

::

    found = visit(connector, place=Path("x.sqlite"))
    for verdict in judged(found):
        print(verdict.rule, verdict.state, verdict.text("sv"))
"""

from leverans.sources.certifying.rules import RULES, Verdict, judged
from leverans.sources.certifying.visit import ROWS, Visit, visit

__all__ = ["ROWS", "RULES", "Verdict", "Visit", "judged", "visit"]
