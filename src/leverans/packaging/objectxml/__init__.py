"""One folder per object: ``Archive.xml``, the files, and ``original.xml`` that holds the whole object.

For a receiver that takes objects one by one and answers with receipts; its words are data of the profile.
"""

from leverans.packaging.objectxml.build import Sent, build
from leverans.packaging.objectxml.receipts import Answer, Reconciled, TargetReceipt, read_receipt, reconcile

__all__ = ["Answer", "Reconciled", "Sent", "TargetReceipt", "build", "read_receipt", "reconcile"]
