"""How a run is stopped: by a closed terminal, by Ctrl-C once and twice, by death; and what is told of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest

from tests.builders.terminal import Terminal
from tests.e2e.conftest import Home

RUN = (sys.executable, "-m", "archon", "run", "Add the numbers", "--model", "manual/desk")
ASKING = "planner: asking manual/desk"


@contextmanager
def running(home: Home, *before: str) -> Iterator[subprocess.Popen[str]]:
    """`archon run` at the moment at which it waits for its model."""
    with subprocess.Popen(
        [*before, *RUN],
        cwd=home.root,
        env=home.environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_for(process.stderr, ASKING)
            yield process
        finally:
            process.kill()


def wait_for(stream: IO[str] | None, words: str) -> None:
    assert stream is not None
    assert any(words in line for line in stream), f"it ended without saying {words!r}"


def only_task(home: Home) -> dict[str, Any]:
    (row,) = json.loads(home.archon("tasks", "--json").stdout)
    task: dict[str, Any] = json.loads(home.archon("tasks", row["task_id"], "--json").stdout)
    return task


def test_a_closed_terminal_pauses_the_task_and_the_journal_says_so(home: Home) -> None:
    terminal = Terminal(RUN, cwd=home.root, env=home.environment)
    terminal.read_until(ASKING)
    terminal.close()
    assert terminal.process.wait(timeout=30) == 130
    task = only_task(home)
    assert (task["status"], task["reason"]) == ("paused", "stopped")
    assert "its terminal was closed" in task["message"]
    assert f"archon resume {task['task_id']}" in task["hint"]


def test_how_to_go_on_is_told_once(home: Home) -> None:
    with running(home) as process:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        story = process.stderr.read()
    assert story.count(f"archon resume {only_task(home)['task_id']}") == 1


def test_a_hangup_that_is_told_twice_does_not_hurry(home: Home) -> None:
    with running(home) as process:
        process.send_signal(signal.SIGHUP)
        wait_for(process.stderr, "Stopping")
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=30) == 130
    assert "SIGHUP" in only_task(home)["message"]


def test_a_run_under_nohup_outlives_its_terminal(home: Home) -> None:
    with running(home, "nohup") as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 130
    assert "SIGTERM" in only_task(home)["message"]


def test_a_second_interrupt_ends_at_once_and_loses_nothing(home: Home) -> None:
    with running(home) as process:
        process.send_signal(signal.SIGINT)
        wait_for(process.stderr, "once more to stop at once")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    assert only_task(home)["status"] == "paused"


def test_a_task_whose_runner_died_is_not_said_to_be_running(home: Home) -> None:
    with running(home) as process:
        process.kill()
        process.wait(timeout=30)
    task = only_task(home)
    assert (task["status"], task["reason"]) == ("paused", "runner_died")
    assert f"archon resume {task['task_id']}" in task["hint"]
    assert "stopped (its runner died)" in home.archon("tasks").stdout.decode()
    assert "stopped (its runner died)" in home.archon("tasks", task["task_id"]).stdout.decode()


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["story", "json"])
def test_following_a_task_whose_runner_died_ends_and_says_why(home: Home, form: tuple[str, ...]) -> None:
    with running(home) as process:
        process.kill()
        process.wait(timeout=30)
    task_id = only_task(home)["task_id"]
    followed = home.archon("logs", task_id, "--follow", *form, timeout_s=30)
    assert followed.returncode == 0
    assert "Its runner died" in followed.stderr.decode()
    assert f"archon resume {task_id}" in followed.stderr.decode()
    if form:
        assert [json.loads(line) for line in followed.stdout.splitlines()]
