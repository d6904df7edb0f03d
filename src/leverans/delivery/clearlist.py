"""The lists of a clearance: the source's own keys of what is archived, found in the landing."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from leverans.blobs import digest_file
from leverans.ledger import Chain, Ledger
from leverans.mapping import Context, Plan, root_keys
from leverans.registry import Delivery
from leverans.sources import Landing

OPEN, PROTECTED, EXCLUDED = "open", "protected", "excluded"
LISTS = (OPEN, PROTECTED, EXCLUDED)
"""Archived on the open route; archived on the protected route; excluded by a written decision."""

_KEPT = ("archived", "unchanged")
_BY_DECISION = "decision "


@dataclass(frozen=True, slots=True)
class Listed:
    """One list.

    Attributes:
        file: its name.
        sha256: digest of its bytes.
        objects: objects on it.
        documents: documents in them.
        records: records in them.
    """

    file: str
    sha256: str
    objects: int
    documents: int
    records: int

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return asdict(self)


class ClearLists:
    """Writes the lists of one clearance.

    Args:
        delivery: the delivery.
        plan: its mapping, bound to the landing.
        ledger: the municipality's.
        chain: the runs it rests on.
        secret: the municipality's key for pseudonyms.

    Attributes:
        personal: the keys point out persons.
        left: objects of the landing on no list, by what became of them.
        unmet: archived objects of these runs that the landing does not hold: must be 0.
    """

    def __init__(self, delivery: Delivery, plan: Plan, ledger: Ledger, chain: Chain, secret: bytes) -> None:
        self._plan = plan
        self._ledger = ledger
        self._chain = chain
        self._name = delivery.name
        self._context = Context(
            municipality=delivery.municipality.name,
            system=delivery.system,
            secret=secret,
            creators=(),
            reference_time=chain.full.run.reference_time,
        )
        self._decided = {
            aside.object: decision.reference
            for aside, decision in ledger.decisions.asides(delivery.name)
            if aside.object is not None and decision is not None and decision.action == "exclude"
        }
        self.personal = plan.root_stream in plan.personal
        self.left: Counter[str] = Counter()
        self.unmet = 0
        self._sums = {name: Counter[str]() for name in LISTS}

    def write(self, landing: Landing, paths: Mapping[str, Path]) -> dict[str, Listed]:
        """Write every list, bucket by bucket, and give what is on it.

        Raises:
            IntegrityError: SRC130, the landing was changed.
        """
        columns = self._plan.mapping.entities[self._plan.mapping.root].key
        with ExitStack() as stack:
            writers = {}
            for name, path in paths.items():
                stream = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
                writers[name] = csv.writer(stream, delimiter=";", lineterminator="\r\n")
                extra = ["decision"] if name == EXCLUDED else ["version", "sha256", "documents"]
                writers[name].writerow(["stream", *columns, "object", *extra])
            for number in range(landing.manifest.buckets):
                for name, row in self._bucket(landing.bucket(number)):
                    writers[name].writerow([self._plan.root_stream, *row])
        met = self._sums[OPEN]["objects"] + self._sums[PROTECTED]["objects"]
        self.unmet = self._expected() - met
        return {name: self._listed(name, path) for name, path in paths.items()}

    def _bucket(self, bucket: Mapping[str, pa.Table]) -> Iterator[tuple[str, list[Any]]]:
        keys, ids = root_keys(self._plan, bucket, self._context)
        outcomes = self._ledger.outcomes(self._chain, ids)
        archived = {row["object"]: row for row in self._ledger.lookup(ids, self._name).to_pylist()}
        for own, key in sorted(zip(ids, keys, strict=True)):
            disposition, rule = outcomes.get(own, ("unknown", ""))
            row = archived.get(own)
            if disposition in _KEPT and row is not None:
                name = PROTECTED if row["route"] == "protected" else OPEN
                self._count(name, row)
                yield name, [*key, own, row["version"], row["digest"], row["documents"]]
            elif (reference := self._excluded(own, disposition, rule)) is not None and row is None:
                self._sums[EXCLUDED]["objects"] += 1
                yield EXCLUDED, [*key, own, reference]
            else:
                self.left[disposition] += 1

    def _excluded(self, own: str, disposition: str, rule: str) -> str | None:
        """Give the written decision that excludes an object, None when none does."""
        if disposition == "excluded" and rule.startswith(_BY_DECISION):
            return rule.removeprefix(_BY_DECISION)
        return self._decided.get(own) if disposition == "quarantined" else None

    def _count(self, name: str, row: Mapping[str, Any]) -> None:
        self._sums[name].update(objects=1, documents=row["documents"], records=row["records"])

    def _expected(self) -> int:
        """Count the objects that these runs left in the archive."""
        return self._ledger.count_kept(self._chain)

    def _listed(self, name: str, path: Path) -> Listed:
        sums = self._sums[name]
        return Listed(
            f"{name}.csv", digest_file(path).sha256, sums["objects"], sums["documents"], sums["records"]
        )
