"""Work spread over processes: one function over many parts, answers in the order of the parts.

Processes are spawned, never forked (a fork of a process with threads can hang), and end with the process that
began them, however that ends.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import TypeVar

WORKERS_VARIABLE = "LEVERANS_WORKERS"
_MOST = 8
_AHEAD = 2

Part = TypeVar("Part")
Answer = TypeVar("Answer")


def number_of_workers() -> int:
    """Give how many processes work may be spread over.

    ``LEVERANS_WORKERS`` if it is set to a positive number, else one for each processor that this process may
    use, at most eight.
    """
    told = os.environ.get(WORKERS_VARIABLE, "")
    if told.isdecimal() and int(told):
        return int(told)
    return min(
        _MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )


def spread(
    function: Callable[[Part], Answer], parts: Iterable[Part], *, least: int = 4, workers: int | None = None
) -> Iterator[Answer]:
    """Yield the answer to each part, in the order of the parts.

    At most a few parts for each process are under way or waiting, so memory does not grow with their number.

    Args:
        function: a function of a module (it is found by name in the other processes).
        parts: what it is called with; each must pickle.
        least: with fewer parts than this, no process is begun: it would cost more than it saves.
        workers: how many processes; `number_of_workers` if not given. One means: in this process.

    Raises:
        BrokenProcessPool: a process died.
    """
    number = workers or number_of_workers()
    coming = iter(parts)
    first = list(islice(coming, least))
    if number < 2 or len(first) < least:
        yield from map(function, chain(first, coming))
        return
    with ProcessPoolExecutor(number, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        yield from _in_order(pool, function, chain(first, coming), number * _AHEAD)


def _in_order(
    pool: ProcessPoolExecutor, function: Callable[[Part], Answer], parts: Iterator[Part], ahead: int
) -> Iterator[Answer]:
    waiting: deque[Future[Answer]] = deque()
    try:
        for part in parts:
            waiting.append(pool.submit(function, part))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for each in waiting:
            each.cancel()


def _end_with_parent() -> None:
    """Watch the parent: when it is killed, nobody would tell this process."""
    parent = parent_process()
    if parent is not None:
        Thread(target=_wait, args=(parent.sentinel,), daemon=True).start()


def _wait(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
