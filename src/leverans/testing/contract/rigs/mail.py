"""Document shares with mails in them."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from leverans.testing.contract.rigs.files import digest
from leverans.testing.contract.rigs.share import ShareRig, written
from leverans.testing.contract.source import (
    DECIMAL,
    DST,
    LONG,
    MISREAD,
    NUL,
    ZEROS,
    Planted,
    Source,
    Variant,
)

MAILS = 1_000
"""So many mails lie inside each of `FILES` mails, where several batches are wanted."""
FILES = 4
_BARE = b"MIME-Version: 1.0\n\n"
_COLUMN = "subject"
_VALUES: tuple[tuple[str, str | None], ...] = (
    ("value-nul", NUL),
    ("value-zeros", ZEROS),
    ("value-misread", MISREAD),
    ("value-empty", ""),
    ("value-empty", None),
    ("value-decimal", DECIMAL),
    ("value-dst", DST),
    ("value-long", LONG.strip()),  # a header has no blanks around it
)


class MailRig(ShareRig):
    """Makes folder trees in which mails lie."""

    engine = "share (mail)"
    refused: Mapping[Variant, str] = {
        "away": "a mounted folder that does not answer cannot be made without privileges",
        "auth": "a mounted folder has no password",
        "older": "the columns of mails are the kind's own",
    }

    def make(self, variant: Variant, folder: Path) -> Source:
        """Make a tree (see `Rig`)."""
        if variant in {"missing", "not-that", "denied"}:
            return super().make(variant, folder)
        source = super().make(variant, folder)
        root = folder / source.location
        if variant == "nulls":
            written(root / "Inkorg å" / "1.eml", _BARE)
            return source
        written(root / "Inkorg å" / "1.eml", _mail("Ansökan", "ansökan å.pdf", b"%PDF-bilaga"))
        outer = EmailMessage()
        outer["Subject"] = "Vidare: prov"
        outer.set_content("se inuti")
        inner = EmailMessage()
        inner["Subject"] = "Prov"
        inner.set_content("hej")
        outer.add_attachment(inner)
        written(root / "2.eml", outer.as_bytes())
        known = dict(source.documents)
        if variant == "plain":
            known["ansökan å.pdf"] = digest(b"%PDF-bilaga")
        if variant == "many":
            for number in range(FILES):
                written(root / "arkiv" / f"{number}.eml", _many())
        change = source.change
        if variant == "moving":
            change = partial(written, root / "ny.eml", _mail("Ny", "ny.txt", b"ny"))
        if variant == "values":
            source = replace(source, planted=self._plant(root))
        return replace(source, documents=known, change=change)

    def _plant(self, root: Path) -> tuple[Planted, ...]:
        stream = next(one.name for one in self._declared.definition.streams if one.holds == "mails")
        planted: list[Planted] = []
        for number, (rule, value) in enumerate(_VALUES, start=1):
            told = base64.b64encode((value or "").encode()).decode()
            word = f"=?utf-8?B?{told}?=" if value else ""
            subject = "" if value is None else f"Subject: {word}\n"
            written(root / f"v{number}.eml", f"{subject}MIME-Version: 1.0\n\n".encode())
            planted.append(Planted(rule, stream, ("ref", f"v{number}.eml"), _COLUMN, value))
        return tuple(planted)


def _mail(subject: str, name: str, content: bytes) -> bytes:
    made = EmailMessage()
    made["From"] = "Åsa Påhittsson <asa@example.com>"
    made["To"] = "brevlada@example.com"
    made["Subject"] = subject
    made["Date"] = "Mon, 01 Mar 2021 09:00:00 +0100"
    made.set_content("Hej!")
    made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def _many() -> bytes:
    """Give a mail in which many lie, one beside the other."""
    head = b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="g"\n\n'
    one = b"--g\nContent-Type: message/rfc822\n\nSubject: ett\n\nhej\n"
    return head + one * MAILS + b"--g--\n"
