"""What every model does with a reply, whoever gives it."""

from __future__ import annotations

import asyncio
from typing import Protocol

import pytest

from archon.domain.conversation import (
    CallRef,
    ModelRequest,
    ModelResponse,
    SystemBlock,
    TextDelta,
    Tool,
    ToolCall,
    user,
)
from archon.domain.errors import ModelError
from archon.ports.model import Model
from archon.testing.model_script import ServedCall, ServedReply

TEXT = 'Sure: "naïve" 漢字 🎉\n\n```python\nprint("\\u00e9")\n```\n'
CALLS = (
    ServedCall(id="call_a", name="read", arguments={"path": "a.py", "lines": [1, 2]}),
    ServedCall(id="call_b", name="run", arguments={"command": "echo 'ü' && ls"}),
)
TOOLS = tuple(
    Tool(name=name, description=f"Can {name}.", parameters={"type": "object", "properties": {}})
    for name in ("read", "run")
)


def asked(text: str = "Say hello.", *, tools: tuple[Tool, ...] = ()) -> ModelRequest:
    return ModelRequest(
        role="coder",
        model="any",
        system=(SystemBlock(text="You are a coder.", cache=True),),
        messages=(user(text),),
        tools=tools,
        ref=CallRef(task_id="T1", key="1.0", hash=f"{abs(hash(text)):016x}"),
    )


async def whole(model: Model, request: ModelRequest) -> ModelResponse:
    """The response, having held the stream to the port's rules."""
    items = [item async for item in model.respond(request)]
    *deltas, last = items
    assert isinstance(last, ModelResponse)
    assert all(isinstance(delta, TextDelta) and delta.text for delta in deltas)
    assert "".join(delta.text for delta in deltas if isinstance(delta, TextDelta)) == last.text
    return last


async def failure(model: Model, request: ModelRequest) -> ModelError:
    """The error that a call ends with; no response may come before it."""
    with pytest.raises(ModelError) as caught:
        async for item in model.respond(request):
            assert isinstance(item, TextDelta)
    return caught.value


class Stage(Protocol):
    """A model that can be told what to answer."""

    model: Model

    def play(self, *replies: ServedReply | str) -> None:
        """Forget what was to be answered, and answer this, in its order."""
        ...


class ModelContract:
    """Needs a `stage` fixture."""

    async def test_a_reply_is_streamed_and_then_given_whole(self, stage: Stage) -> None:
        stage.play(TEXT)
        response = await whole(stage.model, asked())
        assert response.text == TEXT
        assert response.tool_calls == ()
        assert response.finish_reason == "stop"
        assert response.model

    async def test_usage_is_never_nothing(self, stage: Stage) -> None:
        stage.play(ServedReply(text=TEXT, reports_usage=False))
        usage = (await whole(stage.model, asked())).usage
        assert usage.is_estimated
        assert usage.input_tokens > 0
        assert usage.output_tokens > 0

    async def test_parallel_tool_calls_keep_their_order_and_arguments(self, stage: Stage) -> None:
        stage.play(ServedReply(text="Looking.", tool_calls=CALLS, finish="tool_calls"))
        response = await whole(stage.model, asked(tools=TOOLS))
        assert [(call.name, call.arguments) for call in response.tool_calls] == [
            (call.name, call.arguments) for call in CALLS
        ]
        assert len({call.id for call in response.tool_calls}) == 2
        assert response.finish_reason == "tool_calls"

    async def test_a_tool_call_needs_no_text(self, stage: Stage) -> None:
        stage.play(ServedReply(tool_calls=(ServedCall(id="c", name="run"),), finish="tool_calls"))
        response = await whole(stage.model, asked(tools=TOOLS))
        assert response.text == ""
        assert response.tool_calls == (ToolCall(id=response.tool_calls[0].id, name="run", arguments={}),)

    async def test_a_reply_cut_by_the_length_limit_says_so(self, stage: Stage) -> None:
        stage.play(ServedReply(text="Once upon", finish="length"))
        response = await whole(stage.model, asked())
        assert (response.text, response.finish_reason) == ("Once upon", "length")

    async def test_an_empty_reply_is_a_reply(self, stage: Stage) -> None:
        stage.play("")
        response = await whole(stage.model, asked())
        assert (response.text, response.finish_reason) == ("", "stop")

    async def test_calls_may_run_at_the_same_time(self, stage: Stage) -> None:
        stage.play("one", "two", "three")
        requests = [asked(f"question {number}") for number in range(3)]
        responses = await asyncio.gather(*(whole(stage.model, request) for request in requests))
        assert sorted(response.text for response in responses) == ["one", "three", "two"]
