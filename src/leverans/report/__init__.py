"""What people read of a run: one self-contained page, and the Swedish papers from the same facts.

::

    path = report.write(settings, "mora/bygg", run_id)             # …/reports/bygg/<run>/report.html
    path = report.write_paper(settings, "mora/bygg", run_id, "leveransreversal")

Everything is collected first (`RunFacts`, frozen, plain data) and then rendered: equal facts give equal
bytes. Nothing of the protected route but counts is ever among the facts.
"""

from leverans.report.attaching import attached
from leverans.report.facts import RunFacts
from leverans.report.ruletexts import findings
from leverans.report.writing import PAPERS, collected, latest, write, write_paper

__all__ = ["PAPERS", "RunFacts", "attached", "collected", "findings", "latest", "write", "write_paper"]
