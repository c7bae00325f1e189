"""Requests are counted by the providers that offer it, and by no other."""

import pytest

from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.source import Models
from archon.domain.conversation import Message, Tool, ToolCall, ToolResult, user
from archon.domain.errors import ModelError
from archon.ports.model import Model, TokenCounter
from archon.testing.manual_clock import ManualClock
from archon.testing.model_server import ModelServer
from tests.builders.models import request

LONG = request(
    model="claude-sonnet-4-6",
    messages=(
        user("Look."),
        Message(role="assistant", parts=(ToolCall(id="c1", name="look", arguments={}),)),
        Message(role="user", parts=(ToolResult(call_id="c1", content="seen"),)),
    ),
    tools=(Tool(name="look", description="Looks.", parameters={"type": "object"}),),
    temperature=0.5,
)


def opened(server: ModelServer, name: str) -> Model:
    keys = ProviderKeys(anthropic="k", openai="k")
    urls = {"anthropic": server.url, "openai": f"{server.url}/v1", "ollama": server.url}
    return Models(providers=Providers(keys=keys, base_urls=urls), clock=ManualClock()).open(name)


async def test_anthropic_is_sent_the_request_without_what_is_not_counted() -> None:
    async with ModelServer(counted_tokens=4_321) as server:
        model = opened(server, "claude-sonnet-4-6")
        assert isinstance(model, TokenCounter)
        assert await model.count_tokens(LONG) == 4_321
    (received,) = server.received
    assert received.path == "/v1/messages/count_tokens"
    assert set(received.json) == {"model", "system", "messages", "tools"}
    assert [message["role"] for message in received.json["messages"]] == ["user", "assistant", "user"]
    assert received.headers["x-api-key"] == "k"


async def test_a_server_that_cannot_count_is_an_error_of_the_count_alone() -> None:
    async with ModelServer() as server:
        model = opened(server, "claude-sonnet-4-6")
        assert isinstance(model, TokenCounter)
        with pytest.raises(ModelError):
            await model.count_tokens(LONG)


@pytest.mark.parametrize("name", ["gpt-4o", "ollama/gemma:2b"])
async def test_a_provider_without_a_count_is_not_asked(name: str) -> None:
    async with ModelServer(counted_tokens=1) as server:
        model = opened(server, name)
        assert isinstance(model, TokenCounter)
        assert await model.count_tokens(LONG) is None
    assert server.received == []
