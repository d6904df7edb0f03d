"""The sums of a SIE file: vouchers are zero, opening balance and transactions make the closing balance."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from leverans.sources.sie.items import Item
from leverans.sources.sie.numbers import amount

_YEAR = "0"
_FULL = "4"
_TYPES = frozenset({"1", "2", "3", _FULL})


@dataclass(frozen=True, slots=True)
class Wrong:
    """A sum that does not agree.

    Attributes:
        line: where it stands.
        code: a code of `leverans.findings`.
        parameters: what fills the code's text.
    """

    line: int
    code: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Voucher:
    number: int = 0
    line: int = 0
    total: Decimal = Decimal(0)
    known: bool = True


@dataclass(slots=True)
class _Account:
    opening: Decimal = Decimal(0)
    moved: Decimal = Decimal(0)
    closing: dict[str, tuple[Decimal, int]] = field(default_factory=dict)


class Sums:
    """Adds up one file; memory grows with its accounts, not with its vouchers.

    Only ``#TRANS`` counts: ``#RTRANS`` is followed by an equal ``#TRANS``, ``#BTRANS`` was taken away
    (sections 11.45 and 11.46). Balances are held to transactions where a file of type 4 has vouchers and
    tells closing balances or results.
    """

    def __init__(self) -> None:
        self._voucher = _Voucher()
        self._accounts: dict[str, _Account] = defaultdict(_Account)
        self._type = ""
        self._vouchers = 0
        self._known = True

    def vouchers(self, item: Item) -> Iterator[Wrong]:
        """Take an item; yield the voucher before it where that does not balance."""
        if item.unclosed:
            yield Wrong(item.line, "SRC207")
        if item.label == "VER" and not item.unclosed:
            yield from self.end()
            self._voucher = _Voucher(item.voucher, item.line)
        if item.label != "TRANS":
            return
        told = amount(item)
        if item.fault or told is None:
            self._voucher.known = False
        else:
            self._voucher.total += told

    def end(self) -> Iterator[Wrong]:
        """Yield the last voucher where it does not balance."""
        last = self._voucher
        if last.number and last.known and last.total:
            yield Wrong(last.line, "SRC204", (("total", f"{last.total:f}"),))

    def balances(self, item: Item) -> None:
        """Take an item for the sums per account."""
        if item.label == "SIETYP" and item.fields:
            self._type = str(item.fields[0])
        self._vouchers += item.label == "VER"
        if item.label not in {"TRANS", "IB", "UB", "RES"}:
            return
        told = amount(item)
        if item.fault or told is None:
            self._known = False
        elif item.label == "TRANS":
            self._accounts[str(item.fields[0])].moved += told
        elif str(item.fields[0]) == _YEAR:
            account = self._accounts[str(item.fields[1])]
            if item.label == "IB":
                account.opening += told
            else:
                account.closing[item.label] = (told, item.line)

    def disagreeing(self) -> Iterator[Wrong]:
        """Yield every account whose balances and transactions do not agree, in the order of the accounts.

        A file that could be summed but does not tell its type yields that instead: nothing was compared.
        """
        closes = any(account.closing for account in self._accounts.values())
        if self._vouchers and closes and self._type not in _TYPES:
            yield Wrong(1, "SRC216", (("found", self._type or "–"),))
        if not (self._type == _FULL and self._vouchers and self._known):
            return
        for name, account in sorted(self._accounts.items()):
            for label, (closing, line) in account.closing.items():
                wanted = account.moved + (account.opening if label == "UB" else 0)
                if wanted != closing:
                    told = (("account", name), ("label", label), ("difference", f"{wanted - closing:f}"))
                    yield Wrong(line, "SRC205", told)
