"""Rule profiles: which requirements hold at which level, as data (``profiles.toml``)."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from leverans.findings import Severity

SIARD = "siard"
CSIP = "csip"
CSPACKAGE = "cspackage"
_SCHEMATRON = "SCHEMATRON"


@dataclass(frozen=True, slots=True)
class RuleProfile:
    """What a package is held against.

    Attributes:
        name: e.g. ``fgs-2.0``.
        levels: severity of each requirement.
        erms: version of the ERMS grammar for packages that do not name one.
        package_type: the only ``metsHdr/@csip:OAISPACKAGETYPE`` allowed; empty when any is.
        ids_unique_in: ``package`` or ``document``: where an XML ID may stand only once.
        addresses: what ``mets/@PROFILE`` may be.
        address_rule: the requirement about it.
        type_rule: the requirement about the package type.
        schematron: requirements that are errors though the text says SHOULD: the official Schematron refuses.
        form: what such a package is built like: ``csip``, ``cspackage`` or ``siard``.
        submission: name of the profile that a SIP is held against which claims this one; empty when it may.
    """

    name: str
    levels: Mapping[str, Severity]
    erms: str
    package_type: str
    ids_unique_in: str
    addresses: tuple[str, ...]
    address_rule: str = "SIP2"
    type_rule: str = "SIP4"
    schematron: frozenset[str] = frozenset()
    form: str = CSIP
    submission: str = ""


@cache
def profiles() -> Mapping[str, RuleProfile]:
    """Give all profiles by name."""
    return {name: _profile(name, row) for name, row in _plain()["profile"].items()}


def fallback() -> RuleProfile:
    """Give the profile for a package that does not say what it is."""
    return profiles()[_plain()["fallback"]]


def by_address(address: str) -> RuleProfile | None:
    """Give the profile of METS packages that ``mets/@PROFILE`` names, None when none is known by it."""
    for profile in profiles().values():
        if profile.form == CSIP and address.strip() in profile.addresses:
            return profile
    return None


def erms_version(information_type: str) -> str | None:
    """Give the ERMS version that a content information type stands for, None when it is none of ERMS."""
    return cast("dict[str, str]", _plain()["erms"]).get(information_type)


def erms_schemas() -> Mapping[str, str]:
    """Give the ERMS version by a part of the name of its schema, in small letters."""
    return cast("dict[str, str]", _plain()["erms_schemas"])


def by_erms(all_: Iterable[RuleProfile]) -> list[RuleProfile]:
    """Give the first profile of each ERMS version."""
    found: dict[str, RuleProfile] = {}
    for one in all_:
        if one.erms:
            found.setdefault(one.erms, one)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class DescribedKind:
    """A kind of document beside METS, PREMIS and ERMS.

    Attributes:
        name: what people call it.
        grammar: name of its grammar, which tells its first element.
        roots: other first elements that are taken, with whatever lies in them.
        faults: the code for each code of a document that cannot be read.
        root: the code for another first element.
        form: the code for a breach of the grammar; empty when that is not judged.
    """

    name: str
    grammar: str
    roots: frozenset[str]
    faults: Mapping[str, str]
    root: str
    form: str


@dataclass(frozen=True, slots=True)
class DescribedKinds:
    """How such documents are known: by ``@MDTYPE``, by name, in ``schemas`` by ending (in small letters)."""

    said: Mapping[str, DescribedKind]
    named: Mapping[str, DescribedKind]
    suffixes: Mapping[str, DescribedKind]


@cache
def described_kinds() -> DescribedKinds:
    """Give the kinds of documents beside METS, PREMIS and ERMS."""
    known: dict[str, dict[str, DescribedKind]] = {"said": {}, "named": {}, "suffixes": {}}
    for row in _plain()["described"]:
        kind = DescribedKind(
            row["name"],
            row["grammar"],
            frozenset(row.get("roots", ())),
            row["faults"],
            row["root"],
            row.get("form", ""),
        )
        for way, kinds in known.items():
            kinds.update(dict.fromkeys(row.get(way, "").split(), kind))
    return DescribedKinds(**known)


@dataclass(frozen=True, slots=True)
class SiardWords:
    """The words by which METS speaks of databases.

    Attributes:
        types: content information types that stand for SIARD.
        kinds: kinds of SIARD, in small letters without underscore.
        dump: the kind that is a dump of the database's own.
    """

    types: frozenset[str]
    kinds: frozenset[str]
    dump: str


@cache
def siard_words() -> SiardWords:
    """Give the words by which METS speaks of databases."""
    plain = _plain()["siard"]
    kinds = frozenset(word.replace("_", "").casefold() for word in plain["kinds"].split())
    return SiardWords(frozenset(plain["types"].split()), kinds, plain["dump"])


@cache
def cspackage() -> RuleProfile:
    """Give the profile for packages of the older Swedish structure."""
    return profiles()[_plain()["cspackage"]]


@cache
def document_kinds() -> Mapping[str, str]:
    """Give the kind of document for each first element, written ``namespace local``."""
    return cast("dict[str, str]", _plain()["documents"])


@cache
def requirements() -> frozenset[str]:
    """Give every requirement that some profile holds."""
    return frozenset(code for profile in profiles().values() for code in profile.levels)


@cache
def _plain() -> dict[str, Any]:
    return tomllib.loads(files("leverans.validation").joinpath("profiles.toml").read_text("utf-8"))


def _profile(name: str, row: dict[str, Any]) -> RuleProfile:
    levels: dict[str, Severity] = {}
    for table in row["levels"]:
        levels |= _levels(table)
    return RuleProfile(
        name=name,
        levels=levels,
        erms=row["erms"],
        package_type=row.get("package_type", ""),
        ids_unique_in=row["ids_unique_in"],
        addresses=tuple(row["addresses"]),
        address_rule=row.get("address_rule", "SIP2"),
        type_rule=row.get("type_rule", "SIP4"),
        schematron=frozenset(code for table in row["levels"] for code in _refused(table)),
        form=row.get("form", CSIP),
        submission=row.get("submission", ""),
    )


def _refused(table: str) -> list[str]:
    """Give the requirements of a table and its base that the official Schematron turns into errors."""
    plain = _plain()["levels"][table]
    base = _refused(plain["base"]) if "base" in plain else []
    return [*base, *plain.get(_SCHEMATRON, "").split()]


@cache
def _levels(table: str) -> Mapping[str, Severity]:
    plain = _plain()["levels"][table]
    severities: dict[str, Severity] = _plain()["severities"]
    found = dict(_levels(plain["base"])) if "base" in plain else {}
    for level, severity in severities.items():
        found |= dict.fromkeys(plain.get(level, "").split(), severity)
    return found
