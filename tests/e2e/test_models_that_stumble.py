"""What a person sees of a run whose model stumbles, or is dead with another one behind it."""

from __future__ import annotations

import json

import pytest

from archon.testing.model_script import ServedReply
from archon.testing.model_server import ModelServer
from tests.e2e.conftest import Home
from tests.e2e.conversations import CHECKS, GOOD, PLAN

OBJECTIVE = "Add the numbers from 1 to 10, print the sum and write it to sum.txt"
BUSY = ServedReply(
    status=429, body='{"error": {"message": "Too many requests"}}', headers={"retry-after": "0"}
)
PATIENCE = {"LLM_MAX_RETRIES": "2", "LLM_RETRY_BASE_DELAY": "0"}
DEAD = "http://127.0.0.1:9"


def environment(server: ModelServer, **more: str) -> dict[str, str]:
    keys = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}
    urls = {"ANTHROPIC_BASE_URL": server.url, "OPENAI_BASE_URL": f"{server.url}/v1"}
    return keys | urls | PATIENCE | more


async def test_a_busy_model_is_asked_again_and_every_wait_is_seen(home: Home) -> None:
    async with ModelServer() as server:
        server.play(BUSY, BUSY, PLAN, CHECKS, GOOD)
        env = environment(server)
        done = await home.archon_async("run", OBJECTIVE, "--model", "claude-sonnet-4-6", "--json", env=env)
    assert done.returncode == 0, done.stderr.decode()
    lines = [line.strip() for line in done.stderr.decode().splitlines()]
    start = lines.index("planner: asking claude-sonnet-4-6 …")
    model = "claude-sonnet-4-6"
    said = f"{model}: Anthropic asks for fewer requests (HTTP 429) for {model}: Too many requests."
    assert lines[start + 1 : start + 5] == [
        said,
        "asking claude-sonnet-4-6 again in 0 s (retry 1 of 2) …",
        said,
        "asking claude-sonnet-4-6 again in 0 s (retry 2 of 2) …",
    ]
    task_id = json.loads(done.stdout)["task_id"]
    told = (await home.archon_async("logs", task_id)).stdout.decode()
    assert "asking claude-sonnet-4-6 again in 0 s (retry 2 of 2) …" in told
    replayed = await home.archon_async("replay", task_id)
    assert replayed.returncode == 0, replayed.stderr.decode()


async def test_a_call_is_made_with_the_parameters_that_the_command_line_says(home: Home) -> None:
    async with ModelServer() as server:
        server.play(PLAN, CHECKS, GOOD)
        given = ["--param", "seed=7", "--param", "coder.temperature=0.2", "--param", "coder.seed=8"]
        env = environment(server, AGENT_LLM_PARAMS='{"coder": {"temperature": 1}}')
        done = await home.archon_async("run", OBJECTIVE, "--model", "gpt-4o", *given, env=env)
        assert done.returncode == 0, done.stderr.decode()
        planner, checker, coder = (call["body"] for call in server.finished)
    assert (planner["seed"], checker["seed"], coder["seed"]) == (7, 7, 8)
    assert coder["temperature"] == 0.2 and "temperature" not in planner


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("temperature", "AGENT.NAME=VALUE"),
        (".temperature=1", "AGENT.NAME=VALUE"),
        ("codr.temperature=1", "did you mean coder"),
        ("coder.headers=1", "a key into the provider's variable"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_before_anything_is_done(
    home: Home, given: str, says: str
) -> None:
    done = home.archon("run", OBJECTIVE, "--model", "scripted/none.jsonl", "--param", given)
    assert done.returncode == 2 and says in done.stderr.decode(), done.stderr


async def test_a_dead_model_gives_way_to_the_fallback_which_is_seen(home: Home) -> None:
    async with ModelServer() as server:
        server.play(PLAN, CHECKS, GOOD)
        env = environment(server, ANTHROPIC_BASE_URL=DEAD, MODEL_FALLBACK="gpt-4o")
        done = await home.archon_async("run", OBJECTIVE, "--model", "claude-sonnet-4-6", "--json", env=env)
    assert done.returncode == 0, done.stderr.decode()
    story = done.stderr.decode()
    assert story.count("  asking gpt-4o, the fallback, in place of claude-sonnet-4-6.\n") == 3
    assert story.count(f"  claude-sonnet-4-6: Anthropic at {DEAD} cannot be reached.\n") == 5, (
        "one an attempt"
    )
    assert story.count("asking claude-sonnet-4-6 again") == 2, "only before the first fallback"
    assert {entry["model"] for entry in server.finished} == {"gpt-4o"}
    task = json.loads(done.stdout)
    assert task["rounds"][0]["model"] == "gpt-4o"
    assert task["message"] == ""
    assert (await home.archon_async("export", task["task_id"], "run.jsonl")).returncode == 0
    recorded = (home.root / "run.jsonl").read_text()
    assert (recorded.count('"retrying"'), recorded.count('"fell_back"')) == (2, 3)


@pytest.mark.parametrize(("status", "exit_code"), [(400, 1), (401, 4)])
async def test_what_will_not_change_is_asked_once_and_not_of_the_fallback(
    home: Home, status: int, exit_code: int
) -> None:
    async with ModelServer() as server:
        server.play(ServedReply(status=status, body='{"error": {"message": "no"}}', repeats=True))
        env = environment(server, MODEL_FALLBACK="gpt-4o")
        done = await home.archon_async("run", OBJECTIVE, "--model", "claude-sonnet-4-6", env=env)
        assert len(server.received) == 1
    assert done.returncode == exit_code
    assert "again in" not in done.stderr.decode() and "fallback, in place" not in done.stderr.decode()
