"""Every model keeps the port's promises: the providers' adapters, scripts, and people."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from archon.adapters.model.manual import ManualModel
from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.scripted import ScriptedModel
from archon.adapters.model.source import Models
from archon.adapters.model.timeouts import Timeouts
from archon.domain.conversation import ModelResponse, ToolCall
from archon.domain.errors import ModelRefusedRequest
from archon.ports.model import Model
from archon.testing.manual_clock import ManualClock
from archon.testing.model_cases.protocol import ANTHROPIC, OLLAMA, OPENAI
from archon.testing.model_contract import ModelContract, asked, failure, whole
from archon.testing.model_script import ServedReply
from archon.testing.model_server import ModelServer
from archon.testing.wire_contract import KEY, Keyed, WireContract


@dataclass
class WireStage:
    model: Model
    server: ModelServer

    def play(self, *replies: ServedReply | str) -> None:
        self.server.play(*replies)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer(key=KEY, ollama_models=("gemma:2b", "llama3.2")) as server:
        yield server


def source(server: ModelServer, timeouts: Timeouts) -> Models:
    keys = ProviderKeys(anthropic=KEY, openai=KEY, gemini=KEY, deepseek=KEY, groq=KEY, openrouter=KEY)
    compatible = ("openai", "gemini", "deepseek", "groq", "openrouter")
    base_urls = {"anthropic": server.url, "ollama": server.url} | dict.fromkeys(
        compatible, f"{server.url}/v1"
    )
    return Models(Providers(keys=keys, base_urls=base_urls), ManualClock(), timeouts)


@pytest.fixture
async def models(server: ModelServer) -> AsyncIterator[Models]:
    models = source(server, Timeouts(read_s=8.0))
    yield models
    await models.aclose()


@pytest.fixture
async def hurried(server: ModelServer) -> AsyncIterator[Models]:
    models = source(server, Timeouts(read_s=0.2, answer_s=0.6))
    yield models
    await models.aclose()


class Served(WireContract):
    """A provider's model behind the server."""

    model: ClassVar[str]

    @pytest.fixture
    def stage(self, models: Models, server: ModelServer) -> WireStage:
        return WireStage(models.open(self.model), server)

    @pytest.fixture
    def hurried_stage(self, hurried: Models, server: ModelServer) -> WireStage:
        return WireStage(hurried.open(self.model), server)


class TestAnthropic(Served, Keyed):
    protocol = ANTHROPIC
    model = "claude-sonnet-4-6"

    async def test_cached_tokens_are_counted_apart(self, stage: WireStage) -> None:
        stage.play(ServedReply(text="hi", input_tokens=5, cache_read_tokens=70, cache_write_tokens=900))
        usage = (await whole(stage.model, asked())).usage
        assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (5, 70, 900)


class TestOpenAI(Served, Keyed):
    protocol = OPENAI
    model = "gpt-4o"

    async def test_cached_tokens_are_counted_apart(self, stage: WireStage) -> None:
        stage.play(ServedReply(text="hi", input_tokens=5, cache_read_tokens=70))
        usage = (await whole(stage.model, asked())).usage
        assert (usage.input_tokens, usage.cache_read_tokens) == (5, 70)


class TestOllama(Served):
    protocol = OLLAMA
    model = "ollama/llama3.2"

    async def test_a_missing_model_says_how_to_get_it(self, models: Models) -> None:
        error = await failure(models.open("ollama/qwen3"), asked())
        assert isinstance(error, ModelRefusedRequest)
        assert "`ollama pull qwen3`" in error.hint


@pytest.mark.parametrize(
    "name", ["gemini/gemini-2.5-pro", "deepseek/deepseek-chat", "groq/x", "openrouter/a/b"]
)
async def test_the_compatible_providers_are_asked_by_their_models_own_names(
    models: Models, server: ModelServer, name: str
) -> None:
    server.play("hi")
    assert [item async for item in models.open(name).respond(asked())]
    assert server.finished[-1]["model"] == name.partition("/")[2]


async def test_a_port_where_nothing_listens_is_unreachable_and_says_what_to_do() -> None:
    providers = Providers(base_urls={"ollama": "http://user:password@127.0.0.1:9"})
    source = Models(providers=providers, clock=ManualClock())
    error = await failure(source.open("ollama/gemma:2b"), asked())
    await source.aclose()
    assert error.retryable
    assert not error.may_be_billed
    assert "http://127.0.0.1:9 cannot be reached" in error.message
    assert "ollama serve" in error.hint
    assert "password" not in str(error)


@dataclass
class ScriptedStage:
    model: ScriptedModel = field(default_factory=lambda: ScriptedModel([]))

    def play(self, *replies: ServedReply | str) -> None:
        self.model = ScriptedModel([as_response(reply) for reply in replies])


def as_response(reply: ServedReply | str) -> ModelResponse | str:
    if isinstance(reply, str):
        return reply
    calls = tuple(ToolCall(id=call.id, name=call.name, arguments=call.arguments) for call in reply.tool_calls)
    return ModelResponse(text=reply.text, tool_calls=calls, finish_reason=reply.finish, model="scripted")


class TestScripted(ModelContract):
    @pytest.fixture
    def stage(self) -> ScriptedStage:
        return ScriptedStage()


class Player(ManualClock):
    """Answers one request of the folder each time the model waits."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.replies: list[ServedReply | str] = []

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        for request in sorted(self.folder.glob("*.request.json")):
            stem = request.name.removesuffix(".request.json")
            if not list(self.folder.glob(f"{stem}.response.*")):
                self.answer(stem, self.replies.pop(0))
                return

    def answer(self, stem: str, reply: ServedReply | str) -> None:
        ending, text = "md", reply
        if not isinstance(reply, str) or not reply:
            reply = reply if isinstance(reply, ServedReply) else ServedReply(text=reply)
            calls = [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in reply.tool_calls]
            answer = {"text": reply.text, "tool_calls": calls, "finish_reason": reply.finish}
            ending, text = "json", json.dumps(answer)
        assert isinstance(text, str)
        whole = self.folder / "whole"
        whole.write_text(text, newline="")
        whole.rename(self.folder / f"{stem}.response.{ending}")


@dataclass
class ManualStage:
    player: Player
    model: ManualModel

    def play(self, *replies: ServedReply | str) -> None:
        self.player.replies = list(replies)


class TestManual(ModelContract):
    @pytest.fixture
    def stage(self, tmp_path: Path) -> ManualStage:
        player = Player(tmp_path)
        return ManualStage(player, ManualModel(folder=tmp_path, clock=player))
