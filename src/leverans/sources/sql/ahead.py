"""Work on one part of an answer while the next one is read."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Made = TypeVar("Made")


def ahead(parts: Iterable[Part], make: Callable[[Part], Made]) -> Iterator[Made]:
    """Give what is made of each part, in their order; one part is being made while the next one is read.

    Args:
        parts: read in the caller's thread.
        make: runs in a thread of its own; it touches no source.

    Raises:
        Exception: what `parts` raises, after what was made of every part before; what `make` raises.
    """
    source = iter(parts)
    with ThreadPoolExecutor(1, "ahead") as executor:
        waiting: list[Future[Made]] = []
        failed: Exception | None = None
        while True:
            try:
                waiting.append(executor.submit(make, next(source)))
            except StopIteration:
                break
            except Exception as fault:  # noqa: BLE001 - it is raised where its turn comes
                failed = fault
                break
            if len(waiting) > 1:
                yield waiting.pop(0).result()
        for left in waiting:
            yield left.result()
        if failed is not None:
            raise failed
