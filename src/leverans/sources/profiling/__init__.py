"""Looks at a source that nobody has mapped: counts, shapes, references, and what could be the case.

::

    seen = survey("db", "orders", "sql", location, base, options={})
    plan = propose(seen)
    text = connector_file(seen, plan, name="orders", kind="sql", options={}, files={})
"""

from leverans.sources.profiling.connectorfile import connector_file
from leverans.sources.profiling.linking import Link
from leverans.sources.profiling.proposing import propose
from leverans.sources.profiling.reading import profile
from leverans.sources.profiling.sniffing import Sniffed, counted, sniff
from leverans.sources.profiling.surveying import links_of, survey

__all__ = [
    "Link",
    "Sniffed",
    "connector_file",
    "counted",
    "links_of",
    "profile",
    "propose",
    "sniff",
    "survey",
]
