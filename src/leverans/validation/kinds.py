"""What the kind of a package, SIP, AIP or DIP, adds to the rules of its root METS."""

from typing import TYPE_CHECKING

from leverans.validation.profiles import profiles
from leverans.validation.structure import Section

if TYPE_CHECKING:
    from leverans.validation.checker import Frame
    from leverans.validation.mets import MetsCheck

SUBMISSION = "SIP"


def as_submission(check: "MetsCheck", header: "Frame", kind: str) -> None:
    """Hold a SIP against the rules of a SIP, whatever PROFILE it claims: SIP2 stands for CSIP6 there.

    Args:
        check: the check of the root METS, whose profile is changed.
        header: the open metsHdr.
        kind: its ``OAISPACKAGETYPE``.
    """
    package, before = check.package, check.package.profile
    if package.forced or not before.submission or kind != SUBMISSION:
        return
    package.use(profiles()[before.submission])
    address = f"{check.root_place}/@PROFILE"
    check.sink.report(package.profile.address_rule, address, value=check.given.get("PROFILE", "–"))
    for key, rule in header.type.attributes.items():  # these were judged by the profile claimed
        value = header.attributes.get(key)
        if value is None or rule.check is None or rule.check(value) or not rule.requirement:
            continue
        if rule.requirement not in before.levels:
            check.finding(rule.requirement, header, f"/@{rule.label}", value=value.strip() or "–")


def check_preserved(
    check: "MetsCheck", frame: "Frame", described: list[Section], provenances: list[tuple[str, str]]
) -> None:
    """Tell what an AIP or a DIP asks of its metadata (AIPM4-AIPM7, DIP4); no rule of other profiles.

    Args:
        check: the check of the root METS.
        frame: its open mets.
        described: its dmdSec.
        provenances: MDTYPE and MDTYPEVERSION of each reference in a digiprovMD.
    """
    if described and not any(section.current for section in described):
        for code in ("AIPM4", "DIP4"):
            check.finding(code, frame, "/dmdSec[1]/@STATUS")
    if not provenances:
        check.finding("AIPM5", frame, "/amdSec/digiprovMD/mdRef")
    elif not (premis := [seen for seen in provenances if seen[0].startswith("PREMIS")]):
        check.finding("AIPM6", frame, "/amdSec/digiprovMD/mdRef/@MDTYPE")
    elif not any(version.startswith("3") for _, version in premis):
        check.finding("AIPM7", frame, "/amdSec/digiprovMD/mdRef/@MDTYPEVERSION")
