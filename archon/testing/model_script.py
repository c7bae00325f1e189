"""What the model server answers: whole replies, and every way in which one can go wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias

from archon.domain.values import JsonObject

Cut: TypeAlias = Literal["close", "reset", "clean"]
"""How an answer breaks off: the connection closed, reset, or the HTTP message properly ended too soon."""
Where: TypeAlias = Literal["head", "stream", "chunk"]
"""What is cut: status line and headers, the body, or the body in the middle of a chunk of HTTP's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedCall:
    """A tool call in a reply."""

    id: str
    name: str
    arguments: JsonObject = field(default_factory=dict)
    raw_arguments: str | None = None
    """Sent instead of `arguments`, as it is."""

    @property
    def json(self) -> str:
        spelled = json.dumps(self.arguments, ensure_ascii=False)
        return spelled if self.raw_arguments is None else self.raw_arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedReply:
    """One answer, in no protocol's format. The fields' names are those of a script's JSON."""

    text: str = ""
    tool_calls: tuple[ServedCall, ...] = ()
    interleaves: bool = False
    """The calls' arguments come in turns, a piece of each, and the last call begins first."""
    finish: Literal["stop", "length", "tool_calls", "refusal"] = "stop"
    refusal: str = ""
    """What is said instead of the text, where OpenAI's protocol has a place of its own for it."""
    names_model: bool = True
    input_tokens: int = 100
    output_tokens: int = 50
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reports_usage: bool = True
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    """Sent as JSON instead of a stream; with a `content-type` among the headers as that."""
    stream: str | None = None
    """Sent as the stream, whatever it holds."""
    trailing: str = ""
    """Sent after the stream."""
    omits_end_mark: bool = False
    """The stream ends properly, but without the protocol's own mark."""
    line_end: Literal["\n", "\r\n", "\r"] = "\n"
    byte_order_mark: bool = False
    packing: Literal["", "gzip", "deflate"] = ""
    """How the body is packed, asked for or not."""
    stream_error: str = ""
    """The protocol's own error event, with this name, in the middle of the text."""
    cut_after_bytes: int | None = None
    """How much is sent before the answer breaks off."""
    cut: Cut = "close"
    hang_after_bytes: int | None = None
    """How much is sent before silence, until the client goes away; -1 for no status line."""
    where: Where = "stream"
    """What the bytes before a cut or a silence are counted in."""
    forever: str = ""
    """Sent again and again after that, until the client goes away."""
    write_bytes: int = 0
    """In writes of how many bytes the stream is sent; 0 for an event at a time."""
    pause_s: float = 0.0
    """Between two writes."""
    contains: str = ""
    """Only for requests whose body has this text."""
    repeats: bool = False
    """Answers any number of requests instead of one."""

    @property
    def is_whole(self) -> bool:
        return self.status == 200 and (
            self.body is None
            and self.stream is None
            and not self.stream_error
            and not self.forever
            and not self.omits_end_mark
            and self.cut_after_bytes is None
            and self.hang_after_bytes is None
        )


def reply_from_json(value: Any) -> ServedReply:
    """A reply from its JSON: a string is its text. Raises: TypeError or ValueError for anything else."""
    if isinstance(value, str):
        return ServedReply(text=value)
    calls = tuple(ServedCall(**call) for call in value.get("tool_calls", ()))
    known = {each.name for each in fields(ServedReply)}
    if unknown := value.keys() - known:
        raise ValueError(f"a reply has no {', '.join(sorted(unknown))}")
    finish = value.get("finish", "tool_calls" if calls else "stop")
    return ServedReply(**{**value, "tool_calls": calls, "finish": finish})


def read_replies(path: Path) -> list[ServedReply]:
    """The replies of a script: a JSON list, or one JSON value on each line."""
    text = path.read_text("utf-8")
    if text.lstrip().startswith("["):
        return [reply_from_json(value) for value in json.loads(text)]
    return [reply_from_json(json.loads(line)) for line in text.splitlines() if line.strip()]


@dataclass
class Script:
    """Replies in their order, each played once unless it repeats."""

    replies: list[ServedReply]
    remembers: bool = True
    """Whether a request that was answered whole gets the same answer again: a model at temperature 0.

    With it a client that was killed may ask again without using up the next reply.
    """
    _given: dict[str, ServedReply] = field(default_factory=dict)

    def take(self, body: str) -> ServedReply:
        """The reply to a request with this body; a refusal when the script has none left."""
        if self.remembers and body in self._given:
            return self._given[body]
        for position, reply in enumerate(self.replies):
            if reply.contains in body:
                if not reply.repeats:
                    del self.replies[position]
                if reply.is_whole:
                    self._given[body] = reply
                return reply
        return ServedReply(status=400, body='{"error": {"message": "the script has no reply left"}}')

    def play(self, replies: Sequence[ServedReply]) -> None:
        """Start over with other replies."""
        self.replies, self._given = list(replies), {}
