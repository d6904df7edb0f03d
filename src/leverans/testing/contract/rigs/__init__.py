"""Rigs: they make sources of each kind for a connector."""

from collections.abc import Callable, Mapping
from pathlib import Path

from leverans.testing.contract.declared import Declared, read_declared
from leverans.testing.contract.source import Rig, Server
from leverans.testing.contract.verdicts import NotHere

Servers = Callable[[str], Server | None]
"""Gives the database server of an engine, or None where it is missing."""


def rigs(folder: Path, servers: Servers) -> tuple[Rig, ...]:
    """Give the rigs of a connector: one for each engine of a database, else one.

    Args:
        folder: the connector's folder.
        servers: gives servers when they are needed.

    Raises:
        ConfigurationError: ``connector.yaml`` or ``contract.yaml`` is wrong.
        NotHere: no rig makes sources of this kind.
    """
    declared = read_declared(folder)
    kind = declared.definition.kind
    if kind not in _KINDS:
        raise NotHere(f"no rig makes sources of kind {kind}")
    return _KINDS[kind](declared, servers)


def _sql(declared: Declared, servers: Servers) -> tuple[Rig, ...]:
    from leverans.testing.contract.rigs.access import AccessRig
    from leverans.testing.contract.rigs.server import ServerRig
    from leverans.testing.contract.rigs.sqlite import SqliteRig

    def made(engine: str) -> Rig:
        if engine == "sqlite":
            return SqliteRig(declared)
        return AccessRig(declared, servers) if engine == "access" else ServerRig(declared, engine, servers)

    return tuple(made(engine) for engine in declared.engines or ("sqlite",))


def _share(declared: Declared, _servers: Servers) -> tuple[Rig, ...]:
    from leverans.testing.contract.rigs.mail import MailRig
    from leverans.testing.contract.rigs.share import ShareRig

    mails = any(stream.holds != "files" for stream in declared.definition.streams)
    return (MailRig(declared) if mails else ShareRig(declared),)


def _flat(declared: Declared, _servers: Servers) -> tuple[Rig, ...]:
    from leverans.testing.contract.rigs.fixed import FixedRig
    from leverans.testing.contract.rigs.flat import FlatRig

    options = declared.definition.options
    if options.get("description"):
        return (FixedRig(declared),)
    if set(options) != {"delimiter", "encoding", "quote", "description"}:
        raise NotHere("no rig makes workbooks or dBase files")
    return (FlatRig(declared),)


def _tree(declared: Declared, _servers: Servers) -> tuple[Rig, ...]:
    from leverans.testing.contract.rigs.tree import TreeRig

    return (TreeRig(declared),)


def _sie(declared: Declared, _servers: Servers) -> tuple[Rig, ...]:
    from leverans.testing.contract.rigs.sie import SieRig

    return (SieRig(declared),)


def _wire(declared: Declared, _servers: Servers) -> tuple[Rig, ...]:
    from leverans.testing.contract.rigs.wire import WireRig

    return (WireRig(declared),)


_KINDS: Mapping[str, Callable[[Declared, Servers], tuple[Rig, ...]]] = {
    "sql": _sql,
    "share": _share,
    "flat": _flat,
    "xml": _tree,
    "json": _tree,
    "sie": _sie,
    "soap": _wire,
    "rest": _wire,
}
