"""What stands in place of something that was left out: what it was, how long, and how to see it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from archon.domain.conversation import Gap, Message, Part, Text, ToolCall, ToolResult, ToolText
from archon.domain.values import Json
from archon.engine.context.left_out import LeftOut
from archon.engine.context.names import TURNS, name_of_arguments, name_of_text, spelled
from archon.engine.context.turns import call_id_of, said_by_tool

SHORTEST_LEFT_OUT = 600
"""Characters; what is shorter stays, since a stub can have nearly as many tokens."""
KEPT_PROSE = 160
"""Characters at the beginning of an old answer that stay."""


@dataclass(frozen=True, slots=True)
class Stubs:
    """Makes them, each only if it is shorter than what it stands for."""

    recall: str
    """The tool that shows what was left out; empty where the model has none."""

    def result(self, message: Message, titles: Mapping[str, str], out: LeftOut) -> Message:
        """The message with a stub for each long tool result."""
        return _with_parts(message, [self._result(part, titles, out) for part in message.parts])

    def arguments(self, message: Message, out: LeftOut) -> Message:
        """The message with a stub for each long text among the arguments of its calls."""
        return _with_parts(message, [self._arguments(part, out) for part in message.parts])

    def prose(self, message: Message, out: LeftOut, *, keeps_beginning: bool) -> Message:
        """The message with a stub for each long text."""
        parts = [self._prose(part, out, keeps_beginning) for part in message.parts]
        return _with_parts(message, parts)

    def gap(self, turns: int) -> Gap:
        """The note that stands for turns that are gone."""
        made = f"{turns} turns of yours were" if turns != 1 else "A turn of yours was"
        text = f"\n[{made} left out here to save room.{self._see(TURNS, 'lists what was done')}]"
        return Gap(text=text, turns=turns)

    def _result(self, part: Part, titles: Mapping[str, str], out: LeftOut) -> Part:
        said = said_by_tool(part)
        if said is None or len(said) < SHORTEST_LEFT_OUT:
            return part
        call_id = call_id_of(part)
        title = titles.get(call_id) or (part.title if isinstance(part, ToolText) else "") or "a call"
        size = f"{len(said):,} characters in {said.count(chr(10)) + 1:,} lines"
        again = self._see(call_id, "shows it again") or " Make the call again if you need it."
        stub = f"[Left out to save room: the result of {title}, {size}.{again}]"
        if len(stub) >= len(said):
            return part
        out.results += 1
        out.keep(call_id, said)
        if isinstance(part, ToolResult):
            return replace(part, content=stub)
        return ToolText(text=f"{stub}\n", call_id=call_id, title=title)

    def _arguments(self, part: Part, out: LeftOut) -> Part:
        if not isinstance(part, ToolCall):
            return part
        name = name_of_arguments(part)
        shorter = self._shorter(part.arguments, name)
        if shorter == part.arguments or not isinstance(shorter, dict):
            return part
        out.arguments += 1
        out.keep(name, spelled(part.arguments))
        return replace(part, arguments=shorter)

    def _shorter(self, value: Json, name: str) -> Json:
        match value:
            case str() if len(value) >= SHORTEST_LEFT_OUT:
                return f"[Left out to save room: {len(value):,} characters.{self._see(name, 'shows them')}]"
            case list():
                return [self._shorter(each, name) for each in value]
            case dict():
                return {key: self._shorter(each, name) for key, each in value.items()}
            case _:
                return value

    def _prose(self, part: Part, out: LeftOut, keeps_beginning: bool) -> Part:
        if not isinstance(part, Text) or len(part.text) < SHORTEST_LEFT_OUT:
            return part
        name = name_of_text(part.text)
        kept = f"{part.text[:KEPT_PROSE]}… " if keeps_beginning else ""
        size = f"{len(part.text):,} characters of an answer"
        stub = f"{kept}[Left out to save room: {size}.{self._see(name, 'shows them')}]"
        out.texts += 1
        out.keep(name, part.text)
        return Text(text=stub)

    def _see(self, name: str, what: str) -> str:
        return f' {self.recall} "{name}" {what}.' if self.recall else ""


def _with_parts(message: Message, parts: list[Part]) -> Message:
    """The message itself where nothing of it changed, so that it stays as it was spelled."""
    if all(new is old for new, old in zip(parts, message.parts, strict=True)):
        return message
    return replace(message, parts=tuple(parts))
