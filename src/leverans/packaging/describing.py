"""What is told of a finished package, whatever its form."""

from collections.abc import Mapping

from leverans.contracts import PackageDescriptor
from leverans.formats.zipwriter import Container
from leverans.packaging.order import PackageOrder


def described(
    order: PackageOrder,
    made: Container,
    counts: Mapping[str, int],
    document_bytes: int,
    more: Mapping[str, int],
) -> PackageDescriptor:
    """Give the descriptor of a package.

    Args:
        order: what was asked for.
        made: the finished container.
        counts: ``cases``, ``records``, ``files`` and ``rows`` in it.
        document_bytes: bytes of all documents.
        more: what else its writer counted.
    """
    return PackageDescriptor(
        id=order.id,
        delivery=order.delivery,
        partition=order.partition,
        route=order.route,
        status=order.status,
        profile=order.profile.name,
        path=order.file_name,
        sha256=made.sha256,
        size=made.size,
        objects=counts["cases"],
        documents=counts["files"],
        document_bytes=document_bytes,
        counts={**counts, **more},
    )
