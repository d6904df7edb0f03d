"""One dBase file: its fields, its records in batches, its count."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from struct import Struct
from typing import Any, BinaryIO

import pyarrow as pa

from leverans.contracts import Column, Finding
from leverans.errors import IntegrityError
from leverans.sources.contract import Batch, SetAside
from leverans.sources.flat.batches import BATCH_BYTES, BATCH_ROWS, fingerprint, opened
from leverans.sources.flat.dbf import Field, Head, NotDbf, head_of
from leverans.sources.flat.memo import Broken, Memo
from leverans.sources.flat.verifying import contradicted
from leverans.sources.gathering import batch_of
from leverans.sources.landing.hashing import hint_of
from leverans.sources.spelling import Judge, decode

OWN = (Column("record", "int64", nullable=False), Column("deleted", "bool", nullable=False))
"""Columns that every file has beside its fields: the record's number from 1, and its mark of deletion."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_FLAGS = {"Y": "true", "T": "true", "N": "false", "F": "false", "?": "", "": ""}
_BINARY = {"I": Struct("<l"), "Y": Struct("<q"), "B": Struct("<d"), "O": Struct("<d"), "T": Struct("<LL")}
_JULIAN = 1_721_426
"""Julian day number of the 1st of January of year 1."""


class DbaseTable:
    """Reads one dBase file and its memo file; values are text, and bytes where the file says so.

    Args:
        source: name of the source.
        stream: name of the stream.
        path: the file; its memo file lies beside it.
        encoding: of the texts.
        by: columns that tell the root.
    """

    def __init__(
        self, source: str, stream: str, path: Path, *, encoding: str, by: tuple[str, ...] = ()
    ) -> None:
        self._where = f"{source}.{stream}"
        self._stream = stream
        self._path = path
        self._encoding = encoding
        self._by = by
        self._judge = Judge()
        self._odd = self._deleted = 0

    def columns(self) -> tuple[Column, ...]:
        """Give the fields, and `OWN`.

        Raises:
            ConfigurationError: SRC012 no file, SRC013 something else than a file.
            IntegrityError: SRC221 no dBase file, or its memo file is not there.
            AccessDenied: SRC014.
        """
        with self._open() as (_file, head, _memo):
            return self._columns(head)

    def count(self) -> int:
        """Count the records that the file says to have, those that are not there as one."""
        with self._open() as (_file, head, _memo):
            room = max(0, self._path.stat().st_size - head.start)
            there = min(head.records, room // head.length)
            return there + (there < head.records)

    def batches(self) -> Iterator[Batch]:
        """Read the records in the order of the file, deleted ones too."""
        self._judge = Judge()
        self._odd = self._deleted = 0
        with self._open() as (file, head, memo):
            columns = self._columns(head)
            schema = pa.schema([(one.name, _ARROW[one.type]) for one in columns])
            rows: list[list[Any]] = []
            aside: list[SetAside] = []
            weight = number = 0
            file.seek(head.start)
            for number, record in enumerate(self._records(file, head), start=1):
                values = self._row(head, record, memo, number)
                if isinstance(values, SetAside):
                    aside.append(values)
                else:
                    rows.append(values)
                    weight += sum(len(one) for one in values if isinstance(one, str | bytes))
                if len(rows) + len(aside) >= BATCH_ROWS or weight >= BATCH_BYTES:
                    yield batch_of(self._stream, schema, rows, aside=aside)
                    rows, aside, weight = [], [], 0
            findings = [*self._told(head)]
            if number < head.records:
                aside.append(self._cut(number, head.records))
            elif file.read(2).strip(b"\x1a\0 "):
                findings.append(Finding.of("SRC233", self._where, records=head.records))
            yield batch_of(self._stream, schema, rows, aside=aside, findings=findings)

    def fingerprint(self) -> str:
        """Give inode, size and time of file and memo file."""
        memo = self._memo_path()
        told = [fingerprint(self._path, self._where)] + ([fingerprint(memo, self._where)] if memo else [])
        return "; ".join(told)

    @contextmanager
    def _open(self) -> Iterator[tuple[BinaryIO, Head, Memo | None]]:
        with opened(self._path, self._where, "dbf") as file:
            try:
                head = head_of(file)
            except NotDbf as fault:
                raise IntegrityError("SRC221", self._where, reason=fault.reason) from fault
            if not head.has_memo:
                yield file, head, None
                return
            beside = self._memo_path()
            if beside is None:
                raise IntegrityError("SRC221", self._where, reason=".dbt, .fpt")
            with opened(beside, self._where, "dbt, fpt") as memo:
                fox = beside.suffix.lower() == ".fpt"
                yield file, head, Memo(memo, "fpt" if fox else head.memo)

    def _memo_path(self) -> Path | None:
        """Give the memo file beside the file, however its ending is written."""
        folder = self._path.parent
        beside = sorted(
            one
            for one in (folder.iterdir() if folder.is_dir() else ())
            if one.stem.lower() == self._path.stem.lower() and one.suffix.lower() in {".dbt", ".fpt"}
        )
        return beside[0] if beside else None

    def _columns(self, head: Head) -> tuple[Column, ...]:
        taken = {field.name for field in head.fields}
        if taken & {one.name for one in OWN}:
            raise IntegrityError("SRC221", self._where, reason=", ".join(one.name for one in OWN))
        mine = [
            Column(field.name, "binary" if field.binary else "string", nullable=field.null is not None)
            for field in head.fields
        ]
        return (*mine, *OWN)

    def _records(self, file: BinaryIO, head: Head) -> Iterator[bytes]:
        for _ in range(head.records):
            record = file.read(head.length)
            if len(record) < head.length:
                return
            yield record

    def _row(self, head: Head, record: bytes, memo: Memo | None, number: int) -> list[Any] | SetAside:
        deleted = record[:1] == b"*"
        flags = int.from_bytes(head.flags.of(record), "little") if head.flags else 0
        if record[0] not in b" *":
            return self._aside(head, record, number, "SRC232", ())
        try:
            values = [self._value(head, field, record, flags, memo) for field in head.fields]
        except UnicodeDecodeError:
            return self._aside(head, record, number, "SRC102", (("encoding", self._encoding),))
        except Broken:
            return self._aside(head, record, number, "SRC232", ())
        self._deleted += deleted
        return [*values, number, deleted]

    def _value(self, head: Head, field: Field, record: bytes, flags: int, memo: Memo | None) -> Any:
        raw = field.of(record)
        if field.null is not None and flags >> field.null & 1:
            return None
        if head.is_memo(field):
            return self._memo(field, raw, memo)
        if field.varying is not None and flags >> field.varying & 1:
            raw = raw[: raw[-1]]
        if field.binary:
            return raw
        if field.type in "CV":
            return self._text(raw)
        if field.type in _BINARY:
            return self._packed(field.type, raw)
        text = raw.decode("latin-1").strip(" \0")
        fits, text = _plain(field.type, text)
        self._odd += not fits
        return text

    def _memo(self, field: Field, raw: bytes, memo: Memo | None) -> Any:
        told = raw.strip(b" \0")
        packed = len(raw) == 4
        if not packed and told and not told.isdigit():
            raise Broken
        number = int.from_bytes(raw, "little") if packed else int(told or b"0")
        value = memo.read(number) if number and memo is not None else b""
        return value if field.binary else self._text(value, b"")

    def _text(self, raw: bytes, padding: bytes = b" \0") -> str:
        self._judge.feed(raw)
        return decode(raw.rstrip(padding) if padding else raw, self._encoding)

    def _packed(self, kind: str, raw: bytes) -> str:
        """Give the text of a number or moment that is kept in bytes."""
        if len(raw) != _BINARY[kind].size:
            raise Broken
        first, *rest = _BINARY[kind].unpack(raw)
        if kind == "T":
            return _moment(first, rest[0])
        if kind == "Y":
            return f"{'-' if first < 0 else ''}{abs(first) // 10_000}.{abs(first) % 10_000:04}"
        return repr(first)

    def _aside(
        self, head: Head, record: bytes, number: int, code: str, told: tuple[tuple[str, str | int], ...]
    ) -> SetAside:
        wanted = [field for field in head.fields if field.name in self._by and field.type in "CNF"]
        keys = [field.of(record) for field in wanted]
        hint = None
        if len(wanted) == len(self._by) and all(key.isascii() for key in keys):
            values = [
                key.decode().rstrip(" \0") if field.type == "C" else key.decode().strip(" \0")
                for field, key in zip(wanted, keys, strict=True)
            ]
            hint = hint_of([pa.array([value], pa.string()) for value in values])
        return SetAside(f"#{number}", number, code, "", told, hint)

    def _cut(self, found: int, wanted: int) -> SetAside:
        told: tuple[tuple[str, str | int], ...] = (("found", found), ("wanted", wanted))
        return SetAside(f"#{found + 1}", found + 1, "SRC231", f"{found} ≠ {wanted}", told)

    def _told(self, head: Head) -> Iterator[Finding]:
        if self._deleted:
            yield Finding.of("SRC234", self._where, count=self._deleted)
        if self._odd:
            yield Finding.of("SRC235", self._where, count=self._odd)
        if head.encoding and head.encoding != self._encoding:
            yield Finding.of("SRC236", self._where, encoding=self._encoding, found=head.encoding)
        yield from contradicted(self._judge.told(), self._encoding, self._where)


_ARROW = {"string": pa.string(), "binary": pa.binary(), "int64": pa.int64(), "bool": pa.bool_()}


def _plain(kind: str, text: str) -> tuple[bool, str]:
    """Give whether a text is what its field should hold, and the text; a day in ISO 8601."""
    if not text:
        return True, ""
    if kind == "D":
        return _day(text)
    if kind == "L":
        return text.upper() in _FLAGS, _FLAGS.get(text.upper(), text)
    return (bool(_NUMBER.fullmatch(text)) if kind in "NF" else True), text


def _day(text: str) -> tuple[bool, str]:
    try:
        if len(text) != 8:
            return False, text
        return True, date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    except ValueError:
        return False, text


def _moment(day: int, thousandths: int) -> str:
    """Give a day and time in ISO 8601; a day of 0 is none."""
    if not day:
        return ""
    try:
        when = datetime(1, 1, 1) + timedelta(days=day - _JULIAN, milliseconds=thousandths)  # noqa: DTZ001
    except OverflowError:
        raise Broken from None
    return when.isoformat(timespec="milliseconds" if when.microsecond else "seconds")
