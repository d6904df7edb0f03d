"""A delivery's mapping held against its sources, for the tools: what is wrong with it, and what it does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from leverans.blobs import digest_file
from leverans.clock import Clock
from leverans.contracts import Catalogue
from leverans.delivery.impacting import files_of
from leverans.delivery.mapping_stage import load_mapping
from leverans.delivery.rehearsing import Catalogues, catalogues, read_catalogues
from leverans.errors import ConfigurationError, LeveransError
from leverans.formats import yamltext
from leverans.mapping import Plan
from leverans.mapping.tools.checking import Checked, check, mapping_files, ordered
from leverans.mapping.tools.document import Facts, document
from leverans.registry import Delivery, deliveries, load_delivery
from leverans.settings import Settings

FILE = "file"
"""How a catalogue is known that was given as a file; see `Catalogues.known_by`."""


@dataclass(frozen=True, slots=True)
class CheckedMapping:
    """What a check found in one mapping or delivery.

    Attributes:
        name: the mapping's file relative to the content root, or ``municipality/delivery``.
        bound: how the sources were known: ``live``, ``landing``, ``file``, or empty where it was not bound.
        faults: every fault, in the order of the places.
    """

    name: str
    bound: str
    faults: tuple[LeveransError, ...]


@dataclass(frozen=True, slots=True)
class CheckWish:
    """How mappings are checked.

    Attributes:
        municipality: whose plan folder a mapping file is held against; empty: only what holds for all.
        catalogue: a file with the sources' catalogues, as ``source discover --json`` writes it.
        landed: bind deliveries to their last landing, without asking the sources.
        unbound: bind nothing.
    """

    municipality: str = ""
    catalogue: Path | None = None
    landed: bool = False
    unbound: bool = False


def check_all(
    settings: Settings, names: Iterable[str], wish: CheckWish, clock: Clock
) -> list[CheckedMapping]:
    """Check mappings, folders of mappings and deliveries; without any, all that the content root holds.

    A mapping file is also checked as each delivery that uses it has it: with its overlay and plan, without
    its sources. A delivery that is named is bound to its sources.

    Raises:
        ConfigurationError: MTL011 something named is not there, MTL010 the catalogue file is broken.
        LeveransError: the sources of a delivery cannot be read and it has no landing.
    """
    given = None if wish.catalogue is None else read_catalogues(wish.catalogue)
    found: list[CheckedMapping] = []
    wanted = list(names)
    known = deliveries(settings.content)
    for name in wanted:
        if name in known:
            found.append(_delivery(settings, name, wish, clock, given))
        else:
            found += [_file(settings, path, wish, given) for path in _paths(settings, name)]
    if not wanted:
        found += [_file(settings, path, wish, given) for path in mapping_files(settings.content)]
        found += [broken for name in known if (broken := _broken(settings, name)) is not None]
    return found


def _broken(settings: Settings, name: str) -> CheckedMapping | None:
    """Give the faults of a delivery's own files: its mapping could not be checked as it has it."""
    try:
        load_delivery(settings.content, name)
    except ConfigurationError as fault:
        return CheckedMapping(name, "", ordered(fault.problems or (fault,)))
    return None


def _paths(settings: Settings, name: str) -> list[Path]:
    """Give the mapping files that a word names."""
    for start in (Path.cwd(), settings.content, settings.content / "mappings"):
        path = (start / name).resolve()
        if path.is_file():
            return [path]
        if path.is_dir():
            inside = sorted(
                one
                for one in path.rglob("*.yaml")
                if not one.name.endswith(".rules.yaml") and not one.name.startswith("_")
            )
            if inside:
                return inside
    raise ConfigurationError("MTL011", given=name)


def _file(
    settings: Settings, path: Path, wish: CheckWish, given: dict[str, Catalogue] | None
) -> CheckedMapping:
    content = settings.content
    name = (
        path.relative_to(content.resolve()).as_posix()
        if path.is_relative_to(content.resolve())
        else path.name
    )
    plan = content / "municipalities" / wish.municipality / "plan" if wish.municipality else None
    results = [check(path, content=content.resolve(), plan_folder=plan, catalogues=given)]
    faults = list(results[0].faults)
    for delivery in _users(settings, path):
        faults += _held(settings, delivery, None).faults
    return CheckedMapping(name, FILE if given is not None else "", ordered(faults))


def _users(settings: Settings, path: Path) -> Iterator[Delivery]:
    for name in deliveries(settings.content):
        try:
            delivery = load_delivery(settings.content, name)
        except LeveransError:
            continue  # its own faults are told when it is named, or when everything is checked
        if delivery.mapping.resolve() == path.resolve():
            yield delivery


def _delivery(
    settings: Settings, name: str, wish: CheckWish, clock: Clock, given: dict[str, Catalogue] | None
) -> CheckedMapping:
    try:
        delivery = load_delivery(settings.content, name)
    except ConfigurationError as fault:
        return CheckedMapping(name, "", ordered(fault.problems or (fault,)))
    if wish.unbound:
        return CheckedMapping(name, "", _held(settings, delivery, None).faults)
    if given is not None:
        return CheckedMapping(name, FILE, _held(settings, delivery, given).faults)
    found = catalogues(settings, delivery, clock, landed=wish.landed)
    return CheckedMapping(name, found.known_by, _held(settings, delivery, dict(found.by_source)).faults)


def _held(settings: Settings, delivery: Delivery, given: dict[str, Catalogue] | None) -> Checked:
    plan = settings.content / "municipalities" / delivery.municipality.name / "plan"
    over = yamltext.load(delivery.overlay, settings.content) if delivery.overlay else None
    return check(
        delivery.mapping,
        content=settings.content,
        plan_folder=plan,
        overlay=over.data if over else None,
        overlay_where=over.where if over else None,
        catalogues=given,
    )


def bound_plan(
    settings: Settings, name: str, clock: Clock, *, landed: bool = False, catalogue: Path | None = None
) -> tuple[Delivery, Plan, str]:
    """Give a delivery, its mapping bound to its sources, and how those are known.

    Raises:
        ConfigurationError: every fault of the mapping, each with its place.
        LeveransError: the sources cannot be read and there is no landing.
    """
    delivery = load_delivery(settings.content, name)
    if catalogue is not None:
        found = Catalogues(read_catalogues(catalogue), FILE)
    else:
        found = catalogues(settings, delivery, clock, landed=landed)
    return delivery, load_mapping(settings, delivery, dict(found.by_source)), found.known_by


def metadata_annex(
    settings: Settings, name: str, clock: Clock, *, landed: bool = False, catalogue: Path | None = None
) -> str:
    """Give the metadatabilaga of a delivery as HTML.

    Raises:
        ConfigurationError: every fault of the mapping, each with its place.
        LeveransError: the sources cannot be read and there is no landing.
    """
    delivery, plan, known = bound_plan(settings, name, clock, landed=landed, catalogue=catalogue)
    used = sorted(files_of(settings.content, delivery))
    facts = Facts(
        delivery=delivery.name,
        municipality=delivery.municipality.display_name,
        producer=delivery.producer,
        system=delivery.system,
        agreement=delivery.agreement.id,
        sources=tuple((entry.name, entry.connector, known) for entry in delivery.sources),
        files={path: digest_file(settings.content / path).sha256 for path in used},
        profile=delivery.profile,
    )
    return document(plan, facts)
