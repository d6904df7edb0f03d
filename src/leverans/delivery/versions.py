"""Content digests and the state of each object against what is archived (architecture, section 3)."""

import hashlib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leverans.model import SCHEMAS

_NOT_CONTENT = {
    "case": {"version", "replaces", "digest"},
    "file": {"puid", "format", "format_version", "mime", "basis"},
}
_PART = 8
_DOCUMENT = 0x80


def content_digests(tables: Mapping[str, pa.Table], salt: str) -> dict[str, str]:
    """Give the content digest of each root object, lower-case hex.

    It covers the canonical source rows, the archive object made of them and the documents' digests; `salt` is
    the digest of mapping and profile. No clock, no version and no format identification is in it, and the
    order of the rows in the tables does not matter.
    """
    roots: list[pa.Array] = []
    texts: list[pa.Array] = []
    for name in SCHEMAS:
        table = tables.get(name)
        if table is None or table.num_rows == 0:
            continue
        roots.append(table["root"].combine_chunks())
        texts.append(_canonical_text(name, table))
    digests: dict[str, str] = {}
    for root, lines in _runs(roots, texts):
        digest = hashlib.sha256(salt.encode())
        digest.update("\n".join(lines).encode("utf-8", "surrogatepass"))
        digests[root] = digest.hexdigest()
    return digests


def parts(tables: Mapping[str, pa.Table], salt: str) -> dict[str, bytes]:
    """Give what each root object consists of, as sorted 8-byte digests.

    One for each source row, document, and line of the archive object (its order among its siblings left out),
    and one for `salt`: when all of an earlier version are still there, something was only added. The digests
    of documents, and no others, have the highest bit set: see `document_part`.
    """
    roots: list[pa.Array] = []
    texts: list[pa.Array] = []
    for name in SCHEMAS:
        table = tables[name]
        if table.num_rows:
            roots.append(table["root"].combine_chunks())
            texts.append(_canonical_text(name, table, without={"seq"}))
    files = tables["file"]
    documents: dict[str, list[bytes]] = {}
    for root, digest in zip(files["root"].to_pylist(), files["sha256"].to_pylist(), strict=True):
        documents.setdefault(root, []).append(document_part(digest or ""))
    return {
        root: b"".join(sorted([*map(_part, (salt, *lines)), *documents.get(root, ())]))
        for root, lines in _runs(roots, texts)
    }


def document_part(sha256: str) -> bytes:
    """Give the part that a document is, by its SHA-256 in hex."""
    raw = _hash(sha256)
    return bytes([raw[0] | _DOCUMENT]) + raw[1:]


def document_parts(whole: bytes) -> set[bytes]:
    """Give those of an object's parts that are documents."""
    return {part for part in _split(whole) if part[0] & _DOCUMENT}


def _part(line: str) -> bytes:
    raw = _hash(line)
    return bytes([raw[0] & ~_DOCUMENT]) + raw[1:]


def _hash(line: str) -> bytes:
    return hashlib.blake2b(line.encode("utf-8", "surrogatepass"), digest_size=_PART).digest()


def includes(later: bytes, earlier: bytes) -> bool:
    """Say whether every part of `earlier` is still there in `later`."""
    return set(_split(earlier)) <= set(_split(later))


def state_of(
    *, digest: str, closed: bool, voided: bool, parts: bytes, before: Mapping[str, object] | None
) -> str:
    """Give the state of an object against its last archived version.

    Args:
        digest: content digest now.
        closed: the case is closed now.
        voided: a rule of the mapping calls it void now.
        parts: what it consists of now, see `parts`.
        before: the ledger's last archived version (digest, closed, parts, state), None when there is none.
    """
    if before is None:
        return "new"
    if before["digest"] == digest:
        return "unchanged"
    if voided:
        return "voided"
    if before["closed"] and not closed:
        return "reopened"
    earlier = before["parts"]
    if isinstance(earlier, bytes) and earlier and includes(parts, earlier):
        return "supplemented"
    return "changed"


def _split(text: bytes) -> list[bytes]:
    return [text[at : at + _PART] for at in range(0, len(text), _PART)]


def _canonical_text(name: str, table: pa.Table, without: AbstractSet[str] = frozenset()) -> pa.Array:
    """Write each row as one text; a field without a value leaves no trace, so the model can grow."""
    left_out = _NOT_CONTENT.get(name, set()) | {"root"} | without
    if name == "case":
        left_out |= {"seq"}
    pieces: list[Any] = [pa.chunked_array([pa.repeat(pa.scalar(name), table.num_rows)])]
    told = (column for column in table.column_names if column not in left_out)
    pieces += [_tagged(column, table[column]) for column in told if table[column].null_count < table.num_rows]
    joined = pc.binary_join_element_wise(*pieces, ":", null_handling="skip")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _tagged(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give each value as ``name:length:value``, so that no two different rows give the same text."""
    text = column if pa.types.is_string(column.type) else pc.cast(column, pa.string())
    length = pc.cast(pc.binary_length(text), pa.string())
    return pc.binary_join_element_wise(pa.scalar(name), length, text, ":")


def _runs(roots: list[pa.Array], texts: list[pa.Array]) -> Iterator[tuple[str, list[str]]]:
    """Yield each root with its texts sorted."""
    if not roots:
        return
    table = pa.table({"root": pa.chunked_array(roots), "text": pa.chunked_array(texts)})
    table = table.sort_by([("root", "ascending"), ("text", "ascending")])
    names = table["root"].combine_chunks()
    ends = pc.run_end_encode(names)
    lines = table["text"].to_pylist()
    start = 0
    for root, end in zip(ends.values.to_pylist(), ends.run_ends.to_pylist(), strict=True):
        yield root, lines[start:end]
        start = end
