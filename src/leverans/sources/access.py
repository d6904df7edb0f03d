"""What a delivery tells a connector besides its file: secrets, a waiver, how gently to read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path


class Secret:
    """A text that no message, log or representation shows; `reveal` gives it to the driver alone."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True, slots=True)
class Limits:
    """How gently a source is read.

    Attributes:
        rows_per_second: rows or documents per second at most, or None.
        hours: from when to when it may be read, by the clock of `zone`, or None.
        zone: IANA name of the municipality's time zone.
        stops: files that stop the reading at the next batch as long as one of them is there.
    """

    rows_per_second: int | None = None
    hours: tuple[time, time] | None = None
    zone: str = "Europe/Stockholm"
    stops: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """What a delivery says about one of its sources.

    Attributes:
        secrets: by the name that the connector knows it under, e.g. ``password``.
        waiver: who lets an account read that may write, and why; an empty text where nobody does.
        limits: how gently it is read.
        frozen: nobody writes to it any more; an interrupted extract may go on (see `landing.resuming`).
    """

    secrets: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    waiver: str = ""
    limits: Limits = field(default_factory=Limits)
    frozen: bool = False

    def secret(self, name: str) -> str:
        """Give the text of a secret, or an empty text where the delivery has none of that name."""
        found = self.secrets.get(name)
        return found.reveal() if found is not None else ""

    def scrubbed(self, text: str) -> str:
        """Give `text` (a driver's message) without any of the secrets, in one line."""
        for secret in self.secrets.values():
            if secret.reveal():
                text = text.replace(secret.reveal(), "***")
        return " ".join(text.split())
