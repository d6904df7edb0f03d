"""Receipts as files: the body and its signatures, in the present form and the one before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leverans.blobs import digest_file
from leverans.ledger import Ledger, Run


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A receipt as it lies there.

    Attributes:
        path: below the municipality's folder.
        sha256: digest of the bytes that lie there now.
        body: what it tells.
        signatures: as they stand in it, not verified.
    """

    path: str
    sha256: str
    body: Mapping[str, Any]
    signatures: tuple[Mapping[str, Any], ...] = field(default=())


def read_receipt(root: Path, ledger: Ledger, run: Run) -> ReceiptFile | None:
    """Read the receipt of a run; None when there is none, or it cannot be read.

    Args:
        root: the municipality's folder.
        ledger: knows where the receipt is.
        run: the run.
    """
    written = ledger.events(run, "receipt")
    if not written:
        return None
    path = str(written[-1]["path"])
    try:
        plain = json.loads((root / path).read_bytes())
        digest = digest_file(root / path).sha256
    except (OSError, ValueError):
        return None
    return _opened(path, digest, plain) if isinstance(plain, dict) else None


def _opened(path: str, digest: str, plain: Mapping[str, Any]) -> ReceiptFile:
    body = plain.get("receipt")
    if not isinstance(body, Mapping):
        return ReceiptFile(path, digest, plain)
    signatures = plain.get("signatures")
    listed = signatures if isinstance(signatures, Sequence) else ()
    return ReceiptFile(path, digest, body, tuple(one for one in listed if isinstance(one, Mapping)))
