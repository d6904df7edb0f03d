"""What Prefect may see of an error, what it tries again, and how a stage becomes a task."""

import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from prefect import Task, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import TaskRun
from prefect.concurrency._asyncio import ConcurrencySlotAcquisitionError
from prefect.context import TaskRunContext
from prefect.states import State

from leverans.delivery.stopping import told
from leverans.errors import ConfigurationError, LeveransError, Outage

RETRIES = 3
DELAYS = [10, 60, 300]
"""Seconds between tries; only an outage is tried again."""

MOST_PARTS = 100
"""Parts of one stage: a run stays below 300 tasks, however big it is."""

_PLACE = re.compile(r"[\w./-]+\.(?:yaml|csv|toml)(?::\d+){1,2}")
"""A place in the content. Other places may be names of files at the source, and stay on the host."""

_PROBLEMS = 20


class Shown(Exception):
    """An error as Prefect may show it: code, text and a place in the content, never data.

    Attributes:
        fault: the error itself; it does not leave the process.
    """

    def __init__(self, fault: Exception) -> None:
        super().__init__(words(fault))
        self.fault = fault


def words(fault: Exception) -> str:
    """Tell an error in Swedish and English; of one that has no code only its kind and where it arose."""
    if isinstance(fault, OSError):
        fault = told(fault)
    if not isinstance(fault, LeveransError):
        fault = LeveransError("FLW001", kind=type(fault).__name__, place=_origin(fault))
    lines = [_line(fault)]
    if isinstance(fault, ConfigurationError):
        lines += [_line(problem) for problem in fault.problems[:_PROBLEMS]]
    return "\n".join(lines)


def _line(fault: LeveransError) -> str:
    place = fault.where if _PLACE.fullmatch(fault.where) else ""
    texts = " | ".join(fault.kind.text(language, fault.parameters) for language in ("sv", "en"))
    return f"{place}: {fault.code} {texts}" if place else f"{fault.code} {texts}"


def _origin(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)[-3:]
    return " ← ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )


@contextmanager
def unveiled() -> Iterator[None]:
    """Raise the error behind what a task showed, for the session to remember.

    Raises:
        Outage: FLW010, Prefect itself could not go on without its server.
    """
    fault: Exception | None = None
    try:
        yield
    except Shown as shown:
        fault = shown.fault
    except (httpx.HTTPError, ConcurrencySlotAcquisitionError):
        fault = Outage("FLW010", "")
    if fault is not None:
        raise fault


def outage(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Say whether a task may be tried again: the source, disk or lock was not to be had."""
    shown = state.data
    fault = told(shown.fault) if isinstance(shown, Shown) and isinstance(shown.fault, OSError) else shown
    return isinstance(fault.fault if isinstance(fault, Shown) else fault, Outage)


def stage(
    name: str, run_name: str | None = None, *, retries: int = RETRIES
) -> Callable[[Callable[..., Any]], Task[..., Any]]:
    """Make a task of a stage: tagged with its name, nothing cached or kept, only outages tried again.

    Args:
        name: the stage's name.
        run_name: the task run's name, when it is another.
        retries: how often; 0 for a stage that a session may take only once (the next run begins it anew).
    """

    def make(function: Callable[..., Any]) -> Task[..., Any]:
        @wraps(function)
        def guarded(*given: Any, **named: Any) -> Any:
            fault: Exception
            tag(f"stage:{name}")
            try:
                manifest = function(*given, **named)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is shown without data
                fault = error
            else:
                get_run_logger().info("%s: %s", run_name_of(name, given), brief(manifest))
                return manifest
            raise Shown(fault)

        return task(
            guarded,
            name=name,
            task_run_name=run_name or name,
            cache_policy=NO_CACHE,
            persist_result=False,
            retries=retries,
            retry_delay_seconds=DELAYS,
            retry_condition_fn=outage,
            log_prints=False,
        )

    return make


def tag(word: str) -> None:
    """Tag the task run that is at work.

    A task that has tags beforehand begins only when Prefect's server says so: one that is away would stop it.
    """
    context = TaskRunContext.get()
    if context is not None:
        context.task_run.tags = [*context.task_run.tags, word]


def run_name_of(name: str, given: Sequence[Any]) -> str:
    """Give a stage's name with the part it is at: ``map 3/12``."""
    part = next((one for one in given if isinstance(one, Part)), None)
    return f"{name} {part}" if part is not None else name


def brief(manifest: Any) -> str:
    """Write the numbers and ids of a manifest on one line."""
    if not isinstance(manifest, dict):
        return "done"
    plain = {key: value for key, value in manifest.items() if isinstance(value, int | float | str)}
    return ", ".join(f"{key} {value}" for key, value in plain.items()) or "done"


class Part:
    """A group of buckets or packages that makes one task; Prefect looks at its name only.

    Attributes:
        number: from 1.
        of: how many parts there are.
        items: buckets or packages.
    """

    def __init__(self, number: int, of: int, items: Sequence[Any]) -> None:
        self.number = number
        self.of = of
        self.items = items
        self._done = 0

    def left(self) -> Iterator[Any]:
        """Yield what is not done; an item is done when the next one is asked for, so none is done twice."""
        while self._done < len(self.items):
            yield self.items[self._done]
            self._done += 1

    def __str__(self) -> str:
        """Give ``3/12``."""
        return f"{self.number}/{self.of}"


def parts(items: Sequence[Any]) -> list[Part]:
    """Group items into at most `MOST_PARTS` parts, in order and about equally big."""
    count = min(len(items), MOST_PARTS)
    edges = [len(items) * at // count for at in range(count + 1)] if count else []
    return [Part(at + 1, count, items[first:last]) for at, (first, last) in enumerate(pairwise(edges))]
