"""Which landing a run delivers where its sources are read on another host."""

import json
from pathlib import Path

from leverans.clock import SystemClock
from leverans.delivery.beginning import Wish
from leverans.errors import ConfigurationError, UsageError
from leverans.ledger import Ledger
from leverans.registry import Delivery, load_delivery
from leverans.settings import MunicipalityHome, Settings
from leverans.sources.landing.folder import MANIFEST

NEWEST = "newest"
_EXTRACT = "extract"


def chosen(settings: Settings, name: str, wish: Wish) -> str | None:
    """Give the landing that a run shall deliver, None when it reads its sources; no run has begun yet.

    Args:
        settings: this host's roots.
        name: ``municipality/delivery``.
        wish: what was asked for.

    Raises:
        ConfigurationError: CAR036, ``transfer:`` says that the sources are read on the municipality's host
            and nothing was said of a landing; CAR037, that landing has not come.
        UsageError: CAR031, it is no id; CAR038, the interrupted run delivers another one.
    """
    delivery = load_delivery(settings.content, name)
    home = settings.municipality(delivery.municipality.name)
    begun = _begun(home, delivery, wish)
    if wish.landing is None:
        transfer = delivery.municipality.transfer
        if begun is None and transfer is not None and not wish.here:
            raise ConfigurationError("CAR036", transfer.where, (), delivery=name)
        return None
    landing = which(home, delivery, wish.landing)
    if begun not in {None, landing}:
        raise UsageError("CAR038", name, landing=begun)
    return landing


def foreseen(home: MunicipalityHome, delivery: Delivery, wish: Wish) -> Path | None:
    """Give the folder of the landing that a run would deliver, None where it would read its sources.

    Raises:
        ConfigurationError: CAR037, the landing asked for has not come.
        UsageError: CAR031, it is no id.
    """
    if wish.landing is not None:
        return _folder(home, delivery, which(home, delivery, wish.landing))
    if delivery.municipality.transfer is None or wish.here:
        return None
    there = come(home, delivery)
    return _folder(home, delivery, there[-1]) if there else None


def which(home: MunicipalityHome, delivery: Delivery, wanted: str) -> str:
    """Give the id of a landing that is here: the one named, or the one that came last.

    Raises:
        ConfigurationError: CAR037, there is none.
        UsageError: CAR031, the name is no id.
    """
    if wanted == NEWEST:
        there = come(home, delivery)
        landing = there[-1] if there else ""
    else:
        landing = wanted
        if len(landing) != 64 or not set(landing) <= set("0123456789abcdef"):  # SHA-256
            raise UsageError("CAR031", "", given=landing[:80])
    if not landing or _folder(home, delivery, landing) is None:
        raise ConfigurationError("CAR037", delivery.name, (), delivery=delivery.name, landing=wanted)
    return landing


def come(home: MunicipalityHome, delivery: Delivery) -> list[str]:
    """Give the landings that were received and are here, in the order in which they came."""
    notes = home.carrying(delivery.short_name).glob("received/*/received.json")
    told = {path.parent.name: str(json.loads(path.read_bytes())["at"]) for path in notes}
    here = [landing for landing in told if _folder(home, delivery, landing) is not None]
    return sorted(here, key=lambda landing: (told[landing], landing))


def acknowledged(home: MunicipalityHome, short: str, landing: str) -> bool:
    """Say whether the receipt of a landing is at its end: answered, and the drop emptied."""
    folder = home.carrying(short) / "received" / landing
    return (folder / "received.json").is_file() and not (folder / "emptying.json").exists()


def _folder(home: MunicipalityHome, delivery: Delivery, landing: str) -> Path | None:
    for root in (home.landings(delivery.short_name), home.outbox(delivery.short_name)):
        if (root / landing / MANIFEST).is_file():
            return root / landing
    return None


def _begun(home: MunicipalityHome, delivery: Delivery, wish: Wish) -> str | None:
    """Give the landing of the interrupted run that would go on."""
    if wish.restart or not home.ledger.is_file():
        return None
    with Ledger.look(home.ledger, SystemClock()) as ledger:
        run = ledger.unfinished(delivery.name, test=wish.test)
        done = ledger.checkpoints(run, _EXTRACT).get("landing") if run else None
    return str(done["id"]) if done else None
