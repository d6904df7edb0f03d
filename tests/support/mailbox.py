"""A made-up mailbox: mails with attachments, a mail inside a mail, Outlook's own, and what lies among them."""

from email.message import EmailMessage
from pathlib import Path

from tests.support.outlook import attachment, compound, properties, raw, text, winmail


def message(subject: str, day: int, *, cc: str = "") -> EmailMessage:
    """Give a made-up mail."""
    made = EmailMessage()
    made["From"] = "Åsa Påhittsson <asa@example.com>"
    made["To"] = "brevlada@example.com"
    if cc:
        made["Cc"] = cc
    made["Subject"] = subject
    made["Date"] = f"Mon, {day:02} Mar 2021 09:00:00 +0100"
    made["Message-ID"] = f"<{day}@example.com>"
    made.set_content(f"Hej!\n\nBrevet handlar om {subject}.\n")
    return made


def mailbox(folder: Path) -> Path:
    """Write the mailbox."""
    (folder / "Inkorg å").mkdir(parents=True)
    first = message("Ansökan å ä ö", 1, cc="Öde Provsson <ode@example.com>")
    first.add_attachment(
        b"%PDF-1.4\n%%EOF\n", maintype="application", subtype="pdf", filename="ansökan å.pdf"
    )
    outer = message("Vidare: prov", 8)
    inner = message("Prov", 2)
    inner.add_attachment(b"a;b\n1;2\n", maintype="text", subtype="csv", filename="tabell.csv")
    outer.add_attachment(inner)
    hidden = message("Med winmail.dat", 15)
    hidden.add_attachment(
        winmail(("Bilaga lång.txt", b"dold bilaga")),
        maintype="application",
        subtype="ms-tnef",
        filename="winmail.dat",
    )
    for name, mail in (("1.eml", first), ("2.eml", outer), ("3.eml", hidden)):
        (folder / "Inkorg å" / name).write_bytes(mail.as_bytes())
    sent = (132_590_304_000_000_000).to_bytes(8, "little")
    (folder / "4.msg").write_bytes(
        compound(
            {
                "__properties_version1.0": properties(32, {0x00390040: sent}), **text(0x0037, "Från Outlook"),
                **text(0x0C1A, "Bo Prov"), **text(0x0E04, "brevlada@example.com"), **raw(0x1000, b"Hej", "001E"),
                "__attach_version1.0_#00000000": attachment("prov.txt", b"prov"),
            }
        )
    )  # fmt: skip
    (folder / "5.eml").write_bytes(b"<html>404</html>")
    (folder / "lista.txt").write_bytes(b"inget brev")
    return folder
