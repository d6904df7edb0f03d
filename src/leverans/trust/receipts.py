"""A receipt with its signatures: read, written, countersigned and verified against a trust folder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from leverans.contracts import Receipt, validate
from leverans.errors import IntegrityError
from leverans.trust.canonical import canonical, digest, read_canonical
from leverans.trust.signing import CENTRE, Signature
from leverans.trust.verifying import Trust

Verdict = Literal["holds", "fails", "absent"]


@dataclass(frozen=True, slots=True)
class Check:
    """One question about a receipt and its answer.

    Attributes:
        name: what was asked: ``form``, ``signature``, ``key``, ``countersignature``; with a work root also
            ``ledger``, ``log``, ``packages``, ``previous``.
        verdict: ``holds``, ``fails`` or ``absent`` (there is nothing to ask about).
        fault: why it fails.
        told: numbers that belong to the answer.
    """

    name: str
    verdict: Verdict
    fault: IntegrityError | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Give it as ``leverans receipt verify --json`` prints it."""
        plain: dict[str, Any] = {"check": self.name, "verdict": self.verdict, **self.told}
        if self.fault is not None:
            plain["code"] = self.fault.code
            plain["text"] = {"sv": self.fault.text("sv"), "en": self.fault.text("en")}
        return plain


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
        plain = read_canonical(data, where)
        try:
            if set(plain) != {"receipt", "signatures"} or not isinstance(plain["signatures"], list):
                raise ValueError("receipt, signatures")  # noqa: TRY301  # told with its place below
            validate(Receipt, plain["receipt"])
        except (ValueError, TypeError) as fault:
            raise IntegrityError("RCP001", where, reason=str(fault)[:120]) from fault
        return cls(plain["receipt"], tuple(Signature.of(one, where) for one in plain["signatures"]))

    def data(self) -> bytes:
        """Give the bytes of the file."""
        signatures = [signature.plain() for signature in self.signatures]
        return canonical({"receipt": dict(self.body), "signatures": signatures}) + b"\n"

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
        faults = [self._fault(trust, one, where) for one in own] or [IntegrityError("RCP002", where)]
        fault = next(filter(None, faults), None)
        late = fault is not None and fault.code == "SIG007"
        yield Check("signature", "holds") if late or not fault else Check("signature", "fails", fault)
        if late:
            yield Check("key", "fails", fault)
        else:
            yield Check("key", "absent" if fault else "holds")
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
