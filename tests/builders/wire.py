"""Requests of every shape for the wire, and a loopback server that remembers what it was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from hypothesis import strategies as st

from archon.adapters.model.dialects import DIALECTS
from archon.adapters.model.route import ProviderKeys, Providers, Route
from archon.adapters.model.source import Models
from archon.adapters.model.wire import spelled, within
from archon.domain.conversation import (
    Message,
    ModelRequest,
    ModelResponse,
    Part,
    SystemBlock,
    Text,
    Thought,
    Tool,
    ToolCall,
    ToolResult,
)
from archon.domain.values import JsonObject
from archon.testing.manual_clock import ManualClock
from archon.testing.model_contract import asked, whole

NAMES = ("anthropic", "openai", "gemini", "deepseek", "groq", "openrouter", "ollama")
CLAUDES = ("claude-sonnet-4-6", "claude-opus-4-6")
KEYS = ProviderKeys(anthropic="k", openai="k", deepseek="k", gemini="k", groq="k", openrouter="k")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
"""Any plain text: empty, of controls, beyond the basic plane; no halves of surrogate pairs."""
names = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects: st.SearchStrategy[JsonObject] = st.dictionaries(texts, values, max_size=4)
SCHEMAS: tuple[JsonObject, ...] = (
    {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]},
    {"type": "object", "properties": {"ok": {"type": "boolean"}}, "additionalProperties": False},
)
tools = st.builds(Tool, name=names, description=texts, parameters=st.sampled_from(SCHEMAS))


@st.composite
def turns(draw: st.DrawFn) -> tuple[Message, ...]:
    """One answer, with or without calls, and what is said to it; each call has its result."""
    ids = draw(st.lists(names, max_size=3, unique=True))
    calls = [ToolCall(id=each, name=draw(names), arguments=draw(objects)) for each in ids]
    results = [ToolResult(call_id=each, content=draw(texts), is_error=draw(st.booleans())) for each in ids]
    block: JsonObject = {"type": "thinking", "thinking": draw(texts), "signature": draw(names)}
    thought = Thought(source=f"anthropic/{draw(st.sampled_from(CLAUDES))}", content=block)
    thoughts = draw(st.sampled_from([(), (thought,)]))
    said: tuple[Part, ...] = (*thoughts, Text(text=draw(texts)), *calls)
    heard: tuple[Part, ...] = (*results, Text(text=draw(texts)))
    return Message(role="assistant", parts=said), Message(role="user", parts=heard)


@st.composite
def requests(draw: st.DrawFn) -> ModelRequest:
    """A conversation of any shape that an agent may have."""
    first = Message(role="user", parts=tuple(Text(text=text) for text in draw(st.lists(texts, max_size=2))))
    later = [message for turn in draw(st.lists(turns(), max_size=3)) for message in turn]
    return ModelRequest(
        role="coder",
        model="any",
        system=tuple(draw(st.lists(st.builds(SystemBlock, text=texts, cache=st.booleans()), max_size=6))),
        messages=(first, *later),
        tools=tuple(draw(st.lists(tools, max_size=2, unique_by=lambda tool: tool.name))),
        output_schema=draw(st.none() | st.sampled_from(SCHEMAS)),
        max_output_tokens=draw(st.integers(1, 16_384)),
        temperature=draw(st.none() | st.sampled_from([0.0, 0.25, 1.0])),
        thinking=draw(st.booleans()),
    )


def route_of(name: str, url: str = "http://127.0.0.1:1") -> Route:
    """Where a model string leads when every provider lives at `url`."""
    return Providers(keys=KEYS, base_urls=dict.fromkeys(NAMES, url)).route(name)


def body_of(name: str, request: ModelRequest) -> dict[str, Any]:
    """What the adapter sends for a request to a model."""
    route = route_of(name)
    sent = spelled(DIALECTS[route.provider.protocol], within(request, route), route)
    body: dict[str, Any] = json.loads(sent)
    return body


@dataclass
class Loopback:
    """Remembers the bodies it gets, and answers each with `answer`."""

    url: str = ""
    answer: bytes = b""
    content_type: str = "text/event-stream"
    bodies: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def loopback() -> Iterator[Loopback]:
    """A server of its own thread, since the official clients are asked in a blocking way."""
    seen = Loopback()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            seen.bodies.append(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.send_header("content-type", seen.content_type)
            self.send_header("content-length", str(len(seen.answer)))
            self.end_headers()
            self.wfile.write(seen.answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    Handler.protocol_version = "HTTP/1.1"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    seen.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


def understood(name: str, url: str) -> ModelResponse:
    """What the adapter makes of the answer of a server. Raises: ModelError."""

    async def ask() -> ModelResponse:
        providers = Providers(keys=KEYS, base_urls=dict.fromkeys(NAMES, url))
        source = Models(providers=providers, clock=ManualClock())
        try:
            return await whole(source.open(name), asked())
        finally:
            await source.aclose()

    return asyncio.run(ask())
