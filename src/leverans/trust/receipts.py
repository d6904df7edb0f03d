"""A receipt with its signatures: read, written, countersigned and verified against a trust folder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from leverans.contracts import Receipt, validate
from leverans.errors import IntegrityError
from leverans.trust.canonical import digest
from leverans.trust.papers import Check, read_paper, signed, write_paper
from leverans.trust.signing import CENTRE, Signature
from leverans.trust.verifying import Trust


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt as it lies in its file.

    Attributes:
        body: what is signed, as `leverans.contracts.Receipt` describes it.
        signatures: the centre's, and those of the municipality that countersigned.
    """

    body: Mapping[str, Any]
    signatures: tuple[Signature, ...]

    @classmethod
    def read(cls, data: bytes, where: str) -> "SignedReceipt":
        """Read a file; no signature is verified yet.

        Raises:
            IntegrityError: SIG001 it is not canonical, SIG002 a signature is none, RCP001 it is no receipt.
        """
        form = partial(validate, Receipt)
        return cls(*read_paper(data, where, name="receipt", form=form, code="RCP001"))

    def data(self) -> bytes:
        """Give the bytes of the file."""
        return write_paper("receipt", self.body, self.signatures)

    @property
    def sha256(self) -> str:
        """The digest of the canonical body: a countersignature does not change it."""
        return digest(dict(self.body))

    @property
    def municipality(self) -> str:
        """Whose delivery it is about."""
        return str(self.body["delivery"]).split("/", maxsplit=1)[0]

    @property
    def countersignature(self) -> Signature | None:
        """The municipality's signature, not verified; None while there is none."""
        return next((one for one in self.signatures if one.purpose == "countersign"), None)

    def with_signature(self, signature: Signature) -> "SignedReceipt":
        """Give the receipt with one signature more."""
        return replace(self, signatures=(*self.signatures, signature))

    def checks(self, trust: Trust, where: str = "") -> Iterator[Check]:
        """Hold every signature to the trust folder.

        At least one must be the centre's, every other one the municipality's: a signature that does not
        belong there fails, whatever else is right.
        """
        yield Check("form", "holds")
        own = [one for one in self.signatures if one.purpose != "countersign"]
        yield from signed([self._fault(trust, one, where) for one in own], IntegrityError("RCP002", where))
        counter = [one for one in self.signatures if one.purpose == "countersign"]
        fault = next(filter(None, (self._fault(trust, one, where) for one in counter)), None)
        if fault is not None:
            yield Check("countersignature", "fails", fault)
        else:
            yield Check("countersignature", "holds" if counter else "absent")

    def _fault(self, trust: Trust, signature: Signature, where: str) -> IntegrityError | None:
        try:
            if signature.purpose == "countersign":
                trust.verify(
                    signature, self.body, purpose="countersign", owner=self.municipality, where=where
                )
            else:
                trust.verify(signature, self.body, purpose="receipt", owner=CENTRE, where=where)
        except IntegrityError as fault:
            return fault
        return None
