"""Makes a conversation shorter that no longer fits: from its old tool output on, never its purpose.

What may go is put into one order, and goes in that order until half the room is free: so it happens
seldom, and what was sent last stays the beginning of what is sent next (a provider's cache) in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from archon.domain.conversation import Gap, Message, Thought, ToolCall, ToolText
from archon.domain.token_estimate import estimate_message
from archon.engine.context.left_out import LeftOut, remember
from archon.engine.context.names import title_of
from archon.engine.context.stubs import Stubs
from archon.engine.context.turns import Turn, has_tools, said_by_tool, turns_of

KEPT_TURNS = (6, 3, 1)
"""How many of the latest turns stay whole; fewer only where that does not suffice. The last one always
stays: the model has not seen its results yet."""
AIM = 0.5
"""Down to which share of the room."""
NOTE_TOKENS = 80
"""What the note about turns that went has at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    messages: tuple[Message, ...]
    left_out: LeftOut
    fits: bool
    """Whether the messages fit the room; if not, what may not be touched is too long for it."""


def compact(messages: Sequence[Message], *, room: int, recall: str = "") -> Compacted:
    """The conversation within `room` tokens, as `estimate_message` counts them.

    One that fits comes back as it is. Otherwise, first of all turns but the latest six, then but the latest
    three, then but the last: what the model thought goes, results of tools get a stub that says how to see
    them again (with the tool `recall`, if there is one), then long arguments of calls, then answers; then
    whole turns go, first those in which nothing but tools was heard, and one note says how many. Untouched
    are what a person or the workflow said, calls without a result and their messages, and whatever comes
    before the first answer. Calls and their results stay or go together. A conversation without any tool is
    not touched.
    """
    work = _Work(list(messages), Stubs(recall))
    if work.tokens > room and has_tools(messages):
        work.shorten(room)
    return Compacted(messages=tuple(work.messages), left_out=work.out, fits=work.tokens <= room)


@dataclass
class _Work:
    messages: list[Message]
    stubs: Stubs
    out: LeftOut = field(default_factory=LeftOut)
    tokens: int = 0

    def __post_init__(self) -> None:
        self.tokens = sum(map(estimate_message, self.messages))

    def shorten(self, room: int) -> None:
        """Down to the aim without touching the latest turns; those go only as far as the room needs it."""
        before, aim = self.tokens, int(room * AIM)
        for kept in KEPT_TURNS:
            if kept != KEPT_TURNS[0] and self.tokens <= room:
                break
            for stage in (
                self._leave_out_thoughts,
                self._leave_out_results,
                self._leave_out_arguments,
                self._leave_out_prose,
            ):
                for turn in self._old(kept):
                    if self.tokens <= aim:
                        break
                    stage(turn)
            self._leave_out_turns([turn for turn in self._old(kept) if turn.is_only_tools], aim)
            self._leave_out_turns(self._old(kept), aim)
        self.out.tokens = before - self.tokens

    def _old(self, kept: int) -> list[Turn]:
        return [turn for turn in turns_of(self.messages)[:-kept] if not turn.is_open]

    def _leave_out_thoughts(self, turn: Turn) -> None:
        """Providers want the latest turn's back; older ones no model reads again."""
        answer = self.messages[turn.start]
        rest = tuple(part for part in answer.parts if not isinstance(part, Thought))
        self.out.thoughts += len(answer.parts) - len(rest)
        if len(rest) < len(answer.parts):
            self._change(turn.start, replace(answer, parts=rest))

    def _leave_out_results(self, turn: Turn) -> None:
        calls = (part for part in self.messages[turn.start].parts if isinstance(part, ToolCall))
        titles = {call.id: title_of(call) for call in calls}
        for place in turn.places[1:]:
            self._change(place, self.stubs.result(self.messages[place], titles, self.out))

    def _leave_out_arguments(self, turn: Turn) -> None:
        self._change(turn.start, self.stubs.arguments(self.messages[turn.start], self.out))

    def _leave_out_prose(self, turn: Turn) -> None:
        """Of an answer that holds its calls in words nothing stays: half a call is a bad example."""
        said = self.messages[turn.start + 1 : turn.end]
        is_in_words = any(isinstance(part, ToolText) for message in said for part in message.parts)
        stub = self.stubs.prose(self.messages[turn.start], self.out, keeps_beginning=not is_in_words)
        self._change(turn.start, stub)

    def _leave_out_turns(self, turns: Sequence[Turn], aim: int) -> None:
        gone: list[Turn] = []
        freed = 0
        for turn in turns:
            if self.tokens - freed + NOTE_TOKENS <= aim:
                break
            if turn.start and self.messages[turn.start - 1].role == "user":
                gone.append(turn)
                freed += sum(_goes_of(self.messages[place]) for place in turn.places)
        if freed > NOTE_TOKENS:
            self._take_away(gone)

    def _take_away(self, gone: Sequence[Turn]) -> None:
        """And say so where the first of all that went stood. A person's words join what was said before."""
        earlier = next(filter(None, map(_gap, self.messages)), None)
        note = self.stubs.gap(len(gone) + (earlier.turns if earlier else 0))
        places = {place for turn in gone for place in turn.places}
        rest: list[Message] = []
        for place, message in enumerate(self.messages):
            parts = tuple(note if part is earlier else part for part in message.parts)
            if place not in places:
                rest.append(message if parts == message.parts else replace(message, parts=parts))
                continue
            kept = [part for part in parts if message.role == "user" and said_by_tool(part) is None]
            if earlier is None and place == gone[0].start:
                kept.append(note)
            if kept:
                rest[-1] = replace(rest[-1], parts=(*rest[-1].parts, *kept))
        for turn in gone:
            remember(self.messages[turn.start : turn.end], self.out)
        self.messages = rest
        self.tokens = sum(map(estimate_message, rest))
        self.out.turns += len(gone)

    def _change(self, place: int, new: Message) -> None:
        old = self.messages[place]
        if new is not old:
            self.messages[place] = new
            self.tokens += estimate_message(new) - estimate_message(old)


def _goes_of(message: Message) -> int:
    """Tokens that go with a message's turn: not those of a person's words, which stay."""
    if message.role == "assistant":
        return estimate_message(message)
    words = tuple(part for part in message.parts if said_by_tool(part) is None)
    return estimate_message(message) - (estimate_message(replace(message, parts=words)) if words else 0)


def _gap(message: Message) -> Gap | None:
    return next((part for part in message.parts if isinstance(part, Gap)), None)
