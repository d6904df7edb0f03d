"""Streams of chance: one for each thing, so that what a case holds never depends on its neighbours."""

from random import Random


def stream(seed: int, *names: object) -> Random:
    """The stream of one named thing in the world of this seed; the same on every machine."""
    return Random("/".join(map(str, (seed, *names))))  # noqa: S311 - a world that can be built again keeps no secret
