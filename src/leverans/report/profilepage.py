"""What was seen in the sources of a delivery, as one page that needs nothing else: counts and shapes."""

from collections.abc import Sequence

from leverans.contracts.profile import SourceProfile
from leverans.report.rendering import fill

KINDS = {
    "personal_number": ("personnummer", "personal identity number"),
    "mail": ("e-postadress", "mail address"),
    "phone": ("telefonnummer", "telephone number"),
    "control": ("styrtecken", "control characters"),
    "U+FFFD": ("förlorade tecken", "lost characters"),
    "HTML": ("HTML-koder", "HTML entities"),
}
"""What seems personal or harmed, in both languages; else it is an encoding that was misread."""


def profile_page(delivery: str, profiles: Sequence[SourceProfile], written: str, code: str) -> str:
    """Write profiles as one page of HTML that needs nothing else.

    Args:
        delivery: ``municipality/delivery``.
        profiles: one for each source.
        written: when, xs:dateTime in UTC.
        code: version of the software.
    """
    return fill("profile", delivery=delivery, profiles=profiles, written=written, code=code, kinds=KINDS)
