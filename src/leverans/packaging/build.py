"""The order in which a package comes into being."""

from collections.abc import Iterable
from pathlib import Path

from leverans.blobs import ContentStore
from leverans.contracts import PackageDescriptor
from leverans.model import Case
from leverans.packaging.order import PackageOrder


def build(order: PackageOrder, cases: Iterable[Case], store: ContentStore, target: Path) -> PackageDescriptor:
    """Write one package as one zip file at `target`, in one pass over cases and documents.

    Memory does not grow with the number of cases or documents: documents go straight into the container, the
    text of METS, PREMIS and ERMS into unnamed temporary files in the target's folder. The same order, cases
    and bytes give the same container, byte for byte.

    Args:
        order: what the package says about itself.
        cases: the objects, in the order they shall have; an iterator is enough.
        store: where the documents' bytes are.
        target: a path to write to, in a folder that is there; the caller commits it as `order.file_name`.

    Returns:
        The descriptor; its `counts` hold ``records``, ``files``, ``rows``, ``escaped`` (characters XML cannot
        hold), ``dates_supplied`` (objects without any date) and ``dates_unwritable`` (kept as own elements).

    Raises:
        IntegrityError: PKG001 bytes in the store are missing or are not what the case promises; PKG002 there
            was no case at all.
        OSError: the disk is full.
    """
    raise NotImplementedError(order, cases, store, target)
