"""Identify many documents: what is known comes from the cache, the rest from worker processes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from leverans.identify.result import Identification

Item = tuple[str, Path, str]


class Identifier:
    """Identifies documents by their bytes and the extension of their original name.

    Args:
        cache_path: SQLite file of what was identified before (made if missing), by digest, extension and
            version of the identifying software.
        workers: worker processes; the number of processors when None. The result does not depend on it.
    """

    def __init__(self, cache_path: Path, workers: int | None = None) -> None:
        self._cache_path = cache_path
        self._workers = workers

    def identify(self, items: Iterable[Item]) -> Iterator[tuple[str, Identification]]:
        """Yield (sha256, identification) for each (sha256, path of the bytes, original name), in that order.

        Nothing about one document stops the others: one that cannot be read, or that kills a worker, is unknown
        with the warning ``failed`` (and is not remembered).
        """
        raise NotImplementedError(items)

    def close(self) -> None:
        """Close the cache."""

    def __enter__(self) -> "Identifier":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
