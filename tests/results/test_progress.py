"""What the line about a long piece of work says of the time left."""

import io

import pytest

from sim.results import progress as module
from sim.results.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def lines(stream):
    return stream.getvalue().splitlines()


def test_compiling_in_the_first_run_is_not_counted_for_the_others(clock):
    stream = io.StringIO()
    progress = Progress(200, label="talks", stream=stream)
    clock[0] += 5.0
    progress.add(1)
    assert lines(stream)[-1].endswith("time left unknown yet")
    for _ in range(1000):
        clock[0] += 0.01
        if progress.done == 99:
            clock[0] += 10.0
        if progress.done == 100:
            break
        progress.add(1)
    # 98 runs of 10 ms and a wait of 10 s: 100 runs are left at 0.11 s each, and the five seconds are nobody's.
    assert lines(stream)[-1].endswith("about 11 s left")


def test_with_several_workers_the_first_piece_of_each_is_set_apart(clock):
    stream = io.StringIO()
    progress = Progress(1000, label="talks", stream=stream, at_once=2)
    for wait in (20.0, 0.1, 10.0):
        clock[0] += wait
        progress.add(50)
    assert lines(stream)[-1].endswith("about 2 min 50 s left")  # at the pace of everything, after half a minute
    clock[0] += 0.1
    progress.add(50)
    assert progress.seconds_left(clock[0]) == pytest.approx(800 * 10.1 / 100)


def test_work_found_done_says_nothing_about_the_pace(clock):
    progress = Progress(100, done=60, quiet=True)
    clock[0] += 100.0
    assert progress.seconds_left(clock[0]) is None
    progress.add(10)
    assert progress.seconds_left(clock[0]) == pytest.approx(300.0)
