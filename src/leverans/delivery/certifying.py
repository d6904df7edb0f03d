"""Certificates of sources: the contract's rules tried at the customer's own source, signed, and verified.

The certificate tells which connector (by digest), against what, when and by whom, and how each rule fared.
It holds no value of the source, no address and no path.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leverans import __version__
from leverans.blobs import canonical_digest, commit
from leverans.clock import Clock, iso
from leverans.contracts import to_json
from leverans.delivery.access import access_to
from leverans.delivery.extracting import definitions, opened
from leverans.delivery.grounds import grounds
from leverans.delivery.heads import keyring
from leverans.errors import IntegrityError
from leverans.registry import Delivery, SourceEntry, load_delivery
from leverans.settings import Settings
from leverans.sources import Connector
from leverans.sources.certifying import ROWS, RULES, Verdict, Visit, judged, visit
from leverans.trust import CENTRE, Check, Signature, Signer, Trust, papers

FORMAT = "leverans-source-certificate-1"
_NAME = "certificate"
_FIELDS: Mapping[str, type] = {
    "at": str,
    "by": str,
    "delivery": str,
    "format": str,
    "software": str,
    "sources": list,
}
_SOURCE: Mapping[str, type] = {
    "connector": str,
    "sha256": str,
    "source": str,
    "system": str,
    "kind": str,
    "version": str,
    "catalogue": str,
    "bound": int,
    "rows": int,
    "documents": int,
    "kept": bool,
    "rules": list,
}
_VERDICTS = {"kept", "broken", "not applicable", "not run"}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it lies in its file.

    Attributes:
        body: what is signed.
        signatures: the municipality's or the centre's.
    """

    body: Mapping[str, Any]
    signatures: tuple[Signature, ...]

    @classmethod
    def read(cls, data: bytes, where: str) -> "Certificate":
        """Read a file; no signature is verified yet.

        Raises:
            IntegrityError: SIG001 it is not canonical, SIG002 a signature is none, CRT035 it is no
                certificate.
        """
        return cls(*papers.read_paper(data, where, name=_NAME, form=_formed, code="CRT035"))

    def data(self) -> bytes:
        """Give the bytes of the file."""
        return papers.write_paper(_NAME, self.body, self.signatures)

    @property
    def delivery(self) -> str:
        """Which delivery's sources it is about."""
        return str(self.body["delivery"])

    @property
    def kept(self) -> bool:
        """No rule is broken at any source."""
        return all(source["kept"] for source in self.body["sources"])


def certify(
    settings: Settings, name: str, *, by: str, clock: Clock, to: Path | None = None, rows: int = ROWS
) -> tuple[Certificate, Path]:
    """Try the rules at every source of a delivery, and sign what came of it.

    It is signed with the municipality's key where it has one here, else with the centre's.

    Args:
        settings: the installation's roots.
        name: ``municipality/delivery``.
        by: the person who tries.
        clock: time of the certificate.
        to: file for the certificate; by default below ``certificates/<delivery>`` in the home.
        rows: how many rows of each table are read at most.

    Returns:
        The certificate and where it lies.

    Raises:
        UsageError: DEC001, DEC012, nobody or a personal identity number is named.
        ConfigurationError: the delivery or a connector is wrong.
    """
    grounds(by, "", "", demanded=("by",))
    delivery = load_delivery(settings.content, name)
    signer = _signer(settings, delivery.municipality.name, clock)
    at = iso(clock.now())
    with opened(settings, delivery) as connectors:
        pairs = zip(delivery.sources, connectors, strict=True)
        sources = [_tried(settings, delivery, entry, one, rows) for entry, one in pairs]
    body: dict[str, Any] = {
        "format": FORMAT,
        "delivery": name,
        "at": at,
        "by": by,
        "software": __version__,
        "sources": sources,
    }
    made = Certificate(body, (signer.sign("certificate", body, by=by),))
    home = settings.municipality(delivery.municipality.name)
    path = to or home.root / "certificates" / delivery.short_name / f"{at.replace(':', '')}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with commit(path.parent) as group:
        group.file(path).write_bytes(made.data())
    return made, path


def verify_certificate(
    path: Path, trust: Trust, *, settings: Settings | None = None, name: str = ""
) -> list[Check]:
    """Ask everything there is to ask about a certificate.

    Args:
        path: the file.
        trust: what is believed.
        settings: with a delivery: the installation whose connectors are compared.
        name: the delivery that the certificate must be about, or an empty text.

    Returns:
        ``form``, ``signature`` and ``key``; with a delivery also ``delivery`` and ``connector``. A file that
        is no certificate answers the first alone.
    """
    try:
        told = Certificate.read(path.read_bytes(), path.name)
    except IntegrityError as fault:
        return [Check("form", "fails", fault)]
    checks = [Check("form", "holds"), *_signed(told, trust, path.name)]
    if settings is not None and name:
        checks += _compared(told, settings, name, path.name)
    return checks


def _signer(settings: Settings, municipality: str, clock: Clock) -> Signer:
    own = keyring(settings, municipality, clock)
    return own.signer() if own.exists else keyring(settings, CENTRE, clock).signer(create=True)


def _tried(
    settings: Settings, delivery: Delivery, entry: SourceEntry, connector: Connector, rows: int
) -> dict[str, Any]:
    location = entry.resolve(settings.sources)
    place = None if "://" in location else settings.sources / location
    secrets = list(access_to(settings, delivery, entry).secrets.values())
    found = visit(connector, place, secrets, rows)
    verdicts = tuple(judged(found))
    return _source(entry, connector, found, verdicts, rows)


def _source(
    entry: SourceEntry, connector: Connector, found: Visit, verdicts: Sequence[Verdict], rows: int
) -> dict[str, Any]:
    return {
        "source": entry.name,
        "connector": entry.connector,
        "sha256": connector.definition.digest,
        "system": connector.definition.system,
        "kind": connector.definition.kind,
        "version": found.check.version if found.check is not None else "",
        "catalogue": canonical_digest(to_json(found.catalogue)) if found.catalogues else "",
        "bound": rows,
        "rows": sum(first.read for first, _second in found.passes.values()),
        "documents": found.documents.opened,
        "kept": all(verdict.state != "broken" for verdict in verdicts),
        "rules": [verdict.plain() for verdict in verdicts],
    }


def _formed(body: object) -> None:
    """Hold a body to its form.

    Raises:
        ValueError: what is wrong.
    """
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise ValueError("format")
    wrong = papers.misfits(body, _FIELDS)
    for source in body["sources"] if not wrong else ():
        wrong += papers.misfits(source, _SOURCE) if isinstance(source, dict) else ["sources"]
        if not wrong:
            wrong += _misjudged(source)
    if wrong or not body["sources"]:
        raise ValueError(", ".join(dict.fromkeys(wrong)) or "sources")


def _misjudged(source: Mapping[str, Any]) -> list[str]:
    """Every rule stands there once, with a verdict; what is said of all of them follows from them."""
    told = source["rules"]
    if not all(isinstance(one, dict) and one.get("verdict") in _VERDICTS for one in told):
        return ["rules"]
    whole = tuple(one.get("rule") for one in told) == RULES
    kept = all(one["verdict"] != "broken" for one in told)
    return [*([] if whole else ["rules"]), *([] if source["kept"] is kept else ["kept"])]


def _signed(told: Certificate, trust: Trust, where: str) -> Iterator[Check]:
    """Every signature is the centre's or the municipality's own, for a certificate; and there is one."""
    return papers.signed(faults_of(told, trust, where), IntegrityError("CRT036", where))


def faults_of(told: Certificate, trust: Trust, where: str) -> list[IntegrityError | None]:
    """Give what is wrong with each signature of a certificate; nothing where there is none."""
    return [_fault(trust, one, told, where) for one in told.signatures]


def _fault(trust: Trust, signature: Signature, told: Certificate, where: str) -> IntegrityError | None:
    owners = {CENTRE, told.delivery.partition("/")[0]}
    owner = signature.owner if signature.owner in owners else CENTRE
    try:
        trust.verify(signature, dict(told.body), purpose="certificate", owner=owner, where=where)
    except IntegrityError as found:
        return found
    return None


def _compared(told: Certificate, settings: Settings, name: str, where: str) -> Iterator[Check]:
    if told.delivery != name:
        yield Check("delivery", "fails", IntegrityError("CRT038", where, delivery=told.delivery))
        return
    yield Check("delivery", "holds")
    delivery = load_delivery(settings.content, name)
    now = {
        entry.name: definition.digest
        for entry, definition in zip(delivery.sources, definitions(settings, delivery), strict=True)
    }
    then = {source["source"]: source["sha256"] for source in told.body["sources"]}
    other = sorted(one for one in now.keys() | then.keys() if now.get(one) != then.get(one))
    fault = IntegrityError("CRT037", where, connector=", ".join(other))
    yield Check("connector", "fails", fault) if other else Check("connector", "holds")
