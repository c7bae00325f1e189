"""A model that asks for the same tool call for ever, and weighs the prompts that it is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archon.testing.model_http import read_request, send
from archon.testing.model_protocols import openai_events
from archon.testing.model_script import ServedCall, ServedReply

if TYPE_CHECKING:
    from types import TracebackType

REPLY = ServedReply(
    text="I look at what the command says now.",
    tool_calls=(ServedCall(id="call_1", name="run", arguments={"command": "tee notes.txt"}),),
    finish="tool_calls",
)
CACHED_COSTS = 0.1
"""What a byte of a cached prefix costs, where a new one costs 1."""


@dataclass
class EndlessModel:
    """Chat completions at `url`/v1. Use it with `async with`."""

    billed_bytes: float = 0.0
    """Of all prompts since `forget`, at what their bytes cost when the prefix of the last one is cached."""
    requests: int = 0
    port: int = 0
    _last: bytes = b""
    _server: asyncio.Server | None = None
    _talks: set[asyncio.Task[None]] = field(default_factory=set)
    _events: tuple[bytes, ...] = tuple(openai_events(REPLY, "gpt-4.1"))

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
                self._weigh(received.body.encode())
                await send(REPLY, self._events, "text/event-stream", reader, writer, left)
        finally:
            self._talks.discard(talk)
            writer.close()

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
