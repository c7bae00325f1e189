"""Bad input from people and models at the command line: one clear line, the right exit code, nothing lost."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from archon.testing.model_script import Script, ServedReply
from archon.testing.model_server import ModelServer
from tests.e2e.conftest import Home
from tests.e2e.conversations import CHECKS, GOOD, PLAN, write_script

OBJECTIVE = "Add the numbers from 1 to 10, print the sum and write it to sum.txt"


def one_line(stderr: bytes) -> str:
    text = stderr.decode()
    assert text.count("\n") == 1 and "Traceback" not in text, text
    return text


@pytest.mark.parametrize(
    ("objective", "word"), [("", "empty"), (" \n\t ", "empty"), ("x" * 1_000_000, "characters")]
)
def test_an_objective_that_is_none_is_refused(home: Home, objective: str, word: str) -> None:
    done = home.archon("run", "-", "--model", "scripted/none", stdin=objective.encode())
    assert done.returncode == 2
    assert word in one_line(done.stderr)


def test_an_objective_full_of_nul_bytes_is_refused(home: Home) -> None:
    done = home.archon("run", "-", "--model", "scripted/none", stdin=b"print\x00 it \x00")
    assert done.returncode == 2
    assert "not plain text" in one_line(done.stderr)


def test_an_objective_that_is_no_utf8_is_refused(home: Home) -> None:
    done = home.archon("run", "-", "--model", "scripted/none", stdin=b"caf\xe9 \xff")
    assert done.returncode == 2
    assert "not plain text" in one_line(done.stderr)


@pytest.mark.parametrize(
    "flag", [["--max-iterations", "0"], ["--max-iterations", "999"], ["--max-budget-usd", "-1"]]
)
def test_absurd_limits_are_refused(home: Home, flag: list[str]) -> None:
    done = home.archon("run", OBJECTIVE, "--model", "scripted/none", *flag)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_an_output_directory_that_is_a_file_is_refused(home: Home) -> None:
    (home.root / "taken").write_text("mine")
    done = home.archon("run", OBJECTIVE, "--model", "scripted/none", "--output", "taken")
    assert done.returncode == 2
    assert "not a folder" in one_line(done.stderr)
    assert (home.root / "taken").read_text() == "mine"


def test_an_output_directory_that_cannot_be_made_is_refused(home: Home) -> None:
    done = home.archon("run", OBJECTIVE, "--model", "scripted/none", "--output", "/proc/nothing/here")
    assert done.returncode == 4
    assert "cannot be written" in one_line(done.stderr)


@pytest.mark.parametrize("command", ["tasks", "logs", "resume", "cancel", "replay"])
def test_an_unknown_task_is_said_to_be_unknown(home: Home, command: str) -> None:
    done = home.archon(command, "01J00000000000000000000000")
    assert done.returncode == 1
    assert "no task" in one_line(done.stderr)


def test_without_any_model_the_cheapest_ways_to_one_are_named(home: Home) -> None:
    done = home.archon("run", OBJECTIVE)
    assert done.returncode == 4
    said = one_line(done.stderr)
    assert all(
        way in said
        for way in ("ollama pull gemma:2b", "OPENROUTER_API_KEY", "ANTHROPIC_API_KEY", "make demo")
    )


def test_an_unknown_model_and_an_unknown_role_are_refused(home: Home) -> None:
    unknown = home.archon("run", OBJECTIVE, "--model", "no-such-provider/x")
    assert unknown.returncode == 4 and "no-such-provider" in one_line(unknown.stderr)
    role = home.archon("run", OBJECTIVE, "--model", "critic=scripted/none")
    assert role.returncode == 2 and "planner" in one_line(role.stderr)


async def test_a_wrong_key_is_one_line_and_the_task_goes_on_with_the_right_one(home: Home) -> None:
    replies = [ServedReply(text=text) for text in (PLAN, CHECKS, GOOD)]
    async with ModelServer(Script(replies), key="right") as server:
        at = {"OPENAI_BASE_URL": f"{server.url}/v1"}
        quiet = ("run", OBJECTIVE, "--model", "gpt-4o", "--quiet")
        wrong = await home.archon_async(*quiet, env=at | {"OPENAI_API_KEY": "sk-canary"})
        assert wrong.returncode == 4
        why, how = wrong.stderr.decode().splitlines()
        assert "OPENAI_API_KEY" in why and "archon resume" in how
        assert "sk-canary" not in why
        listed = await home.archon_async("tasks", "--json")
        task_id = json.loads(listed.stdout)[0]["task_id"]
        right = await home.archon_async("resume", task_id, env=at | {"OPENAI_API_KEY": "right"})
        assert right.returncode == 0, right.stderr.decode()


async def test_a_dead_network_pauses_the_task_and_loses_nothing(home: Home) -> None:
    dead = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "any", "LLM_MAX_RETRIES": "0"}
    done = home.archon("run", OBJECTIVE, "--model", "gpt-4o", env=dead)
    assert done.returncode == 3
    assert "archon resume" in done.stderr.decode()
    replies = [ServedReply(text=text) for text in (PLAN, CHECKS, GOOD)]
    async with ModelServer(Script(replies)) as server:
        task_id = json.loads(home.archon("tasks", "--json").stdout)[0]["task_id"]
        alive = {**dead, "OPENAI_BASE_URL": f"{server.url}/v1"}
        resumed = await home.archon_async("resume", task_id, env=alive)
    assert resumed.returncode == 0, resumed.stderr.decode()


@pytest.mark.parametrize(
    "name", ["../../escaped.py", "/tmp/escaped.py", ".git/hooks/pre-commit", "~/escaped.py"]
)
def test_a_name_from_the_model_that_leads_outside_is_not_written(home: Home, name: str) -> None:
    evil = GOOD.replace("python main.py", f"python {name}")
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, evil, GOOD)
    done = home.archon("run", OBJECTIVE, "--model", model, "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["files"] == ["main.py", "sum.txt"]
    assert not [path for path in home.root.rglob("*") if path.name in {"escaped.py", "pre-commit"}]


def test_what_a_program_prints_cannot_drive_the_terminal(home: Home) -> None:
    canary = "\x1b]0;owned\x07\x1b[2J"
    loud = GOOD.replace("print(total)", f"print({canary!r}, end='')\nprint(total)")
    model = write_script(
        home.root / "script.jsonl", PLAN, CHECKS.replace(".strip() == ", ".strip()[-2:] == "), loud
    )
    done = home.archon("run", OBJECTIVE, "--model", model)
    assert b"\x1b" not in done.stderr and b"\x1b" not in done.stdout
    assert "␛" in done.stderr.decode()


def test_a_database_of_a_newer_version_is_left_alone(home: Home) -> None:
    assert home.archon("tasks").returncode == 0
    file = home.root / "data" / "archon.db"
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    database.close()
    done = home.archon("tasks")
    assert done.returncode == 4
    assert "newer" in one_line(done.stderr)


def test_a_bad_setting_is_named(home: Home) -> None:
    done = home.archon("tasks", env={"MAX_ITERATIONS": "many"})
    assert done.returncode == 4
    assert "MAX_ITERATIONS" in one_line(done.stderr)


def test_a_file_that_is_no_recording_is_refused(home: Home) -> None:
    (home.root / "no.jsonl").write_text('{"archon": "recording", "version": 1}\n{"event": 3}\n')
    done = home.archon("rehearse", "no.jsonl")
    assert done.returncode == 2
    assert "line 2" in one_line(done.stderr)
    assert home.archon("rehearse", "missing.jsonl").returncode == 1


def test_an_input_that_is_missing_or_called_like_the_program_is_refused(home: Home) -> None:
    missing = home.archon("run", OBJECTIVE, "--input", "nowhere.csv", "--model", "scripted/none")
    assert missing.returncode == 2 and "nowhere.csv" in one_line(missing.stderr)
    (home.root / "main.py").write_text("")
    clash = home.archon("run", OBJECTIVE, "--input", "main.py", "--model", "scripted/none")
    assert clash.returncode == 2 and "main.py" in one_line(clash.stderr)


@pytest.mark.parametrize(
    "destination", ["example.org", "example.org:https", "a b:1", ":80", "10.0.0.1:99999"]
)
def test_what_is_no_destination_is_a_usage_error_that_shows_one(home: Home, destination: str) -> None:
    done = home.archon("sandbox", "exec", "--allow", destination, "--", "true")
    assert done.returncode == 2
    assert b"Write HOST:PORT, such as" in done.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [("--timeout", "0"), ("--timeout", "-3"), ("--timeout", "nan"), ("--timeout", "inf"), ("--pids", "1")],
)
def test_a_limit_that_makes_no_sense_is_a_usage_error(home: Home, option: str, value: str) -> None:
    done = home.archon("sandbox", "exec", option, value, "--", "true")
    assert done.returncode == 2
    assert f"argument {option}: must be".encode() in done.stderr


def test_the_output_directory_may_fill_up_and_the_result_is_kept(home: Home, tmp_path: Path) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, GOOD)
    home.output.mkdir()
    first = home.archon(
        "run", OBJECTIVE, "--model", model, before=f"mount -t tmpfs -o size=4k none {home.output}"
    )
    assert first.returncode == 4, first.stderr.decode()
    assert "could not be written" in first.stderr.decode()
    task_id = json.loads(home.archon("tasks", "--json").stdout)[0]["task_id"]
    resumed = home.archon("resume", task_id, "--json")
    assert resumed.returncode == 0, resumed.stderr.decode()
    assert (home.output / task_id / "sum.txt").read_text() == "55\n"
