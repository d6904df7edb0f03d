"""Where a field of an archived object comes from: table, column, row, line of the mapping, operators.

All is read from the archive: the case with its source rows, and the lineage, the column ledger and the
mapping that travelled in its package. The landing, the source and today's mapping are not asked.
"""

from collections.abc import Callable, Iterable

from leverans.archive import find
from leverans.clock import Clock
from leverans.delivery.archived import Evidence, read_evidence
from leverans.delivery.fieldpath import parse_field
from leverans.delivery.rehearsing import known_secret
from leverans.delivery.tracer import Origin, Trace, Tracer
from leverans.errors import LeveransError, UsageError
from leverans.registry import deliveries, load_delivery
from leverans.settings import Settings
from leverans.store import StorageRoot
from leverans.trust import object_id, personal_object_id

__all__ = ["Origin", "Trace", "trace"]


def trace(
    settings: Settings,
    municipality: str,
    wanted: str,
    name: str,
    *,
    clock: Clock,
    version: int | None = None,
    test: bool = False,
    protected: bool = False,
) -> Trace:
    """Tell where one field of an archived object comes from.

    Args:
        settings: the installation's roots.
        municipality: whose archive.
        wanted: object id or reference code of the case.
        name: the field, see `leverans.delivery.fieldpath.parse_field`.
        clock: for the key's file.
        version: an older version of the case.
        test: in the test archive.
        protected: in the archive of the protected route: neither keys nor values are told.

    Raises:
        UsageError: MTL007 no such field, MTL008 no such object, MTL013 it has fewer of them.
        ConfigurationError: MTL009, the evidence is missing or damaged.
    """
    path = parse_field(name)
    home = settings.municipality(municipality)
    folder = home.archive("protected" if protected else "open", test=test)
    if not folder.is_dir():
        raise UsageError("MTL008")
    root = StorageRoot.open(folder, protected=protected)
    found = read_evidence(root, find(root, wanted, none="MTL008"), version)
    secret = known_secret(home, clock)
    identify = _identifier(_systems(settings, municipality, found), municipality, secret)
    return Tracer(found, path, identify, secret, protected=protected).trace()


def _identifier(
    systems: Iterable[str], municipality: str, secret: bytes
) -> Callable[[str, tuple[str, ...]], Iterable[str]]:
    """Give what makes the ids that an entity's key could have, in any of these systems."""
    known = sorted(systems)

    def identify(entity: str, key: tuple[str, ...]) -> Iterable[str]:
        for system in known:
            yield object_id(municipality, system, entity, key)
            yield personal_object_id(secret, municipality, system, entity, key)

    return identify


def _systems(settings: Settings, municipality: str, evidence: Evidence) -> set[str]:
    """Give the source systems of the municipality: of its deliveries, and the one its mapping names."""
    data = evidence.mapping.data if evidence.mapping is not None else None
    named = data.get("system") if isinstance(data, dict) else None
    found: set[str] = {named} if isinstance(named, str) else set()
    for name in deliveries(settings.content):
        if name.startswith(f"{municipality}/"):
            try:
                found.add(load_delivery(settings.content, name).system)
            except LeveransError:
                continue
    return found
