"""A sealed landing, read back: every file is held against its digest before it is used."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from leverans.contracts import Catalogue, Finding, LandedFile, LandedStream, Manifest, Stream, from_json
from leverans.errors import IntegrityError
from leverans.sources.landing.log import SET_ASIDE, SET_ASIDE_SCHEMA
from leverans.sources.landing.plan import schema

MANIFEST = "manifest.json"
CATALOGUE = "catalogue.json"
FINDINGS = "findings.json"


@dataclass(frozen=True, slots=True)
class Landing:
    """A landing folder.

    Attributes:
        folder: where it is.
        id: SHA-256 (hex) of its manifest, and its name.
        manifest: what it holds.
        catalogues: what was discovered, one per source, in the delivery's order.
    """

    folder: Path
    id: str
    manifest: Manifest
    catalogues: tuple[Catalogue, ...]

    @classmethod
    def open(cls, folder: Path) -> "Landing":
        """Open a sealed landing.

        Raises:
            IntegrityError: SRC131 there is none that is sealed, SRC130 manifest or catalogue were changed.
        """
        try:
            text = (folder / MANIFEST).read_bytes()
        except OSError as fault:
            raise IntegrityError("SRC131", folder.name, reason=MANIFEST) from fault
        digest = hashlib.sha256(text).hexdigest()
        if digest != folder.name:
            raise IntegrityError("SRC130", f"{folder.name}/{MANIFEST}")
        try:
            manifest = from_json(Manifest, text)
        except ValueError as fault:
            raise IntegrityError("SRC131", folder.name, reason=MANIFEST) from fault
        listed = _checked(folder, CATALOGUE, manifest.companions.get(CATALOGUE, ""))
        catalogues = tuple(from_json(Catalogue, json.dumps(plain)) for plain in json.loads(listed))
        return cls(folder, digest, manifest, catalogues)

    def catalogue(self, source: str) -> Catalogue:
        """Give what was discovered in one source.

        Raises:
            KeyError: there is no such source.
        """
        for catalogue in self.catalogues:
            if catalogue.source == source:
                return catalogue
        raise KeyError(source)

    def bucket(self, number: int) -> dict[str, pa.Table]:
        """Give the rows of one bucket: every bucketed stream, also those without rows in it.

        Raises:
            IndexError: there is no such bucket.
            IntegrityError: SRC130 with the file's place.
        """
        if not 0 <= number < self.manifest.buckets:
            raise IndexError(number)
        return {
            stream.name: self._table(stream, [file for file in stream.files if file.bucket == number])
            for stream in self._read()
            if not _whole(stream)
        }

    def shared(self) -> dict[str, pa.Table]:
        """Give the streams that lie whole.

        Raises:
            IntegrityError: SRC130 with the file's place.
        """
        return {
            stream.name: self._table(stream, list(stream.files)) for stream in self._read() if _whole(stream)
        }

    def documents(self) -> Iterator[pa.Table]:
        """Give all document rows, file by file, with the stream's name in a first column ``stream``.

        Raises:
            IntegrityError: SRC130 with the file's place.
        """
        for stream in self._read():
            if self._described(stream).kind != "documents":
                continue
            for file in stream.files:
                table = self._table(stream, [file])
                names = pa.array([stream.name] * table.num_rows, pa.string())
                yield table.add_column(0, "stream", names)

    def set_aside(self) -> pa.Table:
        """Give the rows that could not be read (`SET_ASIDE_SCHEMA`); `hint` may be personal.

        Raises:
            IntegrityError: SRC130 with the file's place.
        """
        if SET_ASIDE not in self.manifest.companions:
            return SET_ASIDE_SCHEMA.empty_table()
        data = _checked(self.folder, SET_ASIDE, self.manifest.companions[SET_ASIDE])
        return pq.read_table(pa.BufferReader(data))

    def findings(self) -> tuple[Finding, ...]:
        """Give what the extract found.

        Raises:
            IntegrityError: SRC130 with the file's place.
        """
        data = _checked(self.folder, FINDINGS, self.manifest.companions[FINDINGS])
        return tuple(Finding(**plain) for plain in json.loads(data))

    def verify(self) -> tuple[Finding, ...]:
        """Hold every file against its digest and every count against the manifest."""
        found = [
            Finding.of("SRC130", f"{self.id}/{path}", severity="critical")
            for path, digest in (*self._files(), *self.manifest.companions.items())
            if not _sound(self.folder, path, digest)
        ]
        for stream in self._read():
            rows = sum(file.rows for file in stream.files) + stream.set_aside
            if rows != stream.rows:
                found.append(Finding.of("SRC134", stream.name, found=rows, wanted=stream.rows))
        return tuple(found)

    def files(self) -> tuple[str, ...]:
        """Give the paths of all files but the manifest, relative to the folder."""
        return (*(path for path, _digest in self._files()), *self.manifest.companions)

    def _files(self) -> Iterator[tuple[str, str]]:
        for stream in self.manifest.streams:
            for file in stream.files:
                yield file.path, file.sha256

    def _read(self) -> Iterator[LandedStream]:
        return (stream for stream in self.manifest.streams if not stream.left)

    def _described(self, stream: LandedStream) -> Stream:
        source, _dot, name = stream.name.partition(".")
        return self.catalogue(source).stream(name)

    def _table(self, stream: LandedStream, files: list[LandedFile]) -> pa.Table:
        if not files:
            return schema(self._described(stream)).empty_table()
        parts = [
            pq.read_table(pa.BufferReader(_checked(self.folder, file.path, file.sha256))) for file in files
        ]
        return pa.concat_tables(parts)


def _whole(stream: LandedStream) -> bool:
    """A shared stream always has its one file; a stream without files had no rows for any bucket."""
    return any(file.bucket is None for file in stream.files)


def _checked(folder: Path, path: str, digest: str) -> bytes:
    try:
        data = (folder / path).read_bytes()
    except OSError as fault:
        raise IntegrityError("SRC130", f"{folder.name}/{path}") from fault
    if hashlib.sha256(data).hexdigest() != digest:
        raise IntegrityError("SRC130", f"{folder.name}/{path}")
    return data


def _sound(folder: Path, path: str, digest: str) -> bool:
    try:
        _checked(folder, path, digest)
    except IntegrityError:
        return False
    return True
