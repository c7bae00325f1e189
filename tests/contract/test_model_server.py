"""The server that plays the providers, as a program of its own and in its odder habits."""

import asyncio
import json
import sys
from pathlib import Path

from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.source import Models
from archon.testing.manual_clock import ManualClock
from archon.testing.model_contract import asked, failure, whole
from archon.testing.model_script import ServedReply
from archon.testing.model_server import ModelServer


def source(url: str) -> Models:
    return Models(Providers(keys=ProviderKeys(anthropic="k"), base_urls={"anthropic": url}), ManualClock())


def log_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_it_runs_as_a_program_and_logs_what_it_finished(tmp_path: Path) -> None:
    script, log = tmp_path / "script.jsonl", tmp_path / "log.jsonl"
    script.write_text('{"text": "cut", "cut_after_bytes": 100}\n"whole"\n')
    arguments = ("--port", "0", "--script", str(script), "--log", str(log))
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "archon.testing.model_server", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    models = source(json.loads(await program.stdout.readline())["url"])
    await failure(models.open("claude-sonnet-4-6"), asked())
    assert (await whole(models.open("claude-sonnet-4-6"), asked())).text == "whole"
    await models.aclose()
    program.terminate()
    assert await program.wait() == 0
    (entry,) = log_of(log)
    assert entry["protocol"] == "anthropic"
    assert entry["model"] == "claude-sonnet-4-6"


async def test_the_same_request_gets_the_same_answer_and_counts_twice() -> None:
    async with ModelServer() as server:
        server.play("one", "two")
        models = source(server.url)
        texts = [(await whole(models.open("claude-x"), asked(text))).text for text in ("a", "a", "b")]
        await models.aclose()
    assert texts == ["one", "one", "two"]
    assert len(server.finished) == 3
    assert len({entry["body_sha256"] for entry in server.finished}) == 2


async def test_replies_may_be_meant_for_requests_that_say_something() -> None:
    async with ModelServer() as server:
        server.play(ServedReply(text="for b", contains="question b"), ServedReply(text="all", repeats=True))
        models = source(server.url)
        asked_for = ("question a", "question b", "question c")
        texts = [(await whole(models.open("claude-x"), asked(text))).text for text in asked_for]
        await models.aclose()
    assert texts == ["all", "for b", "all"]
