"""A local server that speaks the providers' protocols faithfully, and badly on demand.

`python -m archon.testing.model_server --port 0 --script FILE --log FILE` prints its address as one JSON
line, then serves until it is stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from archon.domain.values import digest_bytes
from archon.testing.model_http import read_request, send
from archon.testing.model_protocols import anthropic_events, ollama_events, openai_events
from archon.testing.model_requests import (
    Received,
    anthropic_refusal,
    ollama_refusal,
    openai_refusal,
    refuse,
)
from archon.testing.model_script import Script, ServedReply, read_replies

if TYPE_CHECKING:
    from types import TracebackType

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A protocol, as the server sees it."""

    name: str
    stream_type: str
    events: Callable[[ServedReply, str], Iterator[bytes]]
    refusal: Callable[[Received, str], ServedReply | None]


@dataclass
class ModelServer:
    """Use it with `async with`; `url` is its address. Anthropic and Ollama live at `url`, OpenAI at `url/v1`.

    `finished` and the log file hold one entry for each request that was answered to its end.
    """

    script: Script = field(default_factory=lambda: Script([]))
    key: str = ""
    """The only key that is accepted; empty accepts any."""
    ollama_models: tuple[str, ...] = ()
    """What Ollama has; with none there is no Ollama."""
    listed: tuple[str, ...] | None = None
    """The models that a provider lists to those who have the key; None: it lists none to anybody."""
    log: Path | None = None
    port: int = 0
    finished: list[dict[str, Any]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    """How many were ever made."""
    came: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a request has come whole."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has gone away before its answer's end."""
    _server: asyncio.Server | None = None
    _talks: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def play(self, *replies: ServedReply | str) -> None:
        """Start over with these replies."""
        self.script.play([ServedReply(text=each) if isinstance(each, str) else each for each in replies])

    async def __aenter__(self) -> ModelServer:
        self._server = await asyncio.start_server(self._talk, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._talks.values():
            writer.transport.abort()
        await asyncio.gather(*self._talks)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: requests after one another until somebody ends it."""
        self.connections += 1
        talk = cast("asyncio.Task[None]", asyncio.current_task())
        self._talks[talk] = writer
        try:
            while (received := await read_request(reader)) is not None:
                self.received.append(received)
                self.came.set()
                if not await self._answer(received, reader, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            del self._talks[talk]

    async def _answer(
        self, received: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the connection can take another request."""
        if received.path == "/api/tags":
            models = [{"name": name, "model": name} for name in self.ollama_models]
            listed = ServedReply(body=json.dumps({"models": models}))
            return await send(
                listed if models else refuse(404, "no Ollama here"), (), "", reader, writer, self.left
            )
        if received.path.endswith("/models"):
            return await send(self._listing(received), (), "", reader, writer, self.left)
        spoken = self._protocol(received.path)
        if spoken is None:
            return await send(refuse(404, "no such path"), (), "", reader, writer, self.left)
        model = str(received.json.get("model", ""))
        reply = spoken.refusal(received, self.key) or self.script.take(received.body)
        events: Iterable[bytes] = spoken.events(reply, model) if reply.status == 200 else ()
        goes_on = await send(reply, events, spoken.stream_type, reader, writer, self.left)
        if reply.is_whole:
            self._note(received, spoken.name, model)
        return goes_on

    def _listing(self, received: Received) -> ServedReply:
        """As OpenAI and Anthropic list their models."""
        given = received.headers.get("x-api-key") or received.headers.get("authorization", "")[7:]
        if self.key and given != self.key:
            return refuse(401, f"Incorrect API key provided: {given}")
        if self.listed is None:
            return refuse(404, "no such path")
        data = [{"id": name, "object": "model"} for name in self.listed]
        return ServedReply(body=json.dumps({"object": "list", "data": data}))

    def _protocol(self, path: str) -> Spoken | None:
        events = "text/event-stream; charset=utf-8"
        if path.endswith("/v1/messages"):
            return Spoken("anthropic", events, anthropic_events, anthropic_refusal)
        if path.endswith("/chat/completions"):
            return Spoken("openai", events, openai_events, openai_refusal)
        if path == "/api/chat":
            refusal = ollama_refusal(frozenset(self.ollama_models))
            return Spoken("ollama", "application/x-ndjson", ollama_events, refusal)
        return None

    def _note(self, received: Received, protocol: str, model: str) -> None:
        entry = {
            "number": len(self.finished) + 1,
            "protocol": protocol,
            "model": model,
            "body_sha256": digest_bytes(received.body.encode()),
            "body": received.json,
        }
        self.finished.append(entry)
        if self.log is not None:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(entry, ensure_ascii=False) + "\n")


async def serve(server: ModelServer) -> None:
    """Print the address, then serve until asked to stop; what was answered by then is in the log."""
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    async with server:
        sys.stdout.write(json.dumps({"url": server.url}) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the server from the command line."""
    parser = argparse.ArgumentParser(prog="model_server", description="Serve scripted replies of models.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--script", type=Path, required=True, help="replies: a JSON list, or JSON lines")
    parser.add_argument("--log", type=Path, help="gets a JSON line for each request answered to its end")
    parser.add_argument("--key", default="", help="the only key accepted")
    parser.add_argument("--ollama-model", action="append", default=[], help="a model that Ollama has")
    given = parser.parse_args(arguments)
    server = ModelServer(
        script=Script(read_replies(given.script)),
        key=given.key,
        ollama_models=tuple(given.ollama_model),
        log=given.log,
        port=given.port,
    )
    asyncio.run(serve(server))


if __name__ == "__main__":
    main()
