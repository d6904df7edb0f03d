"""No silent gaps: every official requirement is a rule, is held under another code, or is listed with a reason."""

import re
import tomllib
from importlib.resources import files

import pytest
from tests.validation import official

from leverans.findings import catalogue
from leverans.validation.profiles import profiles, requirements

SEVERITY = {"MUST": "error", "MUST NOT": "error", "SHOULD": "warning", "MAY": "info"}
FILES = {
    "csip/profile/E-ARK-CSIP-v2-1-0.xml": "fgs-2.0",
    "csip/profile/E-ARK-CSIP-v2-2-0.xml": "eark-2.2",
    "sip/profile/E-ARK-SIP-v2-1-0.xml": "fgs-2.0",
    "sip/profile/E-ARK-SIP-v2-2-0.xml": "eark-2.2",
    "aip/E-ARK-AIP-v2-2-0.xml": "aip-2.2",
    "dip/E-ARK-DIP-v2-2-0.xml": "dip-2.2",
    "cits-siard/profile/E-ARK-SIARD-ROOT.xml": "eark-2.2",
    "cits-siard/profile/E-ARK-SIARD-REPRESENTATION.xml": "eark-2.2",
}
# told with another level than the text's, and why
DEVIATIONS = {
    "ERMS211": "MAY, and MUST where the title is missing, which is the only case that the rule reports",
}


def coverage():
    return tomllib.loads(files("leverans.validation").joinpath("coverage.toml").read_text("utf-8"))


def expand(text):
    for token in text.split():
        first, dash, last = token.partition("-")
        match = re.fullmatch(r"([A-Z]+_?)(\d+)", first)
        other = re.fullmatch(r"([A-Z]+_?)(\d+)", last) if dash else None
        if match and other and match[1] == other[1]:
            yield from (f"{match[1]}{number}" for number in range(int(match[2]), int(other[2]) + 1))
        else:
            yield token


def listed():
    found = {}
    for row in coverage()["held"]:
        found |= dict.fromkeys(expand(row["ids"]), row["by"])
    for row in coverage()["unseen"]:
        found |= dict.fromkeys(expand(row["ids"]), "")
    return found


def wanted(specs):
    """Give (id, level or None, profile) of every published requirement."""
    for name, profile in FILES.items():
        for code, level in official.profile(specs / name).items():
            yield code, level, profile
    for code, level in official.folders(
        specs / "csip/spec-md/implementation/structure/folders/requirements.md"
    ).items():
        yield code, level, "fgs-2.0"
    for name, profile in (("CITS_ERMS_v2_1_0", "fgs-2.0"), ("CITS_ERMS_v3_0_0", "eark-2.2")):
        for code, (level, _) in official.table(specs / f"cits-erms/spec/{name}.txt", "erms").items():
            yield code, level, profile
    premis = official.table(specs / "cits-premis/CS_Preservation_metadata_v1_0_1.txt", "premis")
    for code, (level, _) in premis.items():
        yield code, level, "fgs-2.0"
    for code, level in official.siard(specs / "siard/spec/SIARD_2_2.txt").items():
        yield code, level, "siard"


def test_every_published_requirement_is_a_rule_or_listed(shared):
    everything = list(wanted(shared / "specs"))
    assert len({code for code, _, _ in everything}) >= 692
    gaps = sorted({code for code, _, _ in everything} - requirements() - listed().keys())
    assert gaps == []


@pytest.mark.parametrize(("name", "number"), [("CITS_ERMS_v2_1_0", 269), ("CITS_ERMS_v3_0_0", 279)])
def test_every_number_of_the_erms_texts_is_read(shared, name, number):
    found = official.table(shared / f"specs/cits-erms/spec/{name}.txt", "erms")
    assert sorted(found, key=lambda code: int(code[4:])) == [f"ERMS{n}" for n in range(1, number + 1)]


def test_each_rule_has_the_level_of_its_version(shared):
    wrong = []
    for code, level, profile in wanted(shared / "specs"):
        severity = profiles()[profile].levels.get(code)
        if (
            severity is not None
            and level is not None
            and code not in DEVIATIONS
            and not (code in profiles()[profile].schematron and (level, severity) == ("SHOULD", "error"))
            and severity != SEVERITY[level]
        ):
            wrong.append((code, profile, severity, level))
    assert wrong == []


def test_nothing_is_listed_that_nobody_asks_for_or_that_has_a_rule(shared):
    published = {code for code, _, _ in wanted(shared / "specs")}
    assert sorted(listed().keys() - published) == []
    assert sorted(listed().keys() & requirements()) == []


def test_a_must_is_never_waved_away_as_a_permission(shared):
    unseen = {
        code for row in coverage()["unseen"] if "permission" in row["reason"] for code in expand(row["ids"])
    }
    musts = {code for code, level, _ in wanted(shared / "specs") if level in {"MUST", "MUST NOT"}}
    assert sorted(unseen & musts) == ["G_4.1-4"]  # it says "are permitted" under M


@pytest.mark.parametrize("code", sorted({code for code in listed().values() if code}))
def test_what_holds_another_is_a_rule_itself(code):
    assert code in catalogue()


def test_each_reason_is_a_sentence():
    assert all(len(row["reason"].split()) > 5 for row in coverage()["unseen"])
