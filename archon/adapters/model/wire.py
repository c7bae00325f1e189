"""The one way a request goes to a provider and its reply comes back, whatever they speak."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from archon.adapters.model import failures
from archon.adapters.model.draft import Draft
from archon.adapters.model.framing import Frames
from archon.adapters.model.http import Post, Transport, linger
from archon.adapters.model.parameters import settled
from archon.adapters.model.reading import integer, parse_object
from archon.adapters.model.route import Route
from archon.adapters.model.unread import UnreadCall
from archon.domain.conversation import Delta, Message, ModelRequest, TextDelta, Thought
from archon.domain.errors import ModelRefusedRequest
from archon.domain.said import Fold, Said
from archon.domain.values import Json, JsonObject

NOT_COUNTED = frozenset({"max_tokens", "stream", "temperature"})
"""What a request to count does not take."""
LARGEST_COUNT_BYTES = 64 * 1024
PIECE_BYTES = 32 * 1024
LEAST_ROOM_TO_THINK = 4096
"""Tokens of output below which thinking could leave no room for the answer: they count together."""


class Reply(Protocol):
    """Understands a protocol's events, one after the other."""

    draft: Draft

    def take(self, event: str) -> str:
        """Add an event to the draft, and return the text that it brought.

        Raises: ModelError and its kinds.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A protocol: how a request is put, and how its reply is understood."""

    path: str
    stream_type: str
    frames: Callable[[], Frames]
    headers: Callable[[str], dict[str, str]]
    """From the key, which may be empty, to the headers."""
    head: Callable[[ModelRequest, Route], JsonObject]
    """The request without what was said; its `messages`, if any, come before that."""
    said: Callable[[ModelRequest, Route], Iterable[bytes]]
    """What the messages of the request are as `spell` gives them, in pieces of one message or more."""
    reply: Callable[[Draft], Reply]
    count_path: str = ""
    """Where a request is counted and not answered; empty where that is not offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireModel:
    """A provider's model over HTTP, always streaming."""

    route: Route
    dialect: Dialect
    transport: Transport

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """As the port says."""
        request = within(request, self.route)
        frames, reply = self.dialect.frames(), self.dialect.reply(Draft(route=self.route))
        try:
            async with self.transport.stream(self.route, self._post(request)) as chunks:
                async for chunk in chunks:
                    for text in _texts(frames, reply, chunk):
                        yield TextDelta(text=text)
                    if reply.draft.is_whole:
                        break
                else:
                    raise failures.cut_off(self.route)
                response = reply.draft.response(request)
                await linger(chunks)
        except UnreadCall as unread:
            yield TextDelta(text=reply.draft.say(unread.written))
            response = reply.draft.as_said(request)
        yield response

    async def count_tokens(self, request: ModelRequest) -> int | None:
        """As the port says."""
        if not self.dialect.count_path:
            return None
        request = within(request, self.route)
        post = replace(
            self._post(request),
            path=self.dialect.count_path,
            body=spelled(self.dialect, request, self.route, without=NOT_COUNTED),
            expects="application/json",
        )
        async with self.transport.stream(self.route, post) as chunks:
            answer = parse_object((await _beginning(chunks)).decode("utf-8", "replace"))
        return integer(answer, "input_tokens")

    def _post(self, request: ModelRequest) -> Post:
        headers = {"content-type": "application/json", **self.dialect.headers(self.route.key)}
        return Post(
            path=self.dialect.path,
            headers=headers,
            body=spelled(self.dialect, request, self.route),
            expects=self.dialect.stream_type,
        )


def within(request: ModelRequest, route: Route) -> ModelRequest:
    """The request without what the model's profile cannot take."""
    profile = route.profile
    room = min(request.max_output_tokens, profile.max_output_tokens)
    temperature = request.temperature
    if temperature is None and isinstance(given := request.parameters.get("temperature"), int | float):
        temperature = given
    wish = request.parameters.get("thinking", request.thinking)
    return replace(
        request,
        messages=_with_own_thoughts(request.messages, route.source),
        thinking=wish is True and profile.takes_adaptive_thinking and room >= LEAST_ROOM_TO_THINK,
        max_output_tokens=room,
        temperature=temperature if profile.takes_temperature else None,
        output_schema=request.output_schema if profile.takes_schema else None,
        parameters=settled(request, profile),
        tools=request.tools if profile.takes_tools else (),
    )


_thinkers = Fold[frozenset[str]](frozenset(), lambda found, new: found.union(*map(_sources, new)))
"""Whose thoughts are among messages."""


def _sources(message: Message) -> Iterator[str]:
    return (part.source for part in message.parts if isinstance(part, Thought))


def _with_own_thoughts(messages: tuple[Message, ...], source: str) -> tuple[Message, ...]:
    """The messages without what other models thought."""
    return messages if _thinkers(messages) <= {source} else _own(source)(messages)


@cache
def _own(source: str) -> Fold[Said]:
    return Fold(Said(), lambda kept, new: kept.and_then(*(_without_foreign(each, source) for each in new)))


def _without_foreign(message: Message, source: str) -> Message:
    own = tuple(part for part in message.parts if not isinstance(part, Thought) or part.source == source)
    return message if len(own) == len(message.parts) else replace(message, parts=own)


def spelled(
    dialect: Dialect, request: ModelRequest, route: Route, *, without: frozenset[str] = frozenset()
) -> bytes:
    """The body of a request, with what was said at its end."""
    head = {name: value for name, value in dialect.head(request, route).items() if name not in without}
    first = head.pop("messages", [])
    said = filter(None, (spell(first if isinstance(first, list) else []), *dialect.said(request, route)))
    pieces = [spell([head])[:-1], b',"messages":[']
    for each in said:
        pieces += (each, b",")
    if pieces[-1] == b",":
        pieces.pop()
    return b"".join((*pieces, b"]}"))  # joined once: the body of a long conversation is large


def spell(values: Iterable[Json]) -> bytes:
    """JSON values as they stand in a list, with commas between them. Raises: as `text_of`."""
    return ",".join(map(text_of, values)).encode("utf-8", "replace")


def grown(pieces: tuple[bytes, ...], new: Iterable[bytes]) -> tuple[bytes, ...]:
    """Spelled messages with more of them at the end. Only the last piece is copied, while it is short."""
    is_short = bool(pieces) and len(pieces[-1]) < PIECE_BYTES
    kept, last = (pieces[:-1], pieces[-1]) if is_short else (pieces, b"")
    added = b",".join(filter(None, (last, *new)))
    return (*kept, added) if added else kept


def text_of(value: Json) -> str:
    """The shortest JSON of a value. Raises: ModelRefusedRequest where a number in it has none."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise ModelRefusedRequest(
            "The request holds a number that JSON cannot spell, such as infinity.",
            hint="Look at the parameters and at what was said before.",
        ) from None


async def _beginning(chunks: AsyncIterator[bytes]) -> bytes:
    """As much of a short answer as is worth reading."""
    body = b""
    async for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_COUNT_BYTES:
            break
    return body


def _texts(frames: Frames, reply: Reply, chunk: bytes) -> Iterator[str]:
    for event in frames.feed(chunk):
        if text := reply.take(event):
            yield text
        if reply.draft.is_whole:
            return
