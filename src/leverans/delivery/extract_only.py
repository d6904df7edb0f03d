"""Extract on the municipality's own host: no ledger and no keys there, only sources, outbox and store."""

import json

from leverans.blobs import ContentStore, commit, sweep
from leverans.delivery import extracting
from leverans.delivery.lock import alone
from leverans.delivery.mapping_stage import load_mapping
from leverans.delivery.progress import Progress, Silent, Within
from leverans.registry import load_delivery
from leverans.settings import Settings
from leverans.sources import land


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
            group.file(record).write_text(json.dumps({"landing": landed.landing_id}), encoding="ascii")
    return landed.landing_id
