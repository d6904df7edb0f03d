"""Landings between two hosts: `send` at the municipality, `receive` at the centre, through the drop.

::

    carrying.make_key(settings)                                   # the centre, once: age1…
    landing = extract_only(settings, "mora/alkt", run)            # the municipality
    carrying.send(settings, "mora/alkt", landing)                 # the municipality
    carrying.receive(settings, "mora/alkt", landing)              # the centre

Each may be killed and called again. What they give is plain data: ids and counts.
"""

import json
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from leverans.blobs import ContentStore
from leverans.clock import Clock, SystemClock
from leverans.delivery.lock import alone
from leverans.delivery.progress import Progress, Silent, Within
from leverans.delivery.traces import refuse_lost
from leverans.delivery.witness import witnessed
from leverans.errors import AccessDenied, ConfigurationError, LeveransError, UsageError
from leverans.ledger import audit as log
from leverans.registry import (
    Delivery,
    EnvironmentReference,
    FileReference,
    Transfer,
    load_delivery,
)
from leverans.registry.transferring import fits
from leverans.settings import MunicipalityHome, Settings
from leverans.sources import Landing, carrying
from leverans.sources.carrying import Access, Carrier, Place

SENT, RECEIVED = "sent", "received"
_SEND, _RECEIVE = "send", "receive"
_KEY = "transfer.age"
_MANIFEST = "manifest.json"
_COUNTS = ("at", "packs", "files", "bytes")


def send(
    settings: Settings,
    name: str,
    landing_id: str | None = None,
    *,
    delta: bool = False,
    again: bool = False,
    clock: Clock | None = None,
    progress: Progress | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Bring a landing of this host's outbox to the drop, sealed to the centre.

    Args:
        settings: this host's roots.
        name: ``municipality/delivery``.
        landing_id: the landing; the latest one of the outbox when None.
        delta: leave out documents of earlier landings that the centre has acknowledged.
        again: send it even if the centre has acknowledged it.
        clock: real time and randomness.
        progress: listens.
        environment: where references to variables are looked up; the process's own when None.

    Returns:
        ``delivery`` and the fields of `leverans.sources.carrying.Sent`.

    Raises:
        ConfigurationError: CAR001 to CAR008, CAR015, CAR030, or the content is wrong.
        Outage: the drop or the lock is not to be had now; what went over is used the next time.
        AccessDenied: CAR012, CAR013, or a file with a secret may be read by others (CAR007).
        IntegrityError: the landing is not what was landed, or the server is not the one agreed on (CAR011).
    """
    delivery, wanted = _delivery(settings, name)
    home = settings.municipality(delivery.municipality.name)
    with _alone(home, delivery):
        folder = _latest(home.outbox(delivery.short_name), landing_id, name)
        with _opened(wanted, home, environment) as carrier:
            done = carrying.send(
                Landing.open(folder),
                ContentStore(home.blobs),
                carrier,
                state=home.carrying(delivery.short_name) / SENT,
                recipient=wanted.recipient,
                clock=clock or SystemClock(),
                delta=delta,
                again=again,
                progress=Within(progress or Silent(), _SEND, named=False),
            )
    return {"delivery": name, **asdict(done)}


def receive(
    settings: Settings,
    name: str,
    landing_id: str | None = None,
    *,
    clock: Clock | None = None,
    progress: Progress | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Take a complete landing from the drop to the centre's folders, verify it, then empty the drop.

    Every landing that has come is told in the audit log, once.

    Args:
        settings: this host's roots.
        name: ``municipality/delivery``.
        landing_id: the landing; the oldest complete one when None.
        clock: real time.
        progress: listens.
        environment: where references to variables are looked up; the process's own when None.

    Returns:
        ``delivery`` and the fields of `leverans.sources.carrying.Received`.

    Raises:
        ConfigurationError: CAR001 to CAR008, CAR015, CAR032, or the content is wrong.
        Outage: CAR020 nothing complete waits, CAR028, or drop or lock are not to be had now.
        AccessDenied: CAR012, CAR013, or a file with a secret may be read by others (CAR007, KEY001).
        IntegrityError: CAR011, CAR016, CAR021 to CAR027, CAR029; nothing wrong came in. OPR070, the ledger
            is lost.
    """
    delivery, wanted = _delivery(settings, name)
    home = settings.municipality(delivery.municipality.name)
    refuse_lost(home, delivery.municipality.name)
    identities = carrying.load_identities(key_path(settings))
    told = clock or SystemClock()
    with _alone(home, delivery), _opened(wanted, home, environment) as carrier:
        _tell_received(settings, home, delivery, told)  # what a killed receipt left untold
        done = carrying.receive(
            carrier,
            _place(home, delivery),
            delivery=name,
            landing=_id(landing_id),
            identities=identities,
            clock=told,
            progress=Within(progress or Silent(), _RECEIVE, named=False),
        )
        _tell_received(settings, home, delivery, told)
    return {"delivery": name, **asdict(done)}


def status(settings: Settings, name: str, *, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Tell where the landings of a delivery are on their way, as far as this host knows.

    Returns:
        ``drop`` (place and sendings: complete or not, files, bytes, and in ``answer`` what the centre
        replied: ``received``, ``wanted`` anew, ``unknown`` to this host, or None), ``sent`` and ``received``
        (one entry per landing that this host sent or is receiving, with its ``state``), each plain data.

    Raises:
        LeveransError: as `send` does.
    """
    delivery, wanted = _delivery(settings, name)
    home = settings.municipality(delivery.municipality.name)
    state = home.carrying(delivery.short_name)
    with _opened(wanted, home, environment) as carrier:
        told = _answers(state, name, carrier)
        drop = {"place": carrier.place, "sendings": [_sending(carrier, one, told) for one in carrier.sets()]}
    return {
        "delivery": name,
        "drop": drop,
        SENT: [_sent(folder) for folder in _folders(state / SENT)],
        RECEIVED: [_received(folder) for folder in _folders(state / RECEIVED)],
    }


def make_key(settings: Settings, *, rotate: bool = False, clock: Clock | None = None) -> list[str]:
    """Make the centre's key for transfers if there is none, or a new one beside the older ones.

    Returns:
        The recipients of all keys, the one to write into ``municipality.yaml`` first.

    Raises:
        AccessDenied: KEY001 or KEY003, others than the owner may read the key.
        IntegrityError: CAR033, the key file is damaged.
    """
    path, told = key_path(settings), clock or SystemClock()
    if rotate and path.exists():
        carrying.rotate_identity(path, told)
    else:
        carrying.create_identity(path, told)
    return carrying.recipients(carrying.load_identities(path))


def key_path(settings: Settings) -> Path:
    """Give where the centre's key for transfers lies."""
    return settings.municipality("centre").keys / _KEY


def _delivery(settings: Settings, name: str) -> tuple[Delivery, Transfer]:
    delivery = load_delivery(settings.content, name)
    if delivery.municipality.transfer is None:
        raise ConfigurationError("CAR001", f"municipalities/{delivery.municipality.name}/municipality.yaml")
    return delivery, delivery.municipality.transfer


@contextmanager
def _alone(home: MunicipalityHome, delivery: Delivery) -> Iterator[None]:
    """One sending or receipt of a delivery at a time; a run of it may go on beside it."""
    home.root.mkdir(parents=True, exist_ok=True)
    home.root.chmod(0o700)
    with alone(home.lock(f"{delivery.short_name}.transfer"), delivery.name):
        yield


def _tell_received(settings: Settings, home: MunicipalityHome, delivery: Delivery, clock: Clock) -> None:
    """Append every landing that has come and that the audit log does not know yet."""
    folders = _folders(home.carrying(delivery.short_name) / RECEIVED)
    came = {folder.name: _note(folder / "received.json") for folder in folders}
    if not any(came.values()):
        return
    with witnessed(settings, delivery.municipality.name, clock) as ledger:
        known = {
            entry.entry["landing"]
            for entry in ledger.audit.entries(log.RECEIVED)
            if entry.entry["delivery"] == delivery.name
        }
        for landing, note in sorted(came.items()):
            if note and landing not in known:
                counts = {name: note[name] for name in _COUNTS if name in note}
                ledger.audit.append(log.RECEIVED, {"delivery": delivery.name, "landing": landing, **counts})


def _place(home: MunicipalityHome, delivery: Delivery) -> Place:
    short = delivery.short_name
    return Place(home.carrying(short) / RECEIVED, home.landings(short), ContentStore(home.blobs))


def _latest(outbox: Path, landing_id: str | None, name: str) -> Path:
    if landing_id is not None:
        found = [outbox / str(_id(landing_id))]
    else:
        found = sorted(
            (path.parent for path in outbox.glob(f"*/{_MANIFEST}")),
            key=lambda folder: ((folder / _MANIFEST).stat().st_mtime_ns, folder.name),
        )
    if not found or not (found[-1] / _MANIFEST).is_file():
        raise ConfigurationError("CAR030", f"{outbox.parent.name}/{outbox.name}", (), delivery=name)
    return found[-1]


def _id(landing: str | None) -> str | None:
    if landing is not None and (len(landing) != 64 or not set(landing) <= set("0123456789abcdef")):
        raise UsageError("CAR031", "", given=landing[:80])
    return landing


@contextmanager
def _opened(
    wanted: Transfer, home: MunicipalityHome, environment: Mapping[str, str] | None
) -> Iterator[Carrier]:
    with closing(carrying.open_carrier(access_of(wanted, home, environment))) as carrier:
        yield carrier


def access_of(
    wanted: Transfer, home: MunicipalityHome, environment: Mapping[str, str] | None = None
) -> Access:
    """Look up what ``transfer:`` only refers to.

    A location in a variable may be a path where the file says ``sftp``: on the host that has the drop.

    Raises:
        ConfigurationError: REG009 a variable is not set, CAR002 its value is no place, CAR006 a file is
            missing.
        AccessDenied: CAR007, others than the owner may read the file.
    """
    location = wanted.location
    if isinstance(location, EnvironmentReference):
        place = location.resolve(environment)
        if not fits(place, sftp=False) and not (wanted.kind == "sftp" and fits(place, sftp=True)):
            raise ConfigurationError("CAR002", location.where, (), expected="sftp://user@host[:port]/folder")
    else:
        place = location
    if not place.startswith("sftp:"):
        return Access(place)
    return Access(
        place,
        wanted.host_keys,
        None if wanted.known_hosts is None else home.keys / wanted.known_hosts,
        _secret(wanted.key, home, environment),
        _secret(wanted.password, home, environment),
    )


def _secret(
    reference: EnvironmentReference | FileReference | None,
    home: MunicipalityHome,
    environment: Mapping[str, str] | None,
) -> str | None:
    if reference is None:
        return None
    if isinstance(reference, EnvironmentReference):
        return reference.resolve(environment)
    path = home.keys / reference.path
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise AccessDenied("CAR007", reference.where)
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or type(fault).__name__
        raise ConfigurationError("CAR006", reference.where, (), reason=reason) from None


def _folders(state: Path) -> list[Path]:
    return sorted(path for path in state.iterdir() if not path.name.startswith(".")) if state.is_dir() else []


def _answers(state: Path, name: str, carrier: Carrier) -> dict[str, str]:
    """Give what the centre has answered, by the sending's name, as far as this host can know."""
    told = {}
    for folder in _folders(state / RECEIVED):
        told[carrying.sending(name, folder.name)] = str(_received(folder)["state"])
    for folder in _folders(state / SENT):
        one = carrying.sending(name, folder.name)
        if (said := carrying.replied(carrier, one, folder)) is not None:
            told[one] = said
    return told


def _sending(carrier: Carrier, name: str, told: Mapping[str, str]) -> dict[str, Any]:
    try:
        entries = carrier.list(name)
    except LeveransError as fault:
        return {"sending": name, "fault": fault.code}
    return {
        "sending": name,
        "complete": "ready" in entries,
        "answered": "reply" in entries,
        "answer": told.get(name, "unknown") if "reply" in entries else None,
        "files": len(entries),
        "bytes": sum(entry.size for entry in entries.values()),
    }


def _sent(folder: Path) -> dict[str, Any]:
    """Tell of a sending from what the sender remembers; its keys and tokens are not told."""
    head, received = _note(folder / "head.json"), _note(folder / "received.json")
    counts = {name: (received or head).get(name) for name in ("packs", "files", "bytes", "left_out")}
    sealed = len(list((folder / "packs").glob("*.json")))
    return {"landing": folder.name, **counts, "sealed": sealed, "received": received.get("at")}


def _received(folder: Path) -> dict[str, Any]:
    findings = folder / "findings.json"
    faults = json.loads(findings.read_bytes()) if findings.is_file() else []
    found = [{name: fault[name] for name in ("code", "where", "parameters")} for fault in faults]
    asked, came = _note(folder / "asked.json"), _note(folder / "received.json")
    state = "wanted" if asked else "received" if came else "coming"
    damaged = carrying.kept_aside(folder)
    return {"landing": folder.name, **came, **asked, "state": state, "damaged": damaged, "findings": found}


def _note(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_bytes())) if path.is_file() else {}
