"""Texts that were harmed on their way: the signs are those of `leverans.identify.harmed`."""

from collections.abc import Iterator

from leverans.identify.harmed import harms
from leverans.quality.bench import Bench, Mark


def encoding(bench: Bench) -> Iterator[Mark]:
    """Texts that were read with the wrong encoding, or hold lost characters or control characters."""
    for name in bench.fields():
        for sign, shown in harms(bench.column(name)):
            yield Mark(shown, sign.code, f"{name}: {sign.name}")
