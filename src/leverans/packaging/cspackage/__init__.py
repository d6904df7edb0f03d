"""The national package structure before E-ARK: one ``sip.xml`` and ``arendehantering.xml``, written and read.

::

    descriptor = build(order, cases, store, target, report=left.append)
    with open_container(path) as container:
        package = CasePackage(container, profile)
        for received in package.cases():
            ...
"""

from leverans.packaging.cspackage.beyond import Left, Report
from leverans.packaging.cspackage.build import build
from leverans.packaging.cspackage.package import CasePackage, Received

__all__ = ["CasePackage", "Left", "Received", "Report", "build"]
