"""Validation of anyone's package: a rule engine over the official requirements and our own.

`validate` reads each file once, keeps memory flat, reports every finding of the pass with its place, and
never raises, whatever comes.
"""

from leverans.validation.report import Report
from leverans.validation.run import validate
from leverans.validation.steps import Progress

__all__ = ["Progress", "Report", "validate"]
