"""Work spread over processes: order, bounded memory, failures, and the end of the one who asked."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from leverans import workers
from leverans.workers import number_of_workers, spread


def test_answers_come_in_the_order_of_the_parts():
    assert list(spread(abs, range(-40, 0), workers=2)) == list(range(40, 0, -1))


def test_few_parts_begin_no_process(monkeypatch):
    monkeypatch.setattr(workers, "ProcessPoolExecutor", None)
    assert list(spread(abs, [-1, -2, -3], least=4, workers=2)) == [1, 2, 3]
    assert list(spread(abs, range(-9, 0), workers=1)) == list(range(9, 0, -1))


def test_other_processes_do_the_work():
    assert os.getpid() not in set(spread(_process, range(8), workers=2))


def _process(_):
    return os.getpid()


def test_parts_are_not_read_far_ahead():
    read = []

    def parts():
        for at in range(200):
            read.append(at)
            yield at

    answers = spread(abs, parts(), workers=2)
    assert next(answers) == 0
    assert len(read) <= 8
    answers.close()


def test_an_exception_reaches_the_one_who_asked():
    with pytest.raises(ZeroDivisionError):
        list(spread(_one_by, [1, 1, 0, 1, 1], workers=2))


def _one_by(number):
    return 1 / number


@pytest.mark.parametrize(("told", "number"), [("3", 3), ("1", 1)])
def test_the_environment_says_how_many(monkeypatch, told, number):
    monkeypatch.setenv("LEVERANS_WORKERS", told)
    assert number_of_workers() == number


@pytest.mark.parametrize("told", ["", "0", "-1", "många"])
def test_nonsense_in_the_environment_is_the_default(monkeypatch, told):
    monkeypatch.setenv("LEVERANS_WORKERS", told)
    assert 1 <= number_of_workers() <= 8


def test_processes_end_with_a_killed_parent(tmp_path):
    script = tmp_path / "work.py"
    script.write_text(
        textwrap.dedent("""
        import time
        from leverans.workers import spread

        def busy(_):
            time.sleep(600)

        if __name__ == "__main__":
            list(spread(busy, range(10), workers=2))
        """)
    )
    parent = subprocess.Popen([sys.executable, str(script)])
    try:
        children = _children(parent.pid)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    assert len(gone) >= 2


def _children(pid):
    for _ in range(300):
        found = psutil.Process(pid).children(recursive=True)
        busy = [each for each in found if each.num_threads() > 1]
        if len(busy) >= 2:
            return found
        time.sleep(0.1)
    raise AssertionError("no processes began")
