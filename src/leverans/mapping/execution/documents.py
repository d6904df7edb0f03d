"""Files: each is one landed document; every listed document is accounted for."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import (
    Text,
    blank,
    holds,
    position,
    present,
    repeat,
    repeated,
    where,
)
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.frames import NOBODY, Frame
from leverans.mapping.execution.streams import Stream
from leverans.mapping.execution.values import Evaluator
from leverans.mapping.execution.verdicts import Cause

SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("stream", "ref", "root", "sha256", "status", "disposition")]
)
_COPIED = ("sha256", "size", "crc32", "puid", "format", "format_version", "mime", "basis")


@dataclass(slots=True)
class Found:
    """The documents of some file rows.

    Attributes:
        rows: position of each in the document stream, `NOBODY` for none.
        kept: rows that become a file.
        fields: columns of the file table, for all rows.
    """

    rows: np.ndarray
    kept: np.ndarray
    fields: dict[str, Text]


@dataclass(slots=True)
class References:
    """Which rows refer to which documents.

    Attributes:
        unlisted: documents that no stream lists: (stream, reference) → the least root that refers to it.
        made: frames with the document of each row, to see at the end which documents several objects share.
    """

    unlisted: dict[tuple[str, str], int] = field(default_factory=dict)
    made: list[tuple[Frame, str, np.ndarray, str, str]] = field(default_factory=list)

    def miss(self, stream: str, refs: Text, roots: np.ndarray) -> None:
        """Note references to documents that are not listed."""
        for ref, root in zip(refs.to_pylist(), roots.tolist(), strict=True):
            key = (stream, ref)
            self.unlisted[key] = min(root, self.unlisted.get(key, root))


def find_documents(
    bench: Bench, entity: lang.Entity, content: lang.Content, frame: Frame, references: References
) -> Found:
    """Find the document of every row of a file entity."""
    stream = bench.stream(content.document)
    rule = f"{entity.name}.content"
    refs = Evaluator(bench, frame, rule).make(content.by, inspect=False)
    rows, several = _rows(refs, stream, content.pattern)
    named = np.asarray(present(refs), dtype=bool) & ~several
    bench.fault(frame, np.flatnonzero(several), Cause("MAP216", "quarantine", rule, content.where))
    status = _status(stream, rows)
    size = _numbers(stream, "size", rows)
    missing = named & ((rows == NOBODY) | (status == "missing"))
    barred = named & (rows != NOBODY) & (status != "landed") & (status != "missing")
    empty = named & (rows != NOBODY) & (status == "landed") & (size == 0)
    if content.absent == "quarantine":
        bench.fault(frame, np.flatnonzero(~named), Cause("MAP124", "quarantine", rule, content.where))
    bench.fault(frame, np.flatnonzero(missing), Cause("MAP120", content.missing, rule, content.where))
    bench.fault(frame, np.flatnonzero(barred), Cause("MAP122", content.missing, rule, content.where))
    bench.fault(frame, np.flatnonzero(empty), Cause("MAP121", content.empty, rule, content.where))
    if stream.bucketed:
        bench.claims(stream.name).take(rows, frame.root)
        _claim_all(bench, stream, content.pattern, refs.filter(pa.array(several)), frame.root[several])
        references.made.append((frame, stream.name, rows, rule, content.where))
    absent = np.flatnonzero(named & (rows == NOBODY))
    references.miss(stream.name, refs.take(pa.array(absent)), frame.root[absent])
    refs = _matched(stream, rows, refs) if content.pattern else refs
    kept = named & ~((missing | barred) if content.missing == "warn" else np.zeros_like(named))
    fields = _fields(stream, rows, refs)
    fields["reference"] = _told(bench, stream, refs)
    return Found(rows, np.flatnonzero(kept), fields)


def discard_documents(bench: Bench, content: lang.Content, frame: Frame) -> None:
    """Mark the documents of excluded rows as excluded too; those found by a join: see `exclude_joined`."""
    stream = bench.stream(content.document)
    if content.by.operator == "from" and stream.bucketed and "." not in content.by.column:
        rows, _several = _rows(frame.text(content.by.column), stream, content.pattern)
        bench.claims(stream.name).discard(rows, frame.root)


def documents_table(bench: Bench, names: Text, protected: np.ndarray, references: References) -> pa.Table:
    """Give every document once, and a verdict for each that no row refers to."""
    near = _protected_folders(bench, protected)
    listed = [name for name in bench.bucketed if name in bench.plan.documents]
    tables = [SCHEMA.empty_table(), *(_listed(bench, bench.stream(name), names, near) for name in listed)]
    _report_shared(bench, references)
    for (name, ref), root in sorted(references.unlisted.items()):
        row = {"stream": name, "ref": ref, "root": names[root].as_py(), "status": "missing"}
        tables.append(pa.Table.from_pylist([row], schema=SCHEMA))
    return pa.concat_tables(tables).combine_chunks().sort_by([("stream", "ascending"), ("ref", "ascending")])


def _rows(refs: Text, stream: Stream, pattern: str) -> tuple[np.ndarray, np.ndarray]:
    """Give the document of each reference, and the references that several documents fit."""
    keys = _keys(stream, pattern)
    found = position(refs, keys)
    rows = np.array(pc.fill_null(pc.cast(found, pa.int64()), NOBODY))
    several = np.zeros(len(rows), dtype=bool)
    if pattern:
        several = np.asarray(holds(pc.is_in(refs, value_set=repeated(keys))), dtype=bool)
        rows[several] = NOBODY
    return rows, several


def _keys(stream: Stream, pattern: str) -> Text:
    """Give what a row must say to mean each document: its reference, or what the pattern takes of it."""
    if not pattern:
        return stream.text("ref")
    taken = pc.struct_field(pc.extract_regex(stream.text("ref"), pattern=pattern), "key")
    return pc.if_else(present(taken), taken, pa.scalar(None, pa.string()))


def _claim_all(bench: Bench, stream: Stream, pattern: str, refs: Text, roots: np.ndarray) -> None:
    """Let all documents that fit one reference follow the object that it sets aside."""
    if len(refs):
        found = position(_keys(stream, pattern), refs)
        at = where(pc.is_valid(found))
        bench.claims(stream.name).take(at, roots[np.asarray(found.take(pa.array(at)))])


def _matched(stream: Stream, rows: np.ndarray, refs: Text) -> Text:
    """Give the references of the documents found; where there is none, what the row says."""
    taken = pa.array(rows, pa.int64(), mask=rows == NOBODY)
    return pc.coalesce(stream.text("ref").take(taken), refs)


def _status(stream: Stream, rows: np.ndarray) -> np.ndarray:
    taken = pa.array(rows, pa.int64(), mask=rows == NOBODY)
    return np.asarray(pc.fill_null(stream.text("status").take(taken), ""), dtype=object)


def _numbers(stream: Stream, column: str, rows: np.ndarray) -> np.ndarray:
    taken = pa.array(rows, pa.int64(), mask=rows == NOBODY)
    return np.asarray(pc.fill_null(stream.column(column).take(taken), -1))


def _report_shared(bench: Bench, references: References) -> None:
    """Report documents that several objects point at, at all objects but the one that is counted."""
    for frame, name, rows, rule, place in references.made:
        owners = bench.claims(name).roots()
        at = np.flatnonzero(rows != NOBODY)
        others = at[owners[rows[at]] != frame.root[at]]
        bench.fault(frame, others, Cause("MAP125", "warn", rule, place))


def _fields(stream: Stream, rows: np.ndarray, refs: Text) -> dict[str, Text]:
    taken = pa.array(rows, pa.int64(), mask=rows == NOBODY)
    fields = {
        name: column.take(taken) for name in (*_COPIED, "name") if (column := stream.column(name)) is not None
    }
    fields["name"] = pc.coalesce(fields.get("name", blank(len(rows))), _last(refs))
    fields["mime"] = pc.coalesce(fields.get("mime", blank(len(rows))), pa.scalar("application/octet-stream"))
    fields["basis"] = pc.coalesce(fields.get("basis", blank(len(rows))), pa.scalar("none"))
    return fields


def _told(bench: Bench, stream: Stream, refs: Text) -> Text:
    """Give what each document is called in the package: with its stream where there are several.

    Keys of rows of different tables may be the same; PREMIS takes each identifier once.
    """
    entities = bench.mapping.entities.values()
    if len({entity.content.document for entity in entities if entity.content is not None}) == 1:
        return refs
    return pc.binary_join_element_wise(pa.scalar(stream.name), refs, ":")


def _last(refs: Text) -> Text:
    """Give the last part of paths."""
    return pc.replace_substring_regex(refs, pattern=r"^.*/", replacement="")


def _protected_folders(bench: Bench, protected: np.ndarray) -> dict[str, Text]:
    """Give per stream the folders in which documents of protected objects lie."""
    folders: dict[str, Text] = {}
    for name in bench.bucketed:
        if name in bench.plan.documents:
            owners = bench.claims(name).roots()
            at = np.flatnonzero(np.append(protected, False)[owners])  # the last one stands for nobody
            folders[name] = pc.unique(_folder(bench.stream(name).text("ref").take(pa.array(at))))
    return folders


def _folder(refs: Text) -> Text:
    return pc.replace_substring_regex(refs, pattern=r"[^/]*$", replacement="")


def _listed(bench: Bench, stream: Stream, names: Text, near: dict[str, Text]) -> pa.Table:
    claims = bench.claims(stream.name)
    owners = claims.roots()
    discarded = claims.discarded & (owners == NOBODY)
    loose = (owners == NOBODY) & ~discarded
    refs = stream.text("ref")
    _report(bench, stream, np.flatnonzero(loose), near[stream.name])
    words = np.full(len(stream), None, dtype=object)
    words[loose], words[discarded] = "quarantine", "exclude"
    columns = {
        "stream": repeat(stream.name, len(stream)),
        "ref": refs,
        "root": names.take(pa.array(owners, mask=owners == NOBODY)),
        "sha256": stream.text("sha256"),
        "status": stream.text("status"),
        "disposition": pa.array(words, pa.string()),
    }
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _report(bench: Bench, stream: Stream, at: np.ndarray, near: Text) -> None:
    """Report documents in no register; beside those of a protected object even the path says too much."""
    refs = stream.text("ref").take(pa.array(at))
    secret = np.asarray(holds(pc.is_in(_folder(refs), value_set=near)), dtype=bool)
    secret &= np.asarray(pc.greater(pc.utf8_length(_folder(refs)), 0), dtype=bool)
    secret |= stream.name in bench.plan.personal
    hidden = [
        bench.pseudonym(ref) if hide else ref for ref, hide in zip(refs.to_pylist(), secret, strict=True)
    ]
    place = _place(bench, stream.name)
    keys = pa.array(hidden, pa.string())
    nobody = np.full(len(at), NOBODY)
    bench.verdicts.add(nobody, stream.name, keys, Cause("MAP123", "quarantine", "unregistered", place))


def _place(bench: Bench, stream: str) -> str:
    for entity in bench.mapping.entities.values():
        if entity.content is not None and entity.content.document == stream:
            return entity.content.where
    return bench.mapping.entities_where
