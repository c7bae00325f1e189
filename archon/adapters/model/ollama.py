"""Ollama's own chat API: its OpenAI-compatible one ignores `num_ctx` and cuts prompts silently.

Source: github.com/ollama/ollama, docs/api.md, "Generate a chat completion", and api/types.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from archon.adapters.model import failures
from archon.adapters.model.draft import CallDraft, Draft
from archon.adapters.model.framing import Lines
from archon.adapters.model.functions import function_tools, system_message
from archon.adapters.model.parameters import schema_of
from archon.adapters.model.reading import broken, count, member, members, parse_object, string
from archon.adapters.model.route import Route
from archon.adapters.model.wire import Dialect, grown, spell
from archon.domain.conversation import (
    FinishReason,
    Message,
    ModelRequest,
    Thought,
    ToolCall,
    ToolResult,
    Usage,
)
from archon.domain.parameters import passed_on, stops
from archon.domain.said import Fold
from archon.domain.values import Json, JsonObject, canonical

OPTIONS = (
    "top_k",
    "min_p",
    "typical_p",
    "repeat_penalty",
    "repeat_last_n",
    "presence_penalty",
    "frequency_penalty",
    "mirostat",
    "mirostat_eta",
    "mirostat_tau",
    "num_batch",
    "num_gpu",
    "num_keep",
    "num_thread",
)
"""Its own parameters that it takes among its options. Source: docs/modelfile.md and api/types.go."""
FINISH: dict[str, FinishReason] = {"stop": "stop", "length": "length"}


def headers(key: str) -> dict[str, str]:
    """Ollama takes no key; one is for a proxy in front of it."""
    return {"authorization": f"Bearer {key}"} if key else {}


def head(request: ModelRequest, route: Route) -> JsonObject:
    """The request as the API takes it. A prompt longer than the context is refused, never cut."""
    put: JsonObject = {
        **_parameters(request.parameters),
        "model": route.model,
        "messages": [*system_message(request)],
        "options": _options(request, route),
        "stream": True,
        "truncate": False,
        "shift": False,
    }
    if request.tools:
        put["tools"] = function_tools(request)
    if request.output_schema is not None:
        put["format"] = request.output_schema
    return put


def _parameters(given: JsonObject) -> JsonObject:
    """What stands beside the options, such as `keep_alive`."""
    put = {name: value for name, value in passed_on(given).items() if name not in OPTIONS}
    form = given.get("response_format")
    if isinstance(form, dict):
        put["format"] = schema_of(given) or "json"
    thinking = given.get("effort", given.get("thinking"))
    if isinstance(thinking, bool | str):
        put["think"] = thinking
    return put


def _options(request: ModelRequest, route: Route) -> JsonObject:
    given = request.parameters
    options = dict(member(given, "options"))
    options |= {name: given[name] for name in ("top_p", "seed", *OPTIONS) if name in given}
    if stopping := stops(given):
        options["stop"] = stopping
    if request.temperature is not None:
        options["temperature"] = request.temperature
    options["num_ctx"] = given.get("num_ctx", route.profile.context_tokens)
    options["num_predict"] = request.max_output_tokens
    return options


def said(request: ModelRequest, route: Route) -> Iterable[bytes]:
    """Spelled once each, so that a turn of a long conversation costs what is new."""
    return _spelled(request.messages).pieces


@dataclass(frozen=True, slots=True)
class _Spelled:
    """Results name the tools of the calls that they answer: the latest of that id, since ids may repeat."""

    names: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = ()

    def more(self, new: Iterable[Message]) -> _Spelled:
        names, spelled = dict(self.names), []
        for message in new:
            names |= {part.id: part.name for part in message.parts if isinstance(part, ToolCall)}
            spelled.append(spell(_messages(message, names)))
        return _Spelled(names, grown(self.pieces, spelled))


_spelled = Fold(_Spelled(), _Spelled.more)


def _messages(message: Message, names: Mapping[str, str]) -> Iterator[JsonObject]:
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_name": names.get(part.call_id, ""), "content": part.content}
    calls: list[Json] = [
        {"function": {"name": part.name, "arguments": part.arguments}}
        for part in message.parts
        if isinstance(part, ToolCall)
    ]
    if calls:
        put: JsonObject = {"role": message.role, "content": message.text, "tool_calls": calls}
        for part in message.parts:
            put |= part.content if isinstance(part, Thought) else {}
        yield put
    elif message.text:
        yield {"role": message.role, "content": message.text}


@dataclass
class OllamaReply:
    """One object a line; the one with `done` is the end mark. What the model thinks is no text of it.

    An old Ollama gives no `done_reason`: there, an answer as long as was allowed was cut.
    """

    draft: Draft
    _thoughts: list[str] = field(default_factory=list)

    def take(self, event: str) -> str:
        """As `Reply` says."""
        said = parse_object(event)
        if failures.is_error(said, is_event="done" in said or isinstance(said.get("message"), dict)):
            raise failures.of_error(self.draft.route, said)
        self.draft.model = string(said, "model")
        message = member(said, "message")
        for call in members(message, "tool_calls"):
            self._call(call)
        self._thoughts.append(string(message, "thinking"))
        text = self.draft.say(string(message, "content"))
        if said.get("done") is True:
            self._stop(said)
        return text

    def _call(self, call: JsonObject) -> None:
        """Calls arrive whole, and without an id where Ollama is older; servers like it write text."""
        function, position = member(call, "function"), len(self.draft.calls)
        made = CallDraft(id=string(call, "id"), name=string(function, "name"))
        if not made.name:
            raise broken("a tool call has no name")
        given = function.get("arguments")
        whole = given if isinstance(given, str) else canonical(member(function, "arguments")).decode("utf-8")
        made.json.append(whole)
        self.draft.calls[position] = made

    def _stop(self, said: JsonObject) -> None:
        self.draft.finish_as(string(said, "done_reason"), FINISH)
        self.draft.is_finish_unsaid = self.draft.finish is None
        thought = "".join(self._thoughts)
        if thought and self.draft.calls:
            self.draft.think(0, {"thinking": thought})
        prompt, answer = count(said, "prompt_eval_count"), count(said, "eval_count")
        if prompt is not None and answer is not None:
            self.draft.usage = Usage(input_tokens=prompt, output_tokens=answer)
        self.draft.is_whole = True


OLLAMA = Dialect(
    path="/api/chat",
    stream_type="application/x-ndjson",
    frames=Lines,
    headers=headers,
    head=head,
    said=said,
    reply=OllamaReply,
)
