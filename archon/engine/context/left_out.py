"""What a compaction left out: how much of which kind, and all of it to look up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archon.domain.conversation import Message, ToolCall, ToolText
from archon.domain.values import JsonObject
from archon.engine.context.names import name_of_arguments, name_of_text, shortened, spelled, title_of
from archon.engine.context.turns import call_id_of, said_by_tool


@dataclass(kw_only=True)
class LeftOut:
    thoughts: int = 0
    results: int = 0
    arguments: int = 0
    """Calls of which long arguments went."""
    texts: int = 0
    turns: int = 0
    tokens: int = 0
    """About how many fewer the model is told."""
    originals: dict[str, str] = field(default_factory=dict)
    """By the name under which the model can ask for it again."""
    gone: list[str] = field(default_factory=list)
    """A line for each turn that went whole, the oldest first."""

    def __bool__(self) -> bool:
        return bool(self.thoughts or self.results or self.arguments or self.texts or self.turns)

    def keep(self, name: str, text: str) -> None:
        """Remember an original, unless something already is by that name: a stub never replaces it."""
        self.originals.setdefault(name, text)

    def to_json(self) -> JsonObject:
        """How much, for the record."""
        return {
            "thoughts": self.thoughts,
            "results": self.results,
            "arguments": self.arguments,
            "texts": self.texts,
            "turns": self.turns,
            "tokens": self.tokens,
        }


def remember(turn: Sequence[Message], out: LeftOut) -> None:
    """Keep all of a turn that goes whole: its answer, its calls and their results."""
    answer, *said = turn
    called = list(_keep_calls(answer, out))
    if answer.text:
        out.keep(name_of_text(answer.text), answer.text)
        called.insert(0, f"{shortened(answer.text)} ({name_of_text(answer.text)})")
    for message in said:
        for part in message.parts:
            result = said_by_tool(part)
            if result is not None:
                out.keep(call_id_of(part), result)
            if isinstance(part, ToolText):
                called.append(f"{part.title or 'a call'} ({part.call_id})")
    out.gone.append("- " + "; ".join(called))


def _keep_calls(answer: Message, out: LeftOut) -> Iterator[str]:
    for part in answer.parts:
        if isinstance(part, ToolCall):
            out.keep(name_of_arguments(part), spelled(part.arguments))
            yield f"{title_of(part)} ({part.id})"
