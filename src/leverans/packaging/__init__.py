"""Writers: archive objects to E-ARK packages, written straight into one stored zip.

::

    descriptor = build(order, cases, store, group.file(packages / order.file_name))
"""

from leverans.packaging.build import build
from leverans.packaging.order import Deviation, Organisation, PackageOrder, RecordStatus, Software

__all__ = ["Deviation", "Organisation", "PackageOrder", "RecordStatus", "Software", "build"]
