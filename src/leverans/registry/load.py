"""Finds and reads the files of a municipality."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from leverans.blobs import canonical_digest, digest_file
from leverans.errors import ConfigurationError, Refused, UsageError
from leverans.formats import yamltext
from leverans.registry import parse
from leverans.registry.reading import Node
from leverans.registry.transferring import transfer
from leverans.registry.types import Delivery, Municipality, SourceEntry

FOLDER = "municipalities"
PURGE_AFTER = 30
"""Days after settlement when working copies may be purged, where the delivery says nothing else."""
_TENANT = "municipality.yaml"
_CENTRE = "centre"
"""The name of the centre's own keys; no municipality may have it."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_REQUIRED = (
    "delivery",
    "system",
    "information_type",
    "producer",
    "creators",
    "mapping",
    "profile",
    "period",
    "schedule",
    "sources",
)
_OPTIONAL = ("agreement", "overlay", "protected", "purge_after", "waivers", "packages")


def deliveries(content: Path) -> list[str]:
    """Give every ``municipality/delivery`` below a content root, sorted.

    A folder without its ``municipality.yaml`` is no municipality; folders below it hold no deliveries, only
    what deliveries use (``plan/``, overlays).
    """
    found = (content / FOLDER).glob("*/*.yaml")
    return sorted(
        f"{path.parent.name}/{path.stem}"
        for path in found
        if path.name != _TENANT and (path.parent / _TENANT).is_file()
    )


def load_municipality(content: Path, name: str) -> Municipality:
    """Read one municipality.

    Raises:
        ConfigurationError: CFG001 no such file, CFG002 no YAML, REG001 with every fault in `problems`.
    """
    problems: list[ConfigurationError] = []
    found, _ = _tenant(content, name, problems)
    _settle(problems)
    return found


def load_delivery(content: Path, name: str) -> Delivery:
    """Read one delivery and all that it names.

    Args:
        content: the content root.
        name: ``municipality/delivery``.

    Raises:
        UsageError: USE001, the name is not of that form.
        ConfigurationError: CFG001 no such file, CFG002 no YAML, REG001 with every fault in `problems`.
        Refused: AGR009, nothing is wrong but that there is no agreement.
    """
    tenant, short = _split(name)
    problems: list[ConfigurationError] = []
    known, tenant_path = _tenant(content, tenant, problems)
    path = content / FOLDER / tenant / f"{short}.yaml"
    node = Node.top(yamltext.load(path, content), problems)
    files = {_relative(content, one): digest_file(one).sha256 for one in (tenant_path, path)}
    delivery = _delivery(content, name, known, node, files)
    _settle(problems)
    return delivery


def _delivery(
    content: Path, name: str, known: Municipality, node: Node, files: Mapping[str, str]
) -> Delivery:
    node.keys(_REQUIRED, _OPTIONAL)
    parse.version(node.at("delivery"))
    span, agreed = parse.period(node.at("period")), node.at("agreement")
    if node.given and not agreed.given:
        node.problems.append(Refused("AGR009", node.where, delivery=name))
    return Delivery(
        name=name,
        municipality=known,
        system=node.at("system").text(),
        information_type=node.at("information_type").text(),
        producer=parse.creator_name(node.at("producer"), known),
        creators=parse.creators_over(node.at("creators"), known, span),
        mapping=_below(content / "mappings", node.at("mapping")),
        overlay=_overlay(content / FOLDER / known.name, node.at("overlay")),
        profile=node.at("profile").text(),
        period=span,
        schedule=parse.schedule(node.at("schedule")),
        sources=_sources(content, node.at("sources")),
        agreement=parse.agreement(agreed),
        protected=parse.protected(node.at("protected")),
        files=files,
        digest=canonical_digest(files),
        where=node.where,
        purge_after=_purge_after(node.at("purge_after")),
        waivers=parse.waivers(node.at("waivers")),
        packages=parse.packages(node.at("packages")),
    )


def _purge_after(node: Node) -> int:
    found = parse.days(node)
    return PURGE_AFTER if found is None else found


def _split(name: str) -> tuple[str, str]:
    tenant, slash, short = name.partition("/")
    if not slash or not _NAME.fullmatch(tenant) or not _NAME.fullmatch(short) or f"{short}.yaml" == _TENANT:
        raise UsageError("USE001", given=name)
    return tenant, short


def _tenant(content: Path, name: str, problems: list[ConfigurationError]) -> tuple[Municipality, Path]:
    path = content / FOLDER / name / _TENANT
    node = Node.top(yamltext.load(path, content), problems)
    if name == _CENTRE:
        node.fault("KEY011", name=name)
    known = replace(parse.municipality(node, name), transfer=transfer(node.at("transfer")))
    return known, path


def _sources(content: Path, node: Node) -> tuple[SourceEntry, ...]:
    if node.given and not node.data:
        node.fault("REG004", expected="connector, location")
    for _, entry in node.entries():
        connector = entry.at("connector")
        if isinstance(connector.data, str):
            _there(
                content / "connectors" / connector.data / "connector.yaml", content / "connectors", connector
            )
    return parse.sources(node)


def _below(folder: Path, node: Node) -> Path:
    path = folder / f"{node.text()}.yaml"
    if node.text():
        _there(path, folder, node)
    return path


def _overlay(folder: Path, node: Node) -> Path | None:
    return _below(folder, node) if node.given else None


def _there(path: Path, folder: Path, node: Node) -> None:
    """Note when there is no such file, or when the name leads out of its folder."""
    inside = path.resolve().is_relative_to(folder.resolve())
    if not inside or not path.is_file():
        node.fault("REG014", path=f"{folder.name}/{node.data}")


def _relative(content: Path, path: Path) -> str:
    return path.relative_to(content).as_posix()


def _settle(problems: list[ConfigurationError]) -> None:
    if not problems:
        return
    if all(isinstance(problem, Refused) for problem in problems):
        raise problems[0]
    raise ConfigurationError("REG001", problems[0].where, tuple(problems), count=len(problems))
