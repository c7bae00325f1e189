"""A model that says what was written down for it: the answers of tests and of programs.

A script is a file of replies, as a JSON list or one JSON value a line (JSONL); blank lines do not count. A
reply is a string, which is its text, or an object of

- `text`, `tool_calls` (a list of `{"id", "name", "arguments"}`, of which the id may be left out) and
  `finish_reason` (`stop`, `length`, `tool_calls` or `refusal`): what is answered; one of them at least
- `role`: for whose calls it is, by role or agent: `planner`, `coder`, `fixer`, `checker`, `judge` …; without
  one it is for anybody's
- `agent`: the same, by the agent alone: `{"role": "fixer"}` suits the checker, too, where that asks the
  fixer's model, and `{"agent": "fixer"}` does not
- `key`: for which call it is, by its place in the task's journal, such as `5.0`

The last three may be patterns, such as `code*`. Each call gets the first reply not yet played that suits it.
Every task plays the script from its beginning. One that goes on in another process goes on in the script,
too: what its journal holds has been played. Where calls are made at the same time, lines should say for whom
they are.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeAlias

from archon.adapters.model.answer import answer_from_json
from archon.domain.conversation import AnsweredCall, Delta, ModelRequest, ModelResponse, TextDelta
from archon.domain.errors import ArchonError, ConfigurationError, ModelRefusedRequest
from archon.domain.tokens import estimate_usage
from archon.domain.values import Json, JsonObject

Reply: TypeAlias = "str | ModelResponse | Exception | JsonObject"
FORM = (
    'It is a JSON list, or one JSON value a line: each a text, or an object of "text", "tool_calls" and '
    '"finish_reason", with "role", "agent" or "key" for whose calls it is.'
)
MOST_TASKS = 100
"""Whose place in a script is remembered; an older one's is found in its journal again."""
FOR_WHOM = ("role", "agent", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One reply, and which requests it is meant for."""

    reply: Reply
    role: str = "*"
    """A pattern of roles or agents, such as `coder`."""
    agent: str = "*"
    """A pattern of agents alone."""
    key: str = "*"
    """A pattern of the keys of calls (`CallRef.key`)."""

    def suits(self, call: AnsweredCall) -> bool:
        is_whose = fnmatchcase(call.role, self.role) or fnmatchcase(call.agent, self.role)
        return is_whose and fnmatchcase(call.agent, self.agent) and fnmatchcase(call.key, self.key)

    def __str__(self) -> str:
        """For whom it is."""
        said = {"role": self.role, "agent": self.agent, "key": self.key}
        return " and ".join(f"{name} {value!r}" for name, value in said.items() if value != "*") or "anybody"


class ScriptedModel:
    """Answers each request with the first line not yet played that suits it.

    `requests` holds what was asked. When no line is left the request is refused; `unplayed` tells a
    test that the script was too long. Usage is estimated from the lengths, the same every time. A fault
    of the script is raised as an error of the kind `fault`.
    """

    def __init__(
        self,
        script: Iterable[Reply | Line],
        *,
        name: str = "scripted",
        fault: type[ArchonError] = ModelRefusedRequest,
    ) -> None:
        self._lines = [line if isinstance(line, Line) else Line(reply=line) for line in script]
        self._name = name
        self._fault = fault
        self.requests: list[ModelRequest] = []

    @property
    def unplayed(self) -> int:
        """How many lines no request has asked for yet."""
        return len(self._lines)

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """As the port says. Raises: the script's own exceptions; its fault when it has run out."""
        self.requests.append(request)
        call = AnsweredCall(role=request.role, agent=request.agent, key=request.ref.key, model=request.model)
        line = self.play(call)
        if line is None:
            raise self._fault(self._missing(call), hint="Add the missing reply to the script.")
        try:
            response = _response(line.reply, request, self._name)
        except ValueError as error:
            wrong = f"A reply of the script {self._name} is wrong: {error}"
            raise self._fault(wrong, hint="Mend it.") from error
        for piece in response.text.splitlines(keepends=True):
            yield TextDelta(text=piece)
        yield response

    def play(self, call: AnsweredCall) -> Line | None:
        """Take the line of a call from what is left; None when no line suits it."""
        for position, line in enumerate(self._lines):
            if line.suits(call):
                return self._lines.pop(position)
        return None

    def _missing(self, call: AnsweredCall) -> str:
        """That a script has run out, with what is left of it for others."""
        who = f"by the {call.agent or call.role}"
        if call.agent not in {"", call.role}:
            who += f" (role {call.role})"
        left = ", ".join(dict.fromkeys(map(str, self._lines)))
        rest = f" What is left is for {left}." if left else ""
        return f"The script {self._name} has no reply left for call {len(self.requests)}, {who}.{rest}"


@dataclass
class ScriptFile:
    """A script in a file, which every task plays from its beginning."""

    path: Path
    _tasks: dict[str, ScriptedModel] = field(default_factory=dict, init=False)
    """By task: what is left of the script for it."""

    def check(self) -> None:
        """As the port says: every reply is looked at."""
        nobody = ModelRequest(role="", model="", system=(), messages=())
        for number, line in enumerate(read_script(self.path), start=1):
            try:
                _response(line.reply, nobody, self.path.name)
            except ValueError as error:
                raise _unplayable(self.path, f"reply {number}: {error}") from error

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """As the port says. Raises: ConfigurationError when the file cannot be played, or is at its end."""
        task = request.ref.task_id
        is_answered = False
        try:
            async for delta in self._of(request).respond(request):
                yield delta
            is_answered = True
        finally:
            if not is_answered:  # so that it is read again, and the journal says what was played
                self._tasks.pop(task, None)

    def _of(self, request: ModelRequest) -> ScriptedModel:
        """What is left for the request's task. Raises: ConfigurationError."""
        task = request.ref.task_id
        if task not in self._tasks:
            model = ScriptedModel(read_script(self.path), name=self.path.name, fault=ConfigurationError)
            for call in request.ref.earlier():
                if call.model == request.model:  # others play scripts of their own, or none
                    model.play(call)
            self._tasks[task] = model
            if len(self._tasks) > MOST_TASKS:
                del self._tasks[next(iter(self._tasks))]
        return self._tasks[task]


def read_script(path: Path) -> tuple[Line, ...]:
    """The lines of a script. Raises: ConfigurationError when the file cannot be read, or holds no script."""
    try:
        text = path.read_text("utf-8-sig")
        return tuple(_lines(text))
    except OSError as error:
        raise _unplayable(path, (error.strerror or str(error)).lower()) from error
    except (ValueError, RecursionError) as error:
        raise _unplayable(path, str(error)) from error


def _unplayable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"The script {path} cannot be played: {why.rstrip('.')}.", hint=FORM)


def _lines(text: str) -> Iterator[Line]:
    """Raises: ValueError that says where and what."""
    if text.lstrip().startswith("["):
        values: Iterable[tuple[str, Json]] = _numbered(json.loads(text))
    else:
        values = _json_lines(text)
    for place, value in values:
        try:
            yield _line(value)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None


def _numbered(values: list[Json]) -> Iterator[tuple[str, Json]]:
    return ((f"reply {number}", value) for number, value in enumerate(values, start=1))


def _json_lines(text: str) -> Iterator[tuple[str, Json]]:
    """Not at any other mark that ends a line for people: a JSON text may hold it as it is."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number} is no JSON: {error.msg} at character {error.pos + 1}") from None
        yield f"line {number}", value


def _line(value: Json) -> Line:
    if isinstance(value, str):
        return Line(reply=value)
    if not isinstance(value, dict):
        raise ValueError(f"{json.dumps(value)[:60]} is no reply")
    patterns = {}
    for name in FOR_WHOM:
        pattern = value.get(name, "*")
        if not isinstance(pattern, str):
            raise ValueError(f'"{name}" must be a string')
        patterns[name] = pattern
    return Line(reply={name: each for name, each in value.items() if name not in FOR_WHOM}, **patterns)


def _response(reply: Reply, request: ModelRequest, name: str) -> ModelResponse:
    """Raises: the reply, if it is an exception; ValueError when it is none that can be given."""
    if isinstance(reply, Exception):
        raise reply
    if isinstance(reply, str):
        return ModelResponse(text=reply, usage=estimate_usage(request, reply), model=name)
    if isinstance(reply, ModelResponse):
        if reply.usage.total_tokens:
            return reply
        return replace(reply, usage=estimate_usage(request, reply.text, reply.tool_calls))
    return answer_from_json(reply, request, name)
