"""What is left when a ledger is lost: the packages' evidence in the archive, receipts and approvals."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from leverans.contracts import PackageDescriptor
from leverans.delivery import objectlist
from leverans.errors import IntegrityError
from leverans.formats import ocfl
from leverans.settings import MunicipalityHome
from leverans.trust import Signature, SignedReceipt, Trust, read_canonical

PACKAGE = "package.json"
LIST = f"documentation/{objectlist.NAME}"
_ROUTES = ("open", "protected")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the archive keeps of one package.

    Attributes:
        folder: its object's folder.
        created: when it was ingested.
        sha256: digest of the package.
        head: what the first line of its list of objects tells.
    """

    folder: Path
    created: str
    sha256: str
    head: dict[str, Any]

    @property
    def id(self) -> str:
        """The package's id."""
        return str(self.head["package"])

    @property
    def begun(self) -> tuple[str, bool, str]:
        """Delivery, test and reference time: what the packages of one run share."""
        return str(self.head["delivery"]), bool(self.head["test"]), str(self.head["reference_time"])

    def objects(self) -> tuple[pa.Table, list[tuple[str, dict[str, Any]]]]:
        """Give its objects as the ledger takes them, and what was accepted on them."""
        inventory = ocfl.read_inventory(self.folder)
        _, rows, accepted = objectlist.read_object_list(ocfl.read_content(self.folder, inventory, LIST))
        return rows, accepted

    def descriptor(self, told: dict[str, Any] | None, rows: pa.Table) -> PackageDescriptor:
        """Give the package as the ledger knows it.

        Args:
            told: what the receipt says of it, None when there is none.
            rows: its objects.
        """
        head = self.head
        return PackageDescriptor(
            id=self.id,
            delivery=head["delivery"],
            partition=head["partition"],
            route=head["route"],
            status=head["status"],
            profile=head["profile"],
            path=f"uuid-{self.id}.zip",
            sha256=self.sha256,
            size=int(told["size"]) if told else 0,
            objects=rows.num_rows,
            documents=sum(rows["documents"].to_pylist()),
            document_bytes=int(head["document_bytes"]),
        )


def packages(home: MunicipalityHome) -> Iterator[Evidence | Path]:
    """Yield the evidence of every package in every storage root; the folder of one that cannot be read."""
    for route in _ROUTES:
        for test in (False, True):
            root = home.archive(route, test=test)
            if root.is_dir():
                yield from _packages(root)


def _packages(root: Path) -> Iterator[Evidence | Path]:
    for folder in ocfl.walk(root):
        try:
            inventory = ocfl.read_inventory(folder)
            if PACKAGE not in inventory.version().state:
                continue
            plain = json.loads(ocfl.read_content(folder, inventory, PACKAGE))
            head, _, _ = objectlist.read_object_list(ocfl.read_content(folder, inventory, LIST))
            if head["package"] != plain["id"]:
                raise ValueError(LIST)  # noqa: TRY301  # told like the others
            yield Evidence(folder, inventory.versions["v1"].created, plain["sha256"], head)
        except (ocfl.Malformed, ValueError, KeyError):
            yield folder


def receipts(home: MunicipalityHome, trust: Trust) -> Iterator[tuple[Path, SignedReceipt | None]]:
    """Yield every receipt with its path; None for one that does not hold."""
    for path in sorted((home.root / "receipts").glob("*/*.json")):
        try:
            receipt = SignedReceipt.read(path.read_bytes(), path.name)
        except IntegrityError:
            yield path, None
            continue
        holds = all(check.verdict != "fails" for check in receipt.checks(trust, path.name))
        yield path, receipt if holds else None


def approvals(home: MunicipalityHome, municipality: str, trust: Trust) -> Iterator[dict[str, Any]]:
    """Yield every approval with a signature that holds: ``statement`` and ``signature``."""
    for path in sorted((home.root / "approvals").glob("*/*.json")):
        try:
            plain = read_canonical(path.read_bytes(), path.name)
            for one in plain["approvals"]:
                signature = Signature.of(one["signature"], path.name)
                trust.verify(signature, one["statement"], purpose="approval", owner=municipality)
                yield one
        except (IntegrityError, KeyError, TypeError):
            continue


def number_of(run: str) -> int:
    """Give the number in a run's id."""
    return int(run.partition("-")[0])


def moment(text: str) -> datetime:
    """Read an xs:dateTime."""
    return datetime.fromisoformat(text)


def with_inventories(rows: pa.Table, home: MunicipalityHome, *, test: bool) -> pa.Table:
    """Add to objects, as the ledger takes them, the digest of the inventory that each version brought."""
    roots = {route: home.archive(route, test=test) for route in _ROUTES}
    locators = {route: ocfl.locator(root) for route, root in roots.items() if root.is_dir()}
    found = [
        _inventory(locators[row["route"]](f"urn:uuid:{row['object']}"), row["version"])
        if row["route"] in locators
        else None
        for row in rows.select(["object", "route", "version"]).to_pylist()
    ]
    at = rows.schema.get_field_index("inventory")
    return rows.set_column(at, "inventory", pa.array(found, pa.string()))


def _inventory(folder: str, number: int) -> str | None:
    with suppress(ocfl.Malformed, OSError):
        return ocfl.read_inventory(f"{folder}/v{number}").sha256
    return None
