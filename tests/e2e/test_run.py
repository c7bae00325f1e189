"""`archon run` from the outside: what a person at a terminal gets."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.conftest import Home
from tests.e2e.conversations import CHECKS, CRASHES, GOOD, OFF_BY_ONE, PLAN, REPAIR, write_script

OBJECTIVE = "Add the numbers from 1 to 10, print the sum and write it to sum.txt"


def test_a_sentence_becomes_a_working_script(home: Home) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, GOOD)
    done = home.archon("run", OBJECTIVE, "--model", model)
    assert done.returncode == 0, done.stderr.decode()
    files = [Path(line) for line in done.stdout.decode().splitlines()]
    assert sorted(file.name for file in files) == ["main.py", "sum.txt"]
    assert all(file.is_relative_to(home.output) for file in files)
    assert next(file for file in files if file.name == "sum.txt").read_text() == "55\n"


def test_a_failing_check_leads_to_a_repair_with_its_message(home: Home) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, OFF_BY_ONE, REPAIR)
    done = home.archon("run", OBJECTIVE, "--model", model, "--json")
    assert done.returncode == 0, done.stderr.decode()
    task = json.loads(done.stdout)
    assert [each["passed"] for each in task["rounds"]] == [False, True]
    assert "printed '45', expected '55'" in task["rounds"][0]["error"]
    assert "range(1, 11)" in task["rounds"][1]["diff"]
    assert "✗ check_prints_the_sum" in done.stderr.decode()


def test_three_failing_runs_exhaust_the_rounds_and_keep_them(home: Home) -> None:
    other = OFF_BY_ONE.replace("range(1, 10)", "range(2, 11)")
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, CRASHES, OFF_BY_ONE, other)
    done = home.archon("run", OBJECTIVE, "--model", model, "--json")
    assert done.returncode == 1
    task = json.loads(done.stdout)
    assert (task["status"], task["reason"], len(task["rounds"])) == ("failed", "rounds_exhausted", 3)
    assert "NameError" in task["rounds"][0]["signature"]
    assert task["hint"]


def test_a_finished_task_replays_without_a_model(home: Home) -> None:
    script = home.root / "script.jsonl"
    model = write_script(script, PLAN, CHECKS, OFF_BY_ONE, REPAIR)
    assert home.archon("run", OBJECTIVE, "--model", model).returncode == 0
    script.unlink()
    task_id = json.loads(home.archon("tasks", "--json").stdout)[0]["task_id"]
    replayed = home.archon("replay", task_id)
    assert replayed.returncode == 0, replayed.stderr.decode()
    assert "all equal" in replayed.stdout.decode()


def test_an_exported_task_is_rehearsed_elsewhere_without_a_model(home: Home, tmp_path: Path) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, OFF_BY_ONE, REPAIR)
    assert home.archon("run", OBJECTIVE, "--model", model).returncode == 0
    task_id = json.loads(home.archon("tasks", "--json").stdout)[0]["task_id"]
    recording = tmp_path / "recording.jsonl"
    assert home.archon("export", task_id, str(recording)).returncode == 0
    elsewhere = Home(tmp_path / "elsewhere")
    elsewhere.root.mkdir()
    rehearsed = elsewhere.archon("rehearse", str(recording))
    assert rehearsed.returncode == 0, rehearsed.stderr.decode()
    assert "No drift" in rehearsed.stderr.decode()
    files = [Path(line) for line in rehearsed.stdout.decode().splitlines()]
    assert sorted(file.name for file in files) == ["main.py", "sum.txt"]


def test_resuming_what_is_done_says_so_and_gives_the_files_again(home: Home) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, GOOD)
    first = home.archon("run", OBJECTIVE, "--model", model)
    task_id = json.loads(home.archon("tasks", "--json").stdout)[0]["task_id"]
    again = home.archon("resume", task_id)
    assert again.returncode == 0 and again.stdout == first.stdout
    assert "completed already" in again.stderr.decode()
