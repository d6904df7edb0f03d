"""Signed papers: a body under its name, and its signatures; receipts and certificates are such."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from leverans.errors import IntegrityError
from leverans.trust.canonical import canonical, read_canonical
from leverans.trust.signing import Signature

Verdict = Literal["holds", "fails", "absent"]
_LATE = "SIG007"
_SIGNATURES = "signatures"


@dataclass(frozen=True, slots=True)
class Check:
    """One question about a signed paper and its answer.

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


def write_paper(name: str, body: Mapping[str, Any], signatures: Sequence[Signature]) -> bytes:
    """Give the bytes of the file, in the canonical form."""
    told = {name: dict(body), _SIGNATURES: [signature.plain() for signature in signatures]}
    return canonical(told) + b"\n"


def read_paper(
    data: bytes, where: str, *, name: str, form: Callable[[Any], object], code: str
) -> tuple[Mapping[str, Any], tuple[Signature, ...]]:
    """Read a file into its body and signatures; no signature is verified yet.

    Args:
        data: the file.
        where: what errors name.
        name: under which the body lies.
        form: raises ValueError or TypeError where the body is none of its kind.
        code: of the fault that the file is no such paper; its parameter is ``reason``.

    Raises:
        IntegrityError: SIG001 it is not canonical, SIG002 a signature is none, or `code`.
    """
    plain = read_canonical(data, where)
    try:
        if set(plain) != {name, _SIGNATURES} or not isinstance(plain[_SIGNATURES], list):
            raise ValueError(f"{name}, {_SIGNATURES}")  # noqa: TRY301  # told with its place below
        form(plain[name])
    except (ValueError, TypeError) as fault:
        raise IntegrityError(code, where, reason=str(fault)[:120]) from fault
    return plain[name], tuple(Signature.of(one, where) for one in plain[_SIGNATURES])


def misfits(told: Mapping[str, Any], fields: Mapping[str, type]) -> list[str]:
    """Name the fields that are missing, too many, or of another type: true is no number."""
    wrong = sorted({*fields} ^ {*told})
    return wrong + [name for name, kind in fields.items() if type(told.get(name)) is not kind]


def signed(faults: Sequence[IntegrityError | None], nobody: IntegrityError) -> Iterator[Check]:
    """Answer ``signature`` and ``key``.

    A right signature by a key that was not in use on that day is told of the key.

    Args:
        faults: what is wrong with each signature.
        nobody: the fault where there is no signature.
    """
    fault = next(filter(None, faults or [nobody]), None)
    late = fault is not None and fault.code == _LATE
    yield Check("signature", "holds") if late or not fault else Check("signature", "fails", fault)
    if late:
        yield Check("key", "fails", fault)
    else:
        yield Check("key", "absent" if fault else "holds")
