"""What a stranger sees: no arguments, a narrow terminal, an old one, a pipe that closes, ids half typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.terminal import Terminal
from tests.e2e.conftest import Home
from tests.e2e.conversations import CHECKS, GOOD, OFF_BY_ONE, PLAN, REPAIR, write_script

OBJECTIVE = "Add the numbers from 1 to 10, print the sum and write it to sum.txt, and think of the reader"
ARCHON = (sys.executable, "-m", "archon")


def test_archon_alone_says_what_to_do_first(home: Home) -> None:
    done = home.archon()
    assert done.returncode == 2 and not done.stdout
    said = done.stderr.decode()
    assert [word in said for word in ("archon doctor", "archon run", "archon tasks", "--help")] == [True] * 4
    assert "error" not in said


@pytest.mark.parametrize("group", ["db", "sandbox", "workflows"])
def test_a_group_alone_shows_its_commands(home: Home, group: str) -> None:
    done = home.archon(group)
    assert done.returncode == 2
    assert "commands:" in done.stderr.decode()


def test_a_slip_of_the_pen_is_answered_with_what_was_meant(home: Home) -> None:
    done = home.archon("rnu", OBJECTIVE)
    assert done.returncode == 2
    assert "there is no command 'rnu'; did you mean 'run'?" in done.stderr.decode()


@pytest.mark.parametrize("columns", [80, 50])
def test_what_people_read_fits_their_terminal(home: Home, columns: int) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, OFF_BY_ONE, REPAIR)

    def shown(*words: str) -> list[str]:
        terminal = Terminal([*ARCHON, *words], cwd=home.root, env=home.environment, columns=columns)
        return terminal.read_to_the_end()

    story = shown("run", OBJECTIVE, "--model", model)
    task_id = next(line.split()[1].rstrip(":") for line in story if line.startswith("Task "))
    paths = [line for line in story if line.startswith(str(home.root))]
    assert len(paths) == 2, "what programs read is never broken"
    pages = [*(line for line in story if line not in paths), *shown("tasks"), *shown("tasks", task_id)]
    pages += [*shown("doctor"), *shown("--help"), *shown("run", "--help"), *shown("tasks", "nowhere")]
    assert [line for line in pages if len(line) > columns and " " in line.strip()] == []
    assert any(task_id in line for line in shown("tasks")), "an id is never broken"


def test_in_a_pipe_every_task_is_one_line_with_its_whole_id(home: Home) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, GOOD)
    assert home.archon("run", OBJECTIVE, "--model", model).returncode == 0
    (line,) = home.archon("tasks").stdout.decode().splitlines()
    (row,) = json.loads(home.archon("tasks", "--json").stdout)
    assert line.startswith(row["task_id"]) and row["is_rehearsal"] is False
    assert home.archon("rehearse", row["task_id"][:8].lower()).returncode == 0
    newest, _ = home.archon("tasks").stdout.decode().splitlines()
    assert "rehearsal: " in newest


def test_the_beginning_of_an_id_is_enough_unless_it_is_two_tasks(home: Home) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, GOOD)
    assert home.archon("run", OBJECTIVE, "--model", model).returncode == 0
    (row,) = json.loads(home.archon("tasks", "--json").stdout)
    start = row["task_id"][:9]
    for command in (("tasks",), ("logs",), ("replay",), ("resume",)):
        done = home.archon(*command, start)
        assert done.returncode == 0, done.stderr.decode()
    assert home.archon("export", start, "run.jsonl").returncode == 0
    assert "has ended" in home.archon("cancel", start).stderr.decode()
    assert home.archon("rehearse", start).returncode == 0
    several = home.archon("tasks", "0")
    assert several.returncode == 1
    ids = [each["task_id"] for each in json.loads(home.archon("tasks", "--json").stdout)]
    assert len(ids) == 2 and all(task_id in several.stderr.decode() for task_id in ids)


@pytest.mark.parametrize(
    "words",
    [
        ["tasks", "nowhere", "--json"],
        ["logs", "nowhere", "--json"],
        ["resume", "nowhere", "--json"],
        ["reply", "nowhere", "well", "--json"],
        ["cancel", "nowhere", "--json"],
        ["replay", "nowhere", "--json"],
        ["export", "nowhere", "file", "--json"],
        ["rehearse", "nowhere", "--json"],
        ["run", "", "--model", "scripted/none", "--json"],
        ["models", "probe", "nobody/nothing", "--json"],
        ["workflows", "show", "nowhere", "--json"],
        ["sandbox", "prepare", "nowhere", "--json"],
        ["tasks", "--limit", "none", "--json"],
    ],
    ids=" ".join,
)
def test_whoever_asks_for_json_gets_errors_as_json(home: Home, words: list[str]) -> None:
    done = home.archon(*words)
    assert done.returncode in {1, 2, 4}
    error = json.loads(done.stdout)["error"]
    assert error["code"] and error["message"] and error["hint"]
    assert error["message"] in done.stderr.decode()


def test_a_terminal_that_knows_no_check_mark_is_written_to_all_the_same(home: Home) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, GOOD)
    old = {"PYTHONIOENCODING": "ascii", "LANG": "C", "LC_ALL": "C"}
    done = home.archon("run", OBJECTIVE, "--model", model, env=old)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr.isascii() and b"Traceback" not in done.stderr
    told = home.archon("doctor", env=old)
    assert told.stdout.isascii() and b"Traceback" not in told.stderr


@pytest.mark.parametrize("words", [("--help",), ("tasks", "--json"), ("models", "--all"), ("doctor",)])
def test_a_reader_who_leaves_gets_no_traceback(home: Home, words: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [*ARCHON, *words],
        cwd=home.root,
        env=home.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in (said := process.stderr.read()) and b"Exception" not in said


@pytest.mark.parametrize("words", [["tasks", "--json"], ["doctor"], ["--help"], ["--version"]], ids=" ".join)
def test_an_output_that_is_full_is_one_line(home: Home, words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*ARCHON, *words], cwd=home.root, env=home.environment, stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1].startswith("archon: The output cannot be written")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["doctor"],
        ["models"],
        ["sandbox", "probe"],
        ["db", "upgrade"],
        ["workflows", "show", "script"],
        ["tasks"],
    ],
    ids=" ".join,
)
def test_json_is_all_of_the_output(home: Home, words: list[str]) -> None:
    done = home.archon(*words, "--json")
    assert isinstance(json.loads(done.stdout), dict | list), done.stderr.decode()


def test_what_is_done_with_a_task_can_be_told_as_json(home: Home) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, GOOD)
    made = json.loads(home.archon("run", OBJECTIVE, "--model", model, "--json").stdout)
    replayed = json.loads(home.archon("replay", made["task_id"], "--json").stdout)
    assert replayed["status"] == "completed" and replayed["effects"] > 3
    exported = json.loads(home.archon("export", made["task_id"], "run.jsonl", "--json").stdout)
    assert exported["events"] > 3 and exported["file"] == "run.jsonl"
    too_short = write_script(home.root / "short.jsonl", PLAN)
    paused = home.archon("run", OBJECTIVE, "--model", too_short, "--json")
    task_id = json.loads(paused.stdout)["task_id"]
    cancelled = json.loads(home.archon("cancel", task_id, "--json").stdout)
    assert (cancelled["task_id"], cancelled["status"]) == (task_id, "cancelled")
