"""How many different values a column has, and which: in bounded memory, whatever the number of rows."""

from pathlib import Path

import numpy as np

from leverans.sources.profiling.buffers import Hashes

SAMPLE = 2_048
"""A sketch keeps this many of the smallest hashes: a fair sample of the different values."""

_RUN = 1 << 18
_SPACE = 2.0**64
_NEARLY = 0.9


class Sketch:
    """The smallest hashes of a column: all of them while they are few, else a sample."""

    def __init__(self) -> None:
        self.kept: Hashes = np.zeros(0, np.uint64)
        self.full = False

    def add(self, hashes: Hashes) -> None:
        """Take the hashes of a batch."""
        if self.full:
            hashes = hashes[hashes < self.kept[-1]]
        if len(hashes):
            both = np.unique(np.concatenate([self.kept, hashes]))
            self.full = self.full or len(both) > SAMPLE
            self.kept = both[:SAMPLE]

    @property
    def count(self) -> int:
        """How many different values there are, estimated where they are more than the sketch holds."""
        if not self.full:
            return len(self.kept)
        return round((SAMPLE - 1) * _SPACE / float(self.kept[-1]))


class Uniqueness:
    """Says whether a column has any value twice; hashes lie on disk for as long as it may be unique.

    Args:
        path: where the hashes are written; after `settle` sorted, or gone where a value stands twice.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken = False
        self.count = 0
        self._runs: list[int] = []
        self._waiting: list[Hashes] = []
        self._held = 0

    def add(self, hashes: Hashes, sketch: Sketch) -> None:
        """Take the hashes of a batch, of which `sketch` knows already."""
        if self.broken or not len(hashes):
            return
        self.count += len(hashes)
        twice = len(np.unique(hashes)) < len(hashes)
        if twice or (sketch.count < self.count * (_NEARLY if sketch.full else 1)):
            self._break()
            return
        self._waiting.append(hashes)
        self._held += len(hashes)
        if self._held >= _RUN:
            self._write()

    def settle(self) -> bool:
        """Sort what was written; say whether the column is unique (and has values)."""
        if self.broken or not self.count:
            return False
        self._write()
        if len(self._runs) > 1 and not self._merge():
            self._break()
        return not self.broken

    def _break(self) -> None:
        self.broken, self._waiting, self._held = True, [], 0
        self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        if not self._held:
            return
        run = np.sort(np.concatenate(self._waiting))
        with self.path.open("ab") as file:
            file.write(run.tobytes())
        self._runs.append(len(run))
        self._waiting, self._held = [], 0

    def _merge(self) -> bool:
        """Merge the sorted runs range by range; False as soon as a value stands twice."""
        held = np.memmap(self.path, np.uint64, "r")
        ends = np.cumsum(self._runs)
        runs = [held[end - size : end] for end, size in zip(ends, self._runs, strict=True)]
        target = self.path.with_suffix(".sorted")
        bounds = np.linspace(0, _SPACE, -(-self.count // _RUN) + 1)[1:-1].astype(np.uint64)
        before = [0] * len(runs)
        with target.open("wb") as file:
            for bound in [*bounds, None]:
                after = [len(run) if bound is None else int(np.searchsorted(run, bound)) for run in runs]
                pieces = [run[start:end] for run, start, end in zip(runs, before, after, strict=True)]
                part, before = np.sort(np.concatenate(pieces)), after
                if len(part) and not np.all(part[1:] > part[:-1]):
                    target.unlink()
                    return False
                file.write(part.tobytes())
        target.replace(self.path)
        return True


def opened(path: Path) -> Hashes:
    """Give a sorted file of hashes; what is not looked at is not read."""
    return np.memmap(path, np.uint64, "r")


def present(sample: Hashes, held: Hashes) -> int:
    """Count the hashes of a sample that are among sorted ones."""
    places = np.minimum(np.searchsorted(held, sample), len(held) - 1)
    return int(np.count_nonzero(held[places] == sample))
