"""A model that asks for one tool call after the other for ever, and weighs the prompts that it is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archon.domain.values import JsonObject
from archon.testing.model_http import read_request, send
from archon.testing.model_protocols import openai_events
from archon.testing.model_requests import Received
from archon.testing.model_script import ServedCall, ServedReply
from bench.programs.conversation import command_of_turn

if TYPE_CHECKING:
    from types import TracebackType

PLAN = "1. Run the tests.\n2. Print what fails."
CHECKS = '''```python checks.py
def check_prints_done(result):
    """It says that it is done."""
    assert result.stdout == "done"
```'''
BYTES_PER_TOKEN = 4
"""About what a provider counts."""
CACHED_COSTS = 0.1
"""What a byte of a cached prefix costs, where a new one costs 1."""


@dataclass
class EndlessModel:
    """Chat completions at `url`/v1. Use it with `async with`."""

    billed_bytes: float = 0.0
    """Of all prompts since `forget`, at what their bytes cost when the prefix of the last one is cached."""
    requests: int = 0
    """Those that offer tools: all others get a plan, or checks that nothing passes."""
    port: int = 0
    _last: bytes = b""
    _server: asyncio.Server | None = None
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def forget(self) -> None:
        """Start to weigh anew."""
        self.billed_bytes, self.requests, self._last = 0.0, 0, b""

    async def __aenter__(self) -> EndlessModel:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        left = asyncio.Event()
        try:
            while (received := await read_request(reader)) is not None:
                reply = self._reply(received)
                events = openai_events(reply, "gpt-4.1")
                await send(reply, events, "text/event-stream", reader, writer, left)
        finally:
            self._talks.discard(talk)
            writer.close()

    def _reply(self, received: Received) -> ServedReply:
        if not received.json.get("tools"):
            return ServedReply(text=PLAN if "You plan" in received.body else CHECKS)
        self._weigh(received.body.encode())
        arguments: JsonObject = {"command": command_of_turn(self.requests)}
        call = ServedCall(id=f"call_{self.requests}", name="run", arguments=arguments)
        text = "I look at what the command says now."
        tokens = len(received.body) // BYTES_PER_TOKEN
        return ServedReply(text=text, tool_calls=(call,), finish="tool_calls", input_tokens=tokens)

    def _weigh(self, body: bytes) -> None:
        cached = _common_bytes(self._last, body)
        self.billed_bytes += (len(body) - cached) + cached * CACHED_COSTS
        self.requests += 1
        self._last = body


def _common_bytes(one: bytes, other: bytes) -> int:
    """The length of what both begin with, found by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
