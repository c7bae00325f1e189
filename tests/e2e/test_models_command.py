"""`archon models` and its probe, from outside: output, exit codes, and what must never be shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.testing.model_script import ServedCall, ServedReply
from archon.testing.model_server import ModelServer
from tests.e2e.conftest import Home

SECRET = "sk-secret-98765"  # noqa: S105 - a test's
ANSWERS = (
    "1\n2\n3\n4\n5\n6",
    "I am Quillfeather.",
    ServedReply(text="1, 2", finish="length"),
    '{"planet": "Earth", "moons": 1}',
    "An apple.",
    "```python greet.py\ndef greet(name):\n    return name\n```\n\n```text data/names.txt\nAda\nAlan\n```\n",
    ServedReply(
        tool_calls=(ServedCall(id="a", name="get_temperature", arguments={"city": "Oslo"}),),
        finish="tool_calls",
    ),
    "It is -17 in Oslo.",
    ServedReply(text="juniper-QXK", input_tokens=1_050),
    ServedReply(text="juniper-QXK", input_tokens=7_100),
)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer(key=SECRET, listed=("gpt-4o",), ollama_models=("gemma:2b",)) as server:
        yield server


def env(server: ModelServer, **more: str) -> dict[str, str]:
    return {"OLLAMA_HOST": server.url, "OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": SECRET} | more


async def test_the_list_says_what_is_used_and_shows_no_key(home: Home, server: ModelServer) -> None:
    done = await home.archon_async("models", env=env(server))
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert "ollama/gemma:2b" in text and "planner coder" in text and "reachable" in text
    assert "gpt-4o" in text and "2.50/10.00" in text
    assert SECRET not in text and "\x1b" not in text

    done = await home.archon_async("models", "--json", env=env(server, OPENAI_API_KEY="sk-wrong"))
    listed = json.loads(done.stdout)
    states = {model["model"]: (model["state"], model["roles"]) for model in listed["models"]}
    assert states["gpt-4o"] == ("key refused", ["fixer"])
    assert "sk-wrong" not in done.stdout.decode() + done.stderr.decode()


async def test_each_role_is_told_with_its_setting_and_its_parameters(home: Home, server: ModelServer) -> None:
    more = {
        "COLUMNS": "80",
        "MODEL_BACKEND": "claude-sonnet-4-6",
        "MODEL_LLM_PARAMS": '{"ollama/": {"num_ctx": 4096}}',
        "AGENT_LLM_PARAMS": '{"judge": {"temperature": 0}, "fixer": {"effort": "high"}}',
    }
    done = await home.archon_async("models", env=env(server, **more))
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert max(map(len, text.splitlines())) <= 80
    words = " ".join(text.split())
    for part in (
        "planner ollama/gemma:2b reachable free default: a local Ollama has it",
        "with num_ctx=4096 by MODEL_LLM_PARAMS",
        "without effort=high of AGENT_LLM_PARAMS, which it does not take",
        "checker as for the fixer",
        "as for the planner with num_ctx=4096 by MODEL_LLM_PARAMS with temperature=0 by AGENT_LLM_PARAMS",
        "fallback none nobody: MODEL_FALLBACK is not set",
        "backend claude-sonnet-4-6 no key 3.00/15.00 MODEL_BACKEND",
    ):
        assert part in words, text


@pytest.mark.parametrize("command", [["models"], ["doctor"], ["run", "Print 1"]])
def test_a_typing_error_in_a_model_s_beginning_is_an_error_with_its_setting(
    home: Home, command: list[str]
) -> None:
    done = home.archon(*command, env={"MODEL_PRICING": '{"olama/": "free"}'})
    assert done.returncode == 4
    assert all(
        part in done.stderr.decode() for part in ("MODEL_PRICING", "'olama/'", "Did you mean ollama/…?")
    )


def test_without_network_and_key_it_says_what_to_do(home: Home) -> None:
    done = home.archon("models")
    assert done.returncode == 0
    assert b"ollama pull gemma:2b" in done.stdout and b"Set ANTHROPIC_API_KEY." in done.stdout
    every = home.archon("models", "--all", "--json")
    names = [model["model"] for model in json.loads(every.stdout)["models"]]
    assert "anthropic/claude-opus-4-1…" in names


async def test_a_probe_tells_what_it_found_and_new_lists_go_by_it(home: Home, server: ModelServer) -> None:
    server.play(*ANSWERS)
    done = await home.archon_async("models", "probe", "ollama/gemma:2b", "--json", env=env(server))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["takes_tools"], found["takes_parallel_tools"], found["takes_schema"]) == (
        True,
        False,
        False,
    )
    assert b"8/8 context" in done.stderr
    listed = json.loads((await home.archon_async("models", "--json", env=env(server))).stdout)
    gemma = next(model for model in listed["models"] if model["model"] == "ollama/gemma:2b")
    assert gemma["measured_at"] and gemma["profile"]["takes_tools"]
    assert not gemma["profile"]["takes_schema"]


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("ollama/gone", 1, "ollama pull gone"),
        ("claude-sonnet-4-6", 4, "Set ANTHROPIC_API_KEY"),
        ("sonnet", 4, "Model names begin with"),
    ],
)
async def test_what_cannot_be_probed_says_why(
    home: Home, server: ModelServer, name: str, code: int, says: str
) -> None:
    done = await home.archon_async("models", "probe", name, env=env(server))
    assert (done.returncode, says in done.stderr.decode()) == (code, True), done.stderr
    assert done.stdout == b""


async def test_a_probe_keeps_to_its_money(home: Home, server: ModelServer) -> None:
    done = await home.archon_async("models", "probe", "gpt-4o", "--max-usd", "0.0001", env=env(server))
    assert done.returncode == 1 and b"--max-usd" in done.stderr
    assert server.finished == []


def test_a_table_that_is_wrong_names_file_row_and_field(home: Home) -> None:
    data = Path(home.environment["ARCHON_DATA_DIR"])
    data.mkdir(parents=True)
    (data / "models.toml").write_text('["ollama/gemma"]\ntakes_tolls = true\n')
    for command in (["models", "--all"], ["run", "Print 1", "--model", "ollama/gemma:2b"]):
        done = home.archon(*command)
        assert done.returncode == 4
        assert all(part in done.stderr.decode() for part in ("models.toml", "ollama/gemma", "takes_tolls"))
