"""A clock that can be moved and never gives the same bytes twice, and receipts to sign."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from leverans.contracts import Receipt, to_json
from leverans.trust import CENTRE, Keyring, SignedReceipt, Trust

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
DIGEST = "0" * 64


class MovingClock:
    """Stands still until it is moved."""

    def __init__(self):
        self.instant = START
        self.count = 0

    def now(self):
        return self.instant

    def token(self, length=16):
        self.count += 1
        return hashlib.sha512(str(self.count).encode()).digest()[:length]

    def move(self, **by):
        self.instant += timedelta(**by)
        return self.instant


def body(**changed):
    counts = ("found", "archived", "unchanged", "quarantined", "excluded", "archived_protected")
    plain = {
        "run": "00001-2a2a2a2a",
        "delivery": "mora/alkt",
        "agreement": {
            "id": "A",
            "producer": "Nämnden",
            "system": "S",
            "information_type": "I",
            "period": "1/2",
        },
        "reference_time": "2026-01-01T12:00:00Z",
        "issued": "2026-01-01T12:00:00Z",
        "status": "complete",
        "balanced": True,
        "settled": True,
        "objects": {**dict.fromkeys(counts, 0), "by_state": {}},
        "streams": {},
        "documents": dict.fromkeys(("listed", "landed", "archived", "quarantined", "excluded", "bytes"), 0),
        "packages": (),
        "findings": {},
        "landing": DIGEST,
        "mapping": DIGEST,
        "code": "0.1",
        "audit": {"size": 3, "root": DIGEST},
        "content": {"objects": 0, "sha256": DIGEST, "stored": DIGEST},
    }
    return json.loads(to_json(Receipt(**{**plain, **changed})))


class World:
    """A centre and a municipality with keys, and a trust folder that knows both."""

    def __init__(self, folder):
        self.clock = MovingClock()
        self.home = folder / "home"
        self.folder = folder / "trust"
        self.centre = Keyring(self.home / CENTRE / "keys", CENTRE, self.clock)
        self.mora = Keyring(self.home / "mora" / "keys", "mora", self.clock)
        for ring in (self.centre, self.mora):
            ring.create()
        self.export()

    def export(self):
        for ring in (self.centre, self.mora):
            ring.export(self.folder)

    @property
    def trust(self):
        return Trust.load(self.folder)

    def signed(self, **changed):
        plain = body(**changed)
        return SignedReceipt(plain, (self.centre.signer().sign("receipt", plain),))

    def countersigned(self, **changed):
        receipt = self.signed(**changed)
        return receipt.with_signature(
            self.mora.signer().sign("countersign", receipt.body, by="Åsa Arkivarie")
        )
