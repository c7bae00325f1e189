"""A model that says what was written down for it: the answers of tests and of programs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeAlias

from archon.adapters.model.answer import answer_from_json
from archon.domain.conversation import Delta, ModelRequest, ModelResponse, TextDelta
from archon.domain.errors import ConfigurationError, ModelRefusedRequest
from archon.domain.tokens import estimate_usage
from archon.domain.values import Json, JsonObject

Reply: TypeAlias = "str | ModelResponse | Exception | JsonObject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One reply, and which requests it is meant for."""

    reply: Reply
    role: str = "*"
    """A pattern of roles, such as `coder`."""
    key: str = "*"
    """A pattern of the keys of calls (`CallRef.key`): with it, a reply finds its call after a restart too."""

    def suits(self, request: ModelRequest) -> bool:
        return fnmatchcase(request.role, self.role) and fnmatchcase(request.ref.key, self.key)


class ScriptedModel:
    """Answers each request with the first line not yet played that suits it.

    `requests` holds what was asked. When no line is left the request is refused; `unplayed` tells a
    test that the script was too long. Usage is estimated from the lengths, the same every time.
    """

    def __init__(self, script: Iterable[Reply | Line], *, name: str = "scripted") -> None:
        self._lines = [line if isinstance(line, Line) else Line(reply=line) for line in script]
        self._name = name
        self.requests: list[ModelRequest] = []

    @property
    def unplayed(self) -> int:
        """How many lines no request has asked for yet."""
        return len(self._lines)

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """As the port says. Raises: the script's own exceptions; ModelRefusedRequest when it has run out."""
        self.requests.append(request)
        response = _response(self._take(request).reply, request, self._name)
        for piece in response.text.splitlines(keepends=True):
            yield TextDelta(text=piece)
        yield response

    def _take(self, request: ModelRequest) -> Line:
        for position, line in enumerate(self._lines):
            if line.suits(request):
                return self._lines.pop(position)
        raise ModelRefusedRequest(
            f"The script {self._name} has no reply left for call {len(self.requests)}, "
            f"by the {request.role}.",
            hint="Add the missing reply to the script.",
        )


@dataclass
class ScriptFile:
    """A script in a file, read at the first request; then a `ScriptedModel`."""

    path: Path
    _model: ScriptedModel | None = field(default=None, init=False)

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """As the port says. Raises: ConfigurationError when the file cannot be played."""
        if self._model is None:
            self._model = ScriptedModel(read_script(self.path), name=self.path.name)
        async for delta in self._model.respond(request):
            yield delta


def read_script(path: Path) -> tuple[Line, ...]:
    """The lines of a script: a JSON list, or one JSON value on each line (JSONL).

    A reply is a string (its text) or an object with `text`, `tool_calls` and `finish_reason`; `role`
    and `key` beside them say which calls it is for.

    Raises: ConfigurationError when the file cannot be read or holds something else.
    """
    try:
        text = path.read_text("utf-8")
        values = json.loads(text) if text.lstrip().startswith("[") else _json_lines(text)
        return tuple(_line(value) for value in values)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The script {path} cannot be played: {error}",
            hint='It is a JSON list of replies, each a string or {"text", "tool_calls", "role", "key"}.',
        ) from error


def _json_lines(text: str) -> list[Json]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _line(value: Json) -> Line:
    if isinstance(value, str):
        return Line(reply=value)
    if not isinstance(value, dict):
        raise ValueError(f"{json.dumps(value)[:60]} is no reply.")
    role, key = value.get("role", "*"), value.get("key", "*")
    if not isinstance(role, str) or not isinstance(key, str):
        raise ValueError('"role" and "key" must be strings.')
    return Line(
        reply={name: each for name, each in value.items() if name not in {"role", "key"}}, role=role, key=key
    )


def _response(reply: Reply, request: ModelRequest, name: str) -> ModelResponse:
    if isinstance(reply, Exception):
        raise reply
    if isinstance(reply, str):
        return ModelResponse(text=reply, usage=estimate_usage(request, reply), model=name)
    if isinstance(reply, ModelResponse):
        if reply.usage.total_tokens:
            return reply
        return replace(reply, usage=estimate_usage(request, reply.text, reply.tool_calls))
    try:
        return answer_from_json(reply, request, name)
    except ValueError as error:
        raise ModelRefusedRequest(
            f"A reply of the script {name} is wrong: {error}", hint="Mend it."
        ) from error
