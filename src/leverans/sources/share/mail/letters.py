"""What every kind of mail file is taken apart into."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

LARGEST = 128 << 20
"""Bytes; a larger mail is landed as the file it is and not taken apart."""
DEEPEST = 50
"""How many mails may lie inside each other."""


class Unreadable(Exception):
    """The file is no mail, or cannot be taken apart.

    Attributes:
        reason: what is wrong; no text of the mail.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mail: a body, an attachment.

    Attributes:
        place: where in the file: ``2.1``.
        mail: place of the mail it belongs to; an empty text for the file's own.
        type: media type, as told.
        content: gives its bytes as they were attached.
        name: file name, exactly as told; None where the mail tells none.
        charset: of a text, as told.
        disposition: ``attachment``, ``inline`` or what else is told.
        content_id: the name under which other parts point at it.
        fault: code of why its bytes cannot be had, or an empty text.
    """

    place: str
    mail: str
    type: str
    content: Callable[[], bytes]
    name: str | None = None
    charset: str | None = None
    disposition: str | None = None
    content_id: str | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: the file's own or one inside another.

    Attributes:
        place: of the part that holds it; an empty text for the file's own.
        inside: place of the mail around it; None for the file's own.
        headers: those that have a column, decoded; None where they are missing.
        all_headers: every header, decoded, one a line.
    """

    place: str
    inside: str | None
    headers: Mapping[str, str | None]
    all_headers: str


@dataclass(slots=True)
class Letter:
    """What is in one file.

    Attributes:
        mails: the file's own first.
        parts: in the order of the file.
        damage: what is broken in it, told by short words.
        encrypted: parts that only their receiver can read.
    """

    mails: list[Mail] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    damage: set[str] = field(default_factory=set)
    encrypted: int = 0
