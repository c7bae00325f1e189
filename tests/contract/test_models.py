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
from archon.domain.errors import (
    ModelError,
    ModelOverloaded,
    ModelRefusedRequest,
    ModelReplyBroken,
    RateLimited,
)
from archon.ports.model import Model
from archon.testing.manual_clock import ManualClock
from archon.testing.model_contract import ModelContract, asked, failure
from archon.testing.model_protocols import anthropic_events, ollama_events, openai_events
from archon.testing.model_script import ServedReply
from archon.testing.model_server import ModelServer
from archon.testing.wire_contract import KEY, BrokenArguments, Keyed, WireContract


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


@pytest.fixture
async def models(server: ModelServer) -> AsyncIterator[Models]:
    keys = ProviderKeys(anthropic=KEY, openai=KEY, gemini=KEY, deepseek=KEY, groq=KEY, openrouter=KEY)
    compatible = ("openai", "gemini", "deepseek", "groq", "openrouter")
    base_urls = {"anthropic": server.url, "ollama": server.url} | dict.fromkeys(
        compatible, f"{server.url}/v1"
    )
    source = Models(
        providers=Providers(keys=keys, base_urls=base_urls),
        clock=ManualClock(),
        timeouts=Timeouts(read_s=0.3),
    )
    yield source
    await source.aclose()


class TestAnthropic(WireContract, BrokenArguments, Keyed):
    events = anthropic_events
    malformed = (
        "data: {oops\n\n",
        "data: [1]\n\n",
        'data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": 3}}\n\n',
        'data: {"type": "content_block_delta", "index": 7, "delta": {"type": "input_json_delta"}}\n\n',
        'data: {"type": "message_delta", "delta": {"stop_reason": "never_heard_of"}}\n\n',
        'data: {"type": "message_stop"}\n\n',
        'data: {"type": "\udcff"}\n\n',
        'data: {"type": "content_block_delta", "delta": {"text": "\\ud83d"}}\n\n',
    )
    stream_errors: ClassVar[dict[str, type[ModelError]]] = {
        "overloaded_error": ModelOverloaded,
        "rate_limit_error": RateLimited,
        "invalid_request_error": ModelRefusedRequest,
        "strange_error": ModelReplyBroken,
    }

    @pytest.fixture
    def stage(self, models: Models, server: ModelServer) -> WireStage:
        return WireStage(models.open("claude-sonnet-4-6"), server)

    async def test_cached_tokens_are_counted_apart(self, stage: WireStage) -> None:
        stage.play(ServedReply(text="hi", input_tokens=5, cache_read_tokens=70, cache_write_tokens=900))
        usage = [item async for item in stage.model.respond(asked())][-1]
        assert isinstance(usage, ModelResponse)
        assert (usage.usage.input_tokens, usage.usage.cache_read_tokens) == (5, 70)
        assert usage.usage.cache_write_tokens == 900


class OpenAICompatible(WireContract, BrokenArguments, Keyed):
    events = openai_events
    name: str
    malformed = (
        "data: {oops\n\n",
        'data: {"choices": 1}\n\n',
        'data: {"choices": [{"index": 0, "delta": {"content": {}}}]}\n\n',
        'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "never_heard_of"}]}\n\n',
        'data: {"choices": [], "usage": {"prompt_tokens": -1}}\n\n',
        "data: [DONE]\n\n",
        'data: {"id": "\udcff"}\n\n',
    )
    stream_errors: ClassVar[dict[str, type[ModelError]]] = {
        "rate_limit_exceeded": RateLimited,
        "server_error": ModelOverloaded,
        "strange_error": ModelReplyBroken,
    }

    @pytest.fixture
    def stage(self, models: Models, server: ModelServer) -> WireStage:
        return WireStage(models.open(self.name), server)

    async def test_cached_tokens_are_counted_apart(self, stage: WireStage) -> None:
        stage.play(ServedReply(text="hi", input_tokens=5, cache_read_tokens=70))
        response = [item async for item in stage.model.respond(asked())][-1]
        assert isinstance(response, ModelResponse)
        assert (response.usage.input_tokens, response.usage.cache_read_tokens) == (5, 70)


class TestOpenAI(OpenAICompatible):
    name = "gpt-4o"

    async def test_an_empty_account_is_not_waited_for(self, stage: WireStage) -> None:
        stage.play(ServedReply(status=429, body='{"error": {"code": "insufficient_quota", "message": "m"}}'))
        error = await failure(stage.model, asked())
        assert not error.retryable
        assert "credit" in error.hint


class TestOllama(WireContract):
    events = ollama_events
    malformed = (
        "{oops\n",
        "[1]\n",
        '{"message": []}\n',
        '{"message": {"content": 3}}\n',
        '{"message": {"tool_calls": [{"function": {"name": "run", "arguments": "{"}}]}}\n',
        '{"done": true, "done_reason": "never_heard_of"}\n',
        '{"message": {"content": "\udcff"}}\n',
    )
    stream_errors: ClassVar[dict[str, type[ModelError]]] = {"an error": ModelReplyBroken}

    @pytest.fixture
    def stage(self, models: Models, server: ModelServer) -> WireStage:
        return WireStage(models.open("ollama/llama3.2"), server)

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
