"""Connectors and landings: what a legacy system holds is read once, completely, counted, and never changed.

::

    definition = load_connector(content / "connectors" / "x", content, overrides)
    with open_connector("db", definition, "x.sqlite", settings.sources) as db:
        db.check().plain()                       # reachable? version? may the account write?
        db.discover()                            # leverans.contracts.Catalogue
        result = land("m/d", [db, share], root=outbox, store=store)
    transfer(result.folder, landings, store, store)
    landing = Landing.open(landings / result.landing_id)
    landing.bucket(0)["db.Ärende"]               # pyarrow.Table
"""

from leverans.sources.access import Access, Limits, Secret
from leverans.sources.contract import (
    DOCUMENT_SCHEMA,
    Batch,
    Connector,
    Document,
    DocumentFault,
    Progress,
    SetAside,
    SourceCheck,
)
from leverans.sources.definition import Definition, DocumentColumn, Root, StreamDefinition
from leverans.sources.landing.folder import Landing
from leverans.sources.landing.hashing import root_text
from leverans.sources.landing.land import LandingResult, land
from leverans.sources.landing.log import SET_ASIDE_SCHEMA
from leverans.sources.loading import load_connector
from leverans.sources.opening import open_connector
from leverans.sources.transferring import TransferResult, transfer

__all__ = [
    "DOCUMENT_SCHEMA",
    "SET_ASIDE_SCHEMA",
    "Access",
    "Batch",
    "Connector",
    "Definition",
    "Document",
    "DocumentColumn",
    "DocumentFault",
    "Landing",
    "LandingResult",
    "Limits",
    "Progress",
    "Root",
    "Secret",
    "SetAside",
    "SourceCheck",
    "StreamDefinition",
    "TransferResult",
    "land",
    "load_connector",
    "open_connector",
    "root_text",
    "transfer",
]
