"""From what a delivery's file says about a source to what its connector is given."""

import stat
from pathlib import Path

from leverans.errors import AccessDenied, ConfigurationError
from leverans.registry import ZONE, Delivery, EnvironmentReference, FileReference, SourceEntry
from leverans.settings import MunicipalityHome, Settings
from leverans.sources import Access, Limits, Secret

MAY_WRITE = "may_write"
"""The waiver that lets an account read that may write."""


def access_to(settings: Settings, delivery: Delivery, entry: SourceEntry) -> Access:
    """Look up secrets, waiver, limits of one source, and whether it is frozen.

    Raises:
        ConfigurationError: REG009 a variable is not set, CAR006 a file is missing.
        AccessDenied: CAR007, others than its owner may read a secret's file.
    """
    home = settings.municipality(delivery.municipality.name)
    return Access(
        secrets={name: Secret(_resolved(one, home)) for name, one in entry.secrets.items()},
        waiver=_waiver(entry),
        limits=Limits(
            entry.throttle.rows_per_second,
            entry.throttle.hours,
            ZONE,
            stops_of(home, delivery.short_name, entry.name),
        ),
        frozen=entry.frozen,
    )


def stops_of(home: MunicipalityHome, delivery: str, source: str) -> tuple[Path, ...]:
    """Give the files that stop the reading of a source: one for the delivery, one for the source alone."""
    folder = home.root / "stop"
    return (folder / delivery, folder / f"{delivery}.{source}")


def _waiver(entry: SourceEntry) -> str:
    return next(
        (f"{one.reason} ({one.by}, {one.on.isoformat()})" for one in entry.waivers if one.name == MAY_WRITE),
        "",
    )


def _resolved(reference: EnvironmentReference | FileReference, home: MunicipalityHome) -> str:
    if isinstance(reference, EnvironmentReference):
        return reference.resolve()
    path = home.keys / reference.path
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise AccessDenied("CAR007", reference.where)
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or type(fault).__name__
        raise ConfigurationError("CAR006", reference.where, (), reason=reason) from None
