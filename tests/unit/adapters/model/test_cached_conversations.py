"""Long conversations with Claude: bodies are what a plain spelling gives, and little of one is paid in full.

The provider's cache is played here: the prompt up to a mark is kept, and found from a mark that stands on it
or less than twenty blocks behind it. Source: Anthropic docs, "Prompt caching".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.domain.conversation import (
    BrokenCall,
    Gap,
    Message,
    ModelRequest,
    Part,
    SystemBlock,
    Text,
    Thought,
    Tool,
    ToolCall,
    ToolResult,
    ToolText,
)
from archon.domain.said import Said
from archon.engine.context.compact import compact
from tests.builders.anthropic_blocks import MODEL, block, is_sent
from tests.builders.wire import body_of

MARK = {"cache_control": {"type": "ephemeral"}}
MOST_MARKS, LOOKS_BACK_BLOCKS = 4, 20
HEAD = ModelRequest(
    role="coder",
    model="any",
    system=(SystemBlock(text="Who you are.", cache=True),),
    messages=(),
    tools=(Tool(name="run", description="Runs.", parameters={"type": "object"}),),
)

texts = st.sampled_from(["", " ", "\n\n", "Look.", "é\u2028", "word " * 200])
counts = st.sampled_from([0, 0, 1, 2, 9, 10, 25])
systems = st.lists(st.builds(SystemBlock, text=texts, cache=st.booleans()), max_size=5).map(tuple)


def gap() -> Gap:
    return Gap(text="\n[3 turns of yours were left out]", turns=3)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Message, ...]:
    """A brief, perhaps with a note behind it, then turns of no call or many, read or not, in words or not."""
    brief: list[Part] = [Text(text=text) for text in draw(st.lists(texts, min_size=1, max_size=2))]
    if draw(st.booleans()):
        brief += [gap(), Text(text="Kept words.")]
    messages = [Message(role="user", parts=tuple(brief))]
    for number in range(draw(st.integers(0, 7))):
        messages += draw(turns(number))
    return tuple(messages)


@st.composite
def turns(draw: st.DrawFn, number: int) -> tuple[Message, Message]:
    calls = [call(f"c{number}_{place}", is_broken=place % 7 == 6) for place in range(draw(counts))]
    block = {"type": "thinking", "thinking": "So.", "signature": str(number)}
    source = f"anthropic/{draw(st.sampled_from([MODEL, 'claude-opus-4-6']))}"
    thoughts = [Thought(source=source, content={**block})][: draw(st.integers(0, 1))]
    heard: list[Part] = [ToolResult(call_id=each.id, content=draw(texts)) for each in calls]
    if not calls and draw(st.booleans()):
        heard.append(ToolText(text=draw(texts), call_id=f"w{number}"))
    said: list[Part] = [*thoughts, Text(text=draw(texts)), *calls]
    heard.append(Text(text=draw(texts)))
    return Message(role="assistant", parts=tuple(said)), Message(role="user", parts=tuple(heard))


def call(name: str, *, is_broken: bool = False) -> ToolCall:
    if is_broken:
        return BrokenCall(id=name, name="run", raw='{"a', fault="it ends too soon")
    return ToolCall(id=name, name="run", arguments={"command": "ls ü"})


def plainly(request: ModelRequest) -> dict[str, Any]:
    """System and messages, spelled one by one and all anew."""
    blocks = [each for each in request.system if each.text.strip()]
    system: list[dict[str, Any]] = [{"type": "text", "text": each.text} for each in blocks]
    marked = [at for at, each in enumerate(blocks) if each.cache][1 - MOST_MARKS :]
    said = [[block(part) for part in each.parts if is_sent(part)] for each in request.messages]
    places = [(0, brief_end(request.messages[0])), *lost_end(said)] if marked else []
    for at in marked:
        system[at] |= MARK
    for message, end in [(at, end) for at, end in places if end][: MOST_MARKS - 1 - len(marked)]:
        said[message][end - 1] |= MARK
    spelled = [
        {"role": message.role, "content": content}
        for message, content in zip(request.messages, said, strict=True)
        if content
    ]
    return {"system": system, "messages": spelled, **(MARK if marked else {})}


def lost_end(said: list[list[dict[str, Any]]]) -> Iterator[tuple[int, int]]:
    """Where the request before ended, with its last block, if that is too far back to be found."""
    before = len(said) - 3
    if before > 0 and sum(map(len, said[before + 1 :])) >= LOOKS_BACK_BLOCKS:
        yield before, len(said[before])


def brief_end(brief: Message) -> int:
    """How many blocks of it stay as they are."""
    before = takewhile(lambda part: not isinstance(part, Gap), brief.parts)
    return sum(map(is_sent, before))


@given(messages=conversations(), system=systems, data=st.data())
def test_a_body_is_what_a_plain_spelling_gives_however_the_conversation_grew(
    messages: tuple[Message, ...], system: tuple[SystemBlock, ...], data: st.DataObject
) -> None:
    request, said = replace(HEAD, system=system), Said(messages[:1])
    for message in messages[1:]:
        said = said.and_then(message)
        if data.draw(st.booleans(), label="is sent"):
            body_of(MODEL, replace(request, messages=said))
    sent = body_of(MODEL, replace(request, messages=said))
    expected = plainly(replace(request, messages=messages))
    assert {name: sent.get(name, []) for name in expected} == expected
    assert json.dumps(sent).count("cache_control") <= MOST_MARKS


@dataclass
class Cache:
    """What a provider keeps, by the prompts up to each mark."""

    kept: set[str] = field(default_factory=set)

    def ask(self, body: dict[str, Any]) -> tuple[int, int]:
        """How many blocks of the body are read from the cache, and how many it has; its marks are kept."""
        blocks = [*body["system"], *(each for said in body["messages"] for each in said["content"])]
        marks = {at for at, each in enumerate(blocks) if "cache_control" in each} | {len(blocks) - 1}
        bare = [{name: value for name, value in each.items() if name != "cache_control"} for each in blocks]
        prompts = [json.dumps([body["tools"], bare[: at + 1]]) for at in range(len(blocks))]
        found = [
            at + 1
            for mark in marks
            for at in range(max(0, mark + 1 - LOOKS_BACK_BLOCKS), mark + 1)
            if prompts[at] in self.kept
        ]
        self.kept |= {prompts[mark] for mark in marks}
        return max(found, default=0), len(blocks)


def long_turn(number: int, calls: int) -> tuple[Message, Message]:
    made = [call(f"c{number}_{place}") for place in range(calls)]
    heard = [ToolResult(call_id=each.id, content=f"line {number}\n" * 90) for each in made]
    words = [Text(text=f"And then {number}?")] if number % 5 == 4 or not made else []
    return (
        Message(role="assistant", parts=(Text(text="Look." if number % 3 else "\n"), *made)),
        Message(role="user", parts=(*heard, *words)),
    )


@pytest.mark.parametrize("calls", [(1,), (25,), (2, 25, 1, 9, 10, 0)], ids=["one", "many", "mixed"])
def test_of_a_long_conversation_only_what_is_new_is_not_read_from_the_cache(calls: tuple[int, ...]) -> None:
    cache, said, before, compactions = Cache(), Said(), 0, 0
    said = said.and_then(Message(role="user", parts=(Text(text="The brief."),)))
    for number in range(50):
        is_compacted = number in {20, 35}
        if is_compacted:
            shorter = compact(said, room=2_000, recall="recall").messages
            assert any(isinstance(part, Gap) for part in shorter[0].parts)
            said, compactions = Said(shorter), compactions + 1
        read, length = cache.ask(body_of(MODEL, replace(HEAD, messages=said)))
        assert read >= (2 if is_compacted else before), f"request {number}"
        before = length
        for message in long_turn(number, calls[number % len(calls)]):
            said = said.and_then(message)
    assert compactions == 2
