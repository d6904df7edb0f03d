"""Identify many documents: what is known comes from the cache, the rest from worker processes."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from leverans.identify.cache import Cache, Key
from leverans.identify.reading import extension
from leverans.identify.result import Identification
from leverans.identify.workers import Workers

Item = tuple[str, Path, str]
_BATCH = 2_000
_NOTHING = hashlib.sha256(b"").hexdigest()


class Identifier:
    """Identifies documents by their bytes and the extension of their original name.

    Args:
        cache_path: SQLite file of what was identified before (made if missing), by digest, extension and
            version of the identifying software.
        workers: worker processes; the number of processors when None. The result does not depend on it.
    """

    def __init__(self, cache_path: Path, workers: int | None = None) -> None:
        self._cache = Cache(cache_path, f"pygfried {version('pygfried')}")
        self._number = workers or len(os.sched_getaffinity(0))
        self._failed: dict[Key, Identification] = {}

    def identify(self, items: Iterable[Item]) -> Iterator[tuple[str, Identification]]:
        """Yield (sha256, identification) for each (sha256, path of the bytes, original name), in that order.

        Nothing about one document stops the others: one that cannot be read, or that kills a worker, is
        unknown with the warning ``failed`` (remembered by this object, not by the cache).

        Raises:
            Outage: FMT010 no worker process can be started, FMT011 the cache cannot be read or written.
        """
        with closing(Workers(self._number)) as workers:
            source = iter(items)
            while batch := list(islice(source, _BATCH)):
                keys = [(sha256, extension(name)) for sha256, _, name in batch]
                paths = {key: path for key, (_, path, _) in zip(keys, batch, strict=True)}
                known = self._answers(paths, workers)
                yield from ((key[0], known[key]) for key in keys)

    def known(self, items: Iterable[tuple[str, str]]) -> Iterator[Identification | None]:
        """Yield what is remembered of each (sha256, original name), in that order; no bytes are read."""
        source = iter(items)
        while batch := [(sha256, extension(name)) for sha256, name in islice(source, _BATCH)]:
            found = self._cache.known(batch)
            yield from (found.get(key) for key in batch)

    def close(self) -> None:
        """Close the cache."""
        self._cache.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answers(self, paths: Mapping[Key, Path], workers: Workers) -> dict[Key, Identification]:
        known = {key: Identification(warning="empty") for key in paths if key[0] == _NOTHING}
        known |= {key: self._failed[key] for key in paths if key in self._failed}
        known |= self._cache.known(key for key in paths if key not in known)
        missing = [key for key in paths if key not in known]
        if not missing:
            return known
        found = workers.identify([(str(paths[key].absolute()), key[1]) for key in missing])
        for key, answer in zip(missing, found, strict=True):
            known[key] = answer
            if answer.warning == "failed":
                self._failed[key] = answer
        self._cache.remember({key: known[key] for key in missing if key not in self._failed})
        return known
