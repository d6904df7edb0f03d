"""What identification says about one document."""

from dataclasses import dataclass
from typing import Literal

from leverans.contracts import Finding

Basis = Literal["signature", "container", "extension", "none"]
Warned = Literal["extension_mismatch", "extension_missing", "empty", "failed"]

_CODES: dict[Warned, str] = {"extension_mismatch": "FMT001", "failed": "FMT002", "empty": "FMT003"}


@dataclass(frozen=True, slots=True)
class Identification:
    """The format of one document.

    Attributes:
        puid: PRONOM id, None when unknown.
        format: format name.
        version: version of the format.
        mime: IANA media type, ``application/octet-stream`` when unknown or unregistered.
        basis: ``signature`` (bytes or text), ``container``, ``extension`` or ``none``.
        warning: ``extension_mismatch`` (the name says another format), ``extension_missing`` (the name says
            none), ``empty`` (no bytes), ``failed`` (the identifier could not read it or died of it), or None.
    """

    puid: str | None = None
    format: str | None = None
    version: str | None = None
    mime: str = "application/octet-stream"
    basis: Basis = "none"
    warning: Warned | None = None

    def finding(self, where: str) -> Finding | None:
        """Give the warning as a finding at `where`; a missing extension alone is none."""
        code = _CODES.get(self.warning) if self.warning else None
        return Finding.of(code, where, puid=self.puid or "-") if code else None
