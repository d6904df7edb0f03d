"""Target profiles as data: which versions, addresses and words a package of one kind is written with.

A profile is one TOML file beside this module (``profiles/<name>.toml``); code holds no version or address. A
profile with a ``base`` holds only what differs from that one: tables are laid over the base's tables, lists
replace its lists, and a schema replaces the base's of the same namespace and kind.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from leverans.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class OfficialSchema:
    """A schema published by a standard's owner; it is named in a package, never copied into it.

    Attributes:
        name: what it is, with its version.
        namespace: the XML namespace it describes.
        address: where its owner publishes it.
        sha256: digest of the published file, lower-case hex.
        kind: ``xsd`` or ``schematron``.
    """

    name: str
    namespace: str
    address: str
    sha256: str
    kind: str

    @property
    def file_name(self) -> str:
        """The name of the published file: the last part of its address."""
        return self.address.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class AgentRole:
    """How METS calls one kind of agent: ``agent/@ROLE``, ``@OTHERROLE``, ``@TYPE`` and ``@OTHERTYPE``."""

    role: str
    type: str
    other_role: str | None = None
    other_type: str | None = None


@dataclass(frozen=True, slots=True)
class Information:
    """What a package or representation holds: ``@TYPE`` and ``@csip:[OTHER]CONTENTINFORMATIONTYPE``."""

    category: str
    type: str
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of target package.

    Attributes:
        name: e.g. ``fgs-2.0``.
        form: which writer makes it: ``csip`` for a tree of folders with METS at its root.
        versions: version per standard: ``csip``, ``sip``, ``erms``, ``premis``, ``mets``.
        mets_profile: METS ``@PROFILE`` (SIP2).
        package_type: ``metsHdr/@csip:OAISPACKAGETYPE`` (CSIP9).
        content_category: METS ``@TYPE`` (CSIP2), a term of the Content Category vocabulary.
        content_information_type: ``@csip:CONTENTINFORMATIONTYPE`` (CSIP4).
        information: what representations beside the cases can hold, by name, and ``mixed``.
        namespaces: XML namespace per short name: ``mets``, ``csip``, ``sip``, ``xlink``, ``xsi``, ``premis``,
            ``erms``, ``catalog``.
        schemas: the official schemas, in a fixed order.
        agents: how METS calls ``packager``, ``archivist``, ``submitter``, ``preservation`` and ``system``.
        terms: closed vocabularies: which values a place of the standard takes, by place.
        words: the standard's word for a word of the archive model, by place; a word that is not there is its
            own translation when `terms` holds it.
        media: IANA media type by file suffix (lower case, without the dot), for files that we write.
        erms: what ERMS of this version can say that others cannot, by what it is; see the TOML.
        subset_names: file names of our own schemas of all that we emit, by short name of the namespace.
    """

    name: str
    form: str
    versions: Mapping[str, str]
    mets_profile: str
    package_type: str
    content_category: str
    content_information_type: str
    information: Mapping[str, Information]
    namespaces: Mapping[str, str]
    schemas: tuple[OfficialSchema, ...]
    agents: Mapping[str, AgentRole]
    terms: Mapping[str, frozenset[str]]
    words: Mapping[str, Mapping[str, str]]
    media: Mapping[str, str]
    erms: Mapping[str, bool | str]
    subset_names: Mapping[str, str]

    def subsets(self) -> dict[str, bytes]:
        """Give our own schemas of what we emit by file name; those for all kinds of packages are shared."""
        return {name: _folder().joinpath(name).read_bytes() for name in self.subset_names.values()}

    def term(self, place: str, word: str) -> str | None:
        """Translate a word of the model at a place of the standard; None where it has no such word.

        A word that another one is translated to has no translation itself: it could not be told apart.
        """
        words = self.words.get(place, {})
        translated = words.get(word)
        if translated is None:
            translated = None if word in words.values() else word
        return translated if translated in self.terms[place] else None

    @property
    def cases(self) -> Information:
        """What a representation of cases holds."""
        return Information(self.content_category, self.content_information_type)

    def information_of(self, kind: str, form: str | None = None) -> Information:
        """Give what a representation of a kind holds; `form` is its other type, where it has one of its own.

        Raises:
            ConfigurationError: PKG013, the profile knows no such kind.
        """
        if kind not in self.information:
            raise ConfigurationError("PKG013", kind, known=", ".join(sorted(self.information)))
        found = self.information[kind]
        return found if form is None else replace(found, other=form)

    def media_type(self, path: str) -> str:
        """Give the IANA media type of a file that we write, by its suffix."""
        suffix = path.rpartition(".")[2].lower()
        return self.media.get(suffix, self.media[""])


@cache
def load(name: str) -> Profile:
    """Read the profile called `name`.

    Raises:
        ConfigurationError: PKG010, there is no such profile.
    """
    if name not in names():
        raise ConfigurationError("PKG010", name, known=", ".join(names()))
    return _profile(name, _read(name))


@cache
def names() -> tuple[str, ...]:
    """Give the names of all profiles, sorted."""
    found = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def _folder() -> Traversable:
    return files("leverans.formats").joinpath("profiles")


def _read(name: str) -> dict[str, Any]:
    plain = tomllib.loads(_folder().joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    base = plain.pop("base", None)
    return plain if base is None else _over(_read(base), plain)


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay one table over another."""
    made = dict(below)
    for key, value in above.items():
        under = below.get(key)
        if key == "schemas":
            made[key] = _schemas(below["schemas"], value)
        elif isinstance(value, dict) and isinstance(under, dict):
            made[key] = _over(under, value)
        else:
            made[key] = value
    return made


def _schemas(below: list[dict[str, str]], above: list[dict[str, str]]) -> list[dict[str, str]]:
    instead = {(one["namespace"], one["kind"]): one for one in above}
    kept = [instead.pop((one["namespace"], one["kind"]), one) for one in below]
    return [*kept, *instead.values()]


def _profile(name: str, plain: Mapping[str, Any]) -> Profile:
    return Profile(
        name=name,
        form=plain["form"],
        versions=plain["versions"],
        mets_profile=plain["mets_profile"],
        package_type=plain["package_type"],
        content_category=plain["content_category"],
        content_information_type=plain["content_information_type"],
        information={kind: Information(**told) for kind, told in plain.get("information", {}).items()},
        namespaces=plain["namespaces"],
        schemas=tuple(OfficialSchema(**entry) for entry in plain["schemas"]),
        agents={role: AgentRole(**entry) for role, entry in plain["agents"].items()},
        terms={place: frozenset(values) for place, values in plain["terms"].items()},
        words=plain["words"],
        media=plain["media"],
        erms=plain["erms"],
        subset_names={"erms": f"leverans-subset-{name}.xsd", **plain.get("subsets", {})},
    )
