"""`connector.yaml` → `Definition`; every fault of the pass is collected, each with its line and column."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from leverans.blobs import canonical_digest, digest_file
from leverans.errors import ConfigurationError
from leverans.findings.phrases import phrase
from leverans.formats import yamltext
from leverans.formats.yamltext import KeyPath
from leverans.sources.definition import Definition, DocumentColumn, Root, StreamDefinition
from leverans.sources.options import check_options
from leverans.sources.reader import Reader
from leverans.sources.wire.declaring import WIRE, read_asks

VERSION = 1
CONNECTOR_FILE = "connector.yaml"

_TOP = {"connector", "system", "system_name", "kind", "streams"}
_STREAM = {"key", "personal", "root", "shared", "documents", "file"}
_TREE = {"each", "columns"}
HELD = ("files", "mails", "parts")
"""What a stream of a share may hold."""

_OWN = {"file", "position", "document"}
_DOCUMENT = {"xml": {"column", "within"}, "soap": {"column", "within"}, "rest": {"column", "ask"}}
_KINDS = ("sql", "flat", "share", "xml", "json", "soap", "rest", "sie")


def load_connector(
    path: Path,
    content: Path | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    overrides_where: str = "",
) -> Definition:
    """Read a connector.

    Args:
        path: the connector's folder or its ``connector.yaml``.
        content: the folder that messages name the file relative to.
        overrides: per stream the rule about roots (``{by: […]}`` or ``{via: …, on: {…}}``) that this source
            of the delivery puts in place of the connector's own.
        overrides_where: ``file:line:column`` of that source in the delivery's file.

    Raises:
        ConfigurationError: CFG001 or CFG002, or SRC001 with all faults in `problems`.
    """
    file = path / CONNECTOR_FILE if path.is_dir() else path
    document = yamltext.load(file, content)
    reader = Reader(document.where)
    definition = _definition(reader, document.data, _digest(file, overrides or {}))
    definition = _override(reader, definition, overrides or {}, overrides_where or document.name)
    _check_roots(reader, definition)
    if reader.problems:
        count = len(reader.problems)
        raise ConfigurationError("SRC001", document.name, tuple(reader.problems), count=count)
    return definition


def _definition(reader: Reader, data: Any, digest: str) -> Definition:
    top = reader.mapping(data, (), _TOP, {"system_version", "options", "asks"})
    if "connector" in top and top["connector"] != VERSION:
        reader.fault("SRC004", ("connector",), wanted=str(VERSION))
    kind = reader.choice(top.get("kind", "sql"), ("kind",), _KINDS)
    streams = top.get("streams", {})
    if not isinstance(streams, dict) or not streams:
        reader.fault("SRC004", ("streams",), wanted="{name: {…}}")
        streams = {}
    return Definition(
        system=reader.text(top.get("system", "?"), ("system",)),
        system_name=reader.text(top.get("system_name", "?"), ("system_name",)),
        system_version=reader.text(top.get("system_version", ""), ("system_version",), empty=True),
        kind=kind,
        options=check_options(reader, kind, top.get("options", {})),
        streams=tuple(_stream(reader, kind, name, value) for name, value in streams.items()),
        digest=digest,
        where=reader.where,
        asks=read_asks(reader, kind, top.get("asks")),
    )


def _stream(reader: Reader, kind: str, name: str, value: Any) -> StreamDefinition:
    path: KeyPath = ("streams", name)
    tree = kind in {"xml", "json"}
    tree = tree or kind in WIRE
    required = {"ask" if kind in WIRE else "file", "each", "columns", "key"} if tree else set()
    optional = _STREAM - required | (_TREE - required if tree else set())
    optional -= {"file"} if kind in WIRE else set()
    optional |= {"holds"} if kind == "share" else set()
    given = reader.mapping({} if value is None else value, path, required, optional)
    shared = reader.flag(given.get("shared", False), (*path, "shared"))
    if shared == ("root" in given):
        reader.fault("SRC006", path, stream=name)
    return StreamDefinition(
        name=name,
        key=reader.names(given.get("key", []), (*path, "key")),
        personal=reader.flag(given.get("personal", False), (*path, "personal")),
        root=_root(reader, given["root"], (*path, "root")) if "root" in given else None,
        documents=_documents(reader, kind, name, given.get("documents", []), (*path, "documents")),
        file=_pattern(reader, given.get("file", ""), (*path, "file")),
        each=reader.text(given.get("each", ""), (*path, "each"), empty=True),
        columns=_lifted(reader, given.get("columns", {}), (*path, "columns")) if tree else (),
        ask=reader.text(given.get("ask", ""), (*path, "ask"), empty=True),
        holds=reader.choice(given.get("holds", HELD[0]), (*path, "holds"), HELD) if kind == "share" else "",
    )


def _pattern(reader: Reader, value: Any, path: KeyPath) -> str:
    """A file or a pattern of files; never above or outside the location."""
    told = reader.text(value, path, empty=True)
    if told.startswith("/") or ".." in told.split("/"):
        reader.fault("SRC004", path, wanted=phrase("path below the location"))
        return ""
    return told


def _lifted(reader: Reader, value: Any, path: KeyPath) -> tuple[tuple[str, str], ...]:
    """Names and paths of lifted columns; the names that every stream has are taken."""
    pairs = reader.pairs(value, path)
    for name, _ in pairs:
        if name in _OWN:
            reader.fault("SRC004", (*path, name), wanted=f"≠ {', '.join(sorted(_OWN))}")
    return pairs


def _root(reader: Reader, value: Any, path: KeyPath) -> Root:
    given = reader.mapping(value, path, set(), {"by", "via", "on", "otherwise"})
    after = (*path, "otherwise")
    otherwise = _root(reader, given["otherwise"], after) if "otherwise" in given else None
    if "by" in given:
        for key in ("via", "on"):
            if key in given:
                reader.fault("SRC002", (*path, key), key=key)
        return Root(by=reader.names(given["by"], (*path, "by"), empty=False), otherwise=otherwise)
    for key in ("via", "on"):
        if key not in given:
            reader.fault("SRC003", path, key=key)
    return Root(
        via=reader.text(given.get("via", "?"), (*path, "via")),
        on=reader.pairs(given.get("on", {"?": "?"}), (*path, "on")),
        otherwise=otherwise,
    )


def _documents(
    reader: Reader, kind: str, stream: str, value: Any, path: KeyPath
) -> tuple[DocumentColumn, ...]:
    if not isinstance(value, list) or (kind == "json" and value):
        reader.fault("SRC004", path, wanted="[]" if kind == "json" else "[{column: …}]")
        return ()
    found = []
    for index, item in enumerate(value):
        here = (*path, index)
        required = _DOCUMENT.get(kind, {"column"})
        optional = {"name", "encoding", "stream"} | ({"within"} if kind == "rest" else set())
        given = reader.mapping(item, here, required, optional)
        column = reader.text(given.get("column", "?"), (*here, "column"))
        found.append(
            DocumentColumn(
                column=column,
                name=reader.text(given.get("name", ""), (*here, "name"), empty=True),
                encoding=reader.choice(
                    given.get("encoding", "raw"),
                    (*here, "encoding"),
                    ("raw", "base64", "linked") if kind == "xml" else ("raw", "base64"),
                ),
                stream=reader.text(given.get("stream", f"{stream}_{column}"), (*here, "stream")),
                within=reader.text(given.get("within", ""), (*here, "within"), empty=True),
                ask=reader.text(given.get("ask", ""), (*here, "ask"), empty=True),
            )
        )
    return tuple(found)


def _override(
    reader: Reader, definition: Definition, overrides: Mapping[str, Mapping[str, Any]], where: str
) -> Definition:
    names = {stream.name for stream in definition.streams}
    reader.problems += [
        ConfigurationError("SRC005", where, stream=name) for name in overrides if name not in names
    ]
    rules = Reader(lambda _path: where)
    roots = {name: _root(rules, dict(rule), ()) for name, rule in overrides.items()}
    reader.problems += rules.problems
    streams = tuple(
        replace(stream, root=roots.get(stream.name, stream.root)) for stream in definition.streams
    )
    places = _with_overrides(definition.where, frozenset(overrides), where)
    return replace(definition, streams=streams, where=places)


def _with_overrides(
    where: Callable[[KeyPath], str], names: frozenset[str], place: str
) -> Callable[[KeyPath], str]:
    def find(path: KeyPath) -> str:
        if len(path) > 2 and path[0] == "streams" and path[1] in names and path[2] == "root":
            return place
        return where(path)

    return find


def _check_roots(reader: Reader, definition: Definition) -> None:
    _check_names(reader, definition)
    _check_asks(reader, definition)
    parents: dict[str, list[str]] = {}
    names = {stream.name for stream in definition.streams}
    for stream in definition.streams:
        for number, rule in enumerate(stream.root.rules() if stream.root else ()):
            if rule.via is None:
                continue
            path = ("streams", stream.name, "root", *["otherwise"] * number, "via")
            if rule.via in names:
                parents.setdefault(stream.name, []).append(rule.via)
            elif "." not in rule.via:
                reader.problems.append(ConfigurationError("SRC005", definition.where(path), stream=rule.via))
    for name in parents:
        if _in_cycle(name, parents):
            where = definition.where(("streams", name, "root"))
            reader.problems.append(ConfigurationError("SRC007", where, stream=name))


def _check_asks(reader: Reader, definition: Definition) -> None:
    """Hold every name of an ask against `asks`, and what it asks by against the streams."""
    if definition.kind not in WIRE:
        return
    told = ", ".join(sorted(definition.asks))
    columns = {(stream.name, name) for stream in definition.streams for name, _ in stream.columns}
    singles = {ask.name for ask in definition.asks.values() if ask.per is not None}
    for stream in definition.streams:
        if stream.ask not in definition.asks:
            reader.fault("SRC004", ("streams", stream.name, "ask"), wanted=told)
        for index, part in enumerate(stream.documents):
            if part.ask and part.ask not in definition.asks:
                reader.fault("SRC004", ("streams", stream.name, "documents", index, "ask"), wanted=told)
    whole = {stream.name for stream in definition.streams if stream.ask not in singles}
    for ask in definition.asks.values():
        if ask.per is not None and (ask.per not in columns or ask.per[0] not in whole):
            reader.fault("SRC004", ("asks", ask.name, "per"), wanted="stream.column")


def _check_names(reader: Reader, definition: Definition) -> None:
    taken = {stream.name for stream in definition.streams}
    for stream in definition.streams:
        for index, document in enumerate(stream.documents):
            if document.stream in taken:
                reader.fault("SRC008", ("streams", stream.name, "documents", index), stream=document.stream)
            taken.add(document.stream)


def _in_cycle(start: str, parents: Mapping[str, Sequence[str]]) -> bool:
    seen: set[str] = set()
    waiting = [*parents[start]]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += parents.get(name, ())
    return start in seen


def _digest(file: Path, overrides: Mapping[str, Mapping[str, Any]]) -> str:
    files = [file, file.with_name("connector.py")]
    parts = {path.name: digest_file(path).sha256 for path in files if path.is_file()}
    rules = {name: dict(rule) for name, rule in overrides.items()}
    return canonical_digest({"files": parts, "overrides": rules})
