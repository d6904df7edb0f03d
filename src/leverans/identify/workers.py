"""The worker processes seen from outside: who asks, who answers, and what happens when one dies.

Threads do not help (the identifying software holds the interpreter), Go's own parallelism would share one
process with a document that crashes it, and a pool of the standard library cannot say which one that was.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from leverans.errors import Outage
from leverans.identify.result import Identification
from leverans.identify.worker import READY

Question = tuple[str, str]
_MODULE = "leverans.identify.worker"
_CHUNK = 32
_PATIENCE = 600.0  # seconds for one chunk; a worker that says nothing for longer is ended


class _Worker:
    """One worker process."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        folder.mkdir(exist_ok=True)
        source = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(  # noqa: S603  # our own module, no shell, no words of others
            [*command, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self._process.stdin is not None  # noqa: S101  # asked for above
        assert self._process.stdout is not None  # noqa: S101
        self._questions, self._answers = self._process.stdin, self._process.stdout
        self._link = folder
        if self._answers.readline() != READY:
            self.end()
            raise Outage("FMT010", "identify")

    def ask(self, questions: Sequence[Question]) -> list[Identification]:
        """Give the answers, in order; fewer than the questions when the process died of the next one."""
        impatient = threading.Timer(_PATIENCE, self._process.kill)
        impatient.daemon = True
        impatient.start()
        try:
            self._questions.write(b"".join(json.dumps(question).encode() + b"\n" for question in questions))
            self._questions.flush()
            return self._read(len(questions))
        except OSError:
            return []
        finally:
            impatient.cancel()

    def end(self) -> None:
        """End the process and wait for it."""
        self._process.kill()
        self._process.wait()
        self._answers.close()
        with suppress(OSError):  # what it did not read any more
            self._questions.close()
        for left in self._link.iterdir():
            left.unlink()

    def _read(self, number: int) -> list[Identification]:
        found: list[Identification] = []
        while len(found) < number:
            line = self._answers.readline()
            if not line.endswith(b"\n"):
                break
            found.append(Identification(*json.loads(line)))
        return found


class Workers:
    """Some worker processes, started when there is something to ask.

    Args:
        number: how many at most.
        command: what starts one; the folder for its links is added.
    """

    def __init__(self, number: int, command: Sequence[str] | None = None) -> None:
        self._number = number
        self._command = command or (sys.executable, "-m", _MODULE)
        self._folder = tempfile.TemporaryDirectory(prefix="leverans-")
        self._idle: deque[_Worker] = deque()
        self._names = iter(range(1 << 62))
        self._lock = threading.Lock()

    def identify(self, questions: Sequence[Question]) -> list[Identification]:
        """Answer all questions, in order; one that kills its worker is answered with the warning ``failed``.

        Raises:
            Outage: FMT010, a worker cannot be started.
        """
        answers: list[Identification | None] = [None] * len(questions)
        starts = range(0, len(questions), _CHUNK)
        with ThreadPoolExecutor(max_workers=min(self._number, len(starts))) as threads:
            list(threads.map(lambda start: self._chunk(questions, start, answers), starts))
        return [answer or Identification(warning="failed") for answer in answers]

    def close(self) -> None:
        """End all workers."""
        while self._idle:
            self._idle.popleft().end()
        self._folder.cleanup()

    def _chunk(self, questions: Sequence[Question], start: int, answers: list[Identification | None]) -> None:
        end, suspect = min(start + _CHUNK, len(questions)), -1
        while start < end:
            worker = self._take()
            found = worker.ask(questions[start:end])
            answers[start : start + len(found)] = found
            start += len(found)
            if start == end:
                self._give(worker)
                return
            worker.end()
            if start == suspect:
                start += 1  # a second worker died of it: it stays unanswered
            suspect = start

    def _take(self) -> _Worker:
        with self._lock:
            if self._idle:
                return self._idle.popleft()
            name = next(self._names)
        return _Worker(Path(self._folder.name) / str(name), self._command)

    def _give(self, worker: _Worker) -> None:
        with self._lock:
            self._idle.append(worker)
