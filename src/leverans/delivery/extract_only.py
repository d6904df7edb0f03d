"""Extract on the municipality's own host: no ledger and no keys there, only sources, outbox and store."""

import json
from datetime import datetime
from typing import Any

from leverans.blobs import ContentStore, commit, sweep
from leverans.clock import Clock, SystemClock, iso
from leverans.delivery import extracting
from leverans.delivery.lock import alone
from leverans.delivery.mapping_stage import load_mapping
from leverans.delivery.progress import Progress, Silent, Within
from leverans.registry import load_delivery, match_agreement
from leverans.settings import Settings
from leverans.sources import Landing, land


def extract_here(
    settings: Settings,
    name: str,
    *,
    at: datetime | None = None,
    test: bool = False,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Land rows and documents in this host's outbox, for no run yet: the centre's run names the landing.

    The same `at` and `test` asked for again get the landing that they have; without `at` each call extracts.

    Args:
        settings: this host's roots.
        name: ``municipality/delivery``.
        at: reference time that the agreements are held to; now when None.
        test: it is thought for a test delivery.
        clock: real time.
        progress: listens.

    Returns:
        ``delivery``, ``landing``, ``test``, ``reference_time``, and counts of what was landed; ``resumed``
        counts rows that an interrupted extract had brought already, by ``source.stream``.

    Raises:
        Refused: AGR, no agreement covers it; nothing was read.
        LeveransError: as `extract_only`.
    """
    told = clock or SystemClock()
    moment = (at or told.now()).replace(microsecond=0)
    delivery = load_delivery(settings.content, name)
    match_agreement(delivery, delivery.facts, moment, "open")
    if delivery.protected is not None:
        match_agreement(delivery, delivery.facts, moment, "protected")
    asked = f"at-{moment:%Y%m%dT%H%M%S}" if at else f"now-{told.token(8).hex()}"
    run = f"{asked}-test" if test else asked
    landing = extract_only(settings, name, run, progress=progress)
    home = settings.municipality(delivery.municipality.name)
    record = home.extracts(delivery.short_name) / f"{run}.json"
    resumed = json.loads(record.read_bytes()).get(extracting.RESUMED, {})
    manifest = Landing.open(home.outbox(delivery.short_name) / landing).manifest
    return {
        "delivery": name,
        "landing": landing,
        "test": test,
        "reference_time": iso(moment),
        "streams": len(manifest.streams),
        "rows": sum(stream.rows for stream in manifest.streams),
        "resumed": dict(sorted(resumed.items())),
        "documents": manifest.documents.landed,
        "bytes": manifest.documents.bytes,
        "buckets": manifest.buckets,
    }


def extract_only(settings: Settings, name: str, run: str, *, progress: Progress | None = None) -> str:
    """Land rows and documents for a run of the centre, and give the landing's id.

    The same run asked for again gets the landing that it has; a killed extract begins anew.

    Args:
        settings: this host's roots.
        name: ``municipality/delivery``.
        run: the run's id in the centre's ledger.
        progress: listens.

    Raises:
        Refused: AGR, the delivery's files forbid it.
        ConfigurationError: the content is wrong or does not fit the source; nothing was read.
        Outage: a source, the disk or the lock is not to be had now.
        AccessDenied: something may not be read or written.
    """
    delivery = load_delivery(settings.content, name)
    home = settings.municipality(delivery.municipality.name)
    home.root.mkdir(parents=True, exist_ok=True)
    home.root.chmod(0o700)
    short = delivery.short_name
    outbox, record = home.outbox(short), home.extracts(short) / f"{run}.json"
    with alone(home.lock(f"{short}.extract"), name):
        if record.exists():
            landing = str(json.loads(record.read_bytes())["landing"])
            if (outbox / landing).is_dir():
                return landing
        for place in (outbox, home.blobs, record.parent):
            sweep(place)
        with extracting.opened(settings, delivery) as connectors:
            extracting.checked(connectors)
            load_mapping(settings, delivery, extracting.discovered(connectors))
            landed = land(
                name,
                connectors,
                root=outbox,
                store=ContentStore(home.blobs),
                progress=Within(progress or Silent(), extracting.EXTRACT),
                attempts=extracting.ATTEMPTS,
            )
        with commit(record.parent) as group:
            told = {"landing": landed.landing_id, extracting.RESUMED: dict(landed.resumed)}
            group.file(record).write_text(json.dumps(told), encoding="utf-8")
    return landed.landing_id
