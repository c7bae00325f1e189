"""Long conversations of an agent with its tools: made up at random, or held with a tireless model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from archon.adapters.clock.system import SystemClock
from archon.adapters.memory.journal import MemoryJournal
from archon.domain.conversation import (
    Delta,
    Message,
    ModelRequest,
    ModelResponse,
    SystemBlock,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    ToolText,
    Usage,
    assistant,
    user,
)
from archon.domain.profile import ModelProfile
from archon.domain.task import ModelChoice
from archon.domain.token_estimate import estimate_message, estimate_request
from archon.engine.models.account import Account
from archon.engine.models.calls import Conversation, Models
from archon.engine.models.retrying import RetryPolicy
from archon.engine.modes import Mode
from archon.ports.journal import Journal
from archon.testing.manual_clock import ManualClock
from tests.builders.scopes import opened
from tests.builders.specs import choice, spec

CONTRACT = "Build a program that sums. The contract: it prints one number. Rule: no network. " * 4
WORD = "A word from the person: keep the old name, please. "
TOOLS = (
    Tool(name="read_file", description="Shows a file.", parameters={"type": "object"}),
    Tool(name="write_file", description="Writes a file.", parameters={"type": "object"}),
)
HEAD = ModelRequest(
    role="coder",
    model="m",
    system=(SystemBlock(text="You write code.", cache=True), SystemBlock(text=CONTRACT, cache=True)),
    messages=(),
    tools=TOOLS,
    max_output_tokens=500,
    agent="coder",
)

_lengths = st.sampled_from([0, 5, 300, 700, 1_500, 6_000])


def _filled(word: str, length: int) -> str:
    return (f"{word} " * (length // len(word) + 1))[:length]


_texts = _lengths.map(lambda length: _filled("in", length))


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Message, ...]:
    """A contract, then turns: calls and their results, in a provider's form or in words; words of a person
    in between; calls that were never answered."""
    messages = [user(CONTRACT)]
    for number in range(draw(st.integers(0, 14))):
        kind = draw(st.sampled_from(["native", "native", "native", "words", "talk", "open"]))
        prose = _filled(f"thought{number}", draw(_lengths))
        if kind == "talk":
            messages += [assistant(prose or "Well."), user(f"{WORD}{number}")]
            continue
        sizes = draw(st.lists(_lengths, min_size=1, max_size=3))
        ids = [f"call_{number}_{place}" for place in range(len(sizes))]
        results: list[ToolResult | ToolText | Text]
        if kind == "words":
            messages.append(assistant(prose or "I look."))
            results = [
                ToolText(text=_filled(f"out{name}", size), call_id=name, title="look")
                for name, size in zip(ids, sizes, strict=True)
            ]
        else:
            calls = [
                ToolCall(
                    id=name,
                    name="write_file",
                    arguments={"path": name, "text": _filled("in", draw(_lengths))},
                )
                for name in ids
            ]
            messages.append(Message(role="assistant", parts=(Text(text=prose), *calls)))
            results = [
                ToolResult(call_id=name, content=_filled(f"out{name}", size), is_error=size == 5)
                for name, size in zip(ids, sizes, strict=True)
            ]
        if kind == "open":
            results = results[1:]
        if draw(st.sampled_from([False, False, True])):
            results.append(Text(text=f"{WORD}{number}"))
        messages.append(Message(role="user", parts=tuple(results) or (Text(text=WORD),)))
    return tuple(messages)


def tool_turn(number: int, *, result: str = "r" * 2_000, text: str = "t" * 2_000) -> tuple[Message, Message]:
    """An answer of 2,000 characters that writes a file, and what the tool said to it."""
    call = ToolCall(id=f"c{number}", name="write_file", arguments={"path": "a.py", "text": text})
    return (
        Message(role="assistant", parts=(Text(text="p" * 2_000), call)),
        Message(role="user", parts=(ToolResult(call_id=f"c{number}", content=result),)),
    )


@dataclass
class TirelessModel:
    """Asks for tools for ever; what it says depends on the request alone. Tokens are counted as half of what
    is estimated, which English has."""

    in_words: bool = False
    requests: dict[str, ModelRequest] = field(default_factory=dict)
    """By the place of the call, each as it was first sent."""
    calls: int = 0

    def open(self, name: str, profile: ModelProfile | None = None) -> TirelessModel:
        return self

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        self.calls += 1
        before = self.requests.setdefault(request.ref.key, request)
        assert replace(before, ref=request.ref) == request
        turn = int(request.ref.key.rpartition(":")[2])
        call = ToolCall(id="call_0", name="write_file", arguments={"path": "a.py", "text": "x = 1\n" * 300})
        answer = ModelResponse(
            text=f"Turn {turn}. " + "I look at it and think. " * (5 + turn % 40),
            tool_calls=() if self.in_words else (call,),
            finish_reason="stop" if self.in_words else "tool_calls",
        )
        said = Message(role="assistant", parts=(Text(text=answer.text), *answer.tool_calls))
        told = estimate_request(replace(request, measured=None)).tokens // 2
        usage = Usage(input_tokens=told, output_tokens=estimate_message(said) // 2)
        yield replace(answer, usage=usage)


async def begun(
    model: TirelessModel,
    journal: Journal | None = None,
    *,
    mode: Mode | None = None,
    context_tokens: int = 1_000_000,
    recall: str = "recall",
    head: ModelRequest = HEAD,
) -> Conversation:
    """A conversation with the model in a new run of the task."""
    described: ModelChoice = choice(context_tokens=context_tokens)
    task = spec(models={"coder": described}, budget_microusd=1_000_000)
    journal = journal or MemoryJournal(ManualClock())
    clock = SystemClock()  # its ids are unlike those of the run before a crash
    scope = await opened(journal, spec=task, mode=mode)
    account = Account(run=scope.run, journal=journal, clock=clock)
    models = Models(spec=task, source=model, account=account, policy=RetryPolicy(), clock=clock)
    request = replace(head, tools=()) if model.in_words else head
    return Conversation(scope=scope, models=models, request=request, recall=recall)


async def go_on(conversation: Conversation, turns: int, *, result_chars: int = 900) -> None:
    """So many turns of calls and results; in each third one a person says something."""
    said: Message = user(CONTRACT)
    for turn in range(turns):
        response = await conversation.send(said)
        result = f"line {turn} of the file\n" * (result_chars // 20)
        parts: list[ToolResult | ToolText | Text] = [
            ToolResult(call_id=call.id, content=result) for call in response.tool_calls
        ] or [ToolText(text=result, call_id=f"c{turn}", title="read_file a.py")]
        if turn % 3 == 2:
            parts.append(Text(text=f"{WORD}{turn}"))
        said = Message(role="user", parts=tuple(parts))
