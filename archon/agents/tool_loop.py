"""The loop of agents that work with tools: ask, carry out what was called, show what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from archon.agents.loop import CUT_OFF, MAX_CORRECTIONS, Misunderstood, read_aside, send
from archon.agents.nudges import LAST_TURN, NOTHING_CALLED, goes_in_circles, not_carried_out
from archon.agents.replies.tool_arguments import check_arguments
from archon.agents.stuck import StuckWatch, turn
from archon.agents.tool_form import Called, answer, read_calls
from archon.domain.conversation import Message, ModelResponse, Tool, ToolCall, ToolResult, user
from archon.domain.task import FailureReason, Question
from archon.domain.values import Json, JsonObject
from archon.engine.models.calls import Conversation
from archon.engine.outcomes import Stopped
from archon.tools.agent_tool import AgentTool, ToolContext, ToolFailed

MOST_NAMED = 3
"""How many calls of a reply are named to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A tool that ends the work when its call is accepted."""

    definition: Tool
    accept: Callable[[JsonObject], Awaitable[str]]
    """What speaks against the end, said to the agent; empty when nothing does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the work ended: by which tool, with which arguments; by none where the turns ran out."""

    name: str = ""
    arguments: JsonObject = field(default_factory=dict)
    turns: int

    @property
    def out_of_turns(self) -> bool:
        """Whether the work was cut off, and nothing was said to be done."""
        return not self.name


@dataclass(kw_only=True)
class ToolWork:
    """One piece of work of one agent."""

    conversation: Conversation
    context: ToolContext
    tools: Sequence[AgentTool]
    endings: Sequence[Ending]
    max_turns: int
    _watch: StuckWatch = field(default_factory=StuckWatch, init=False)
    _broken: int = field(default=0, init=False)
    """Replies in a row that could not be understood."""
    _called: int = field(default=0, init=False)

    @property
    def definitions(self) -> tuple[Tool, ...]:
        return (*(each.definition for each in self.tools), *(each.definition for each in self.endings))

    async def run(self, opening: str) -> Ended:
        """Work until an ending is accepted or the turns are used up.

        Raises: Stopped when replies cannot be understood after two corrections in a row, or a provider
        refuses; Parked while a person is asked, because the agent goes in circles or the money is spent;
        ModelError when no model could be had.
        """
        said = user(_lines(opening, self._last_word(0)))
        for number in range(1, self.max_turns + 1):
            response = await send(self.conversation, said)
            called = await read_aside(self._understand, response)
            if isinstance(called, Misunderstood):
                said = self._refuse(response, called, self._last_word(number))
                continue
            self._broken, calls = 0, called.calls
            self._called += len(calls)
            checked = [check_arguments(call, self.definitions) for call in calls]
            results = await self._carry_out(calls, checked)
            ending = await self._end(calls, checked, results)
            if ending is not None:
                return Ended(name=ending.name, arguments=ending.arguments, turns=number)
            if number < self.max_turns:
                note = _lines(called.remark, await self._note(calls, results), self._last_word(number))
                said = answer(calls, results, note, natively=self._is_native(response))
        return Ended(turns=self.max_turns)

    def _last_word(self, number: int) -> str:
        """What is said after that many turns when only one is left; else empty."""
        return LAST_TURN if number == self.max_turns - 1 else ""

    def _understand(self, response: ModelResponse) -> Called | Misunderstood:
        if response.finish_reason == "length":
            return CUT_OFF
        return read_calls(response, self.definitions, number_from=self._called + 1)

    def _refuse(self, response: ModelResponse, problem: Misunderstood, note: str) -> Message:
        """What is said about a reply of which nothing was carried out. Raises: Stopped after two."""
        self._broken += 1
        if self._broken > MAX_CORRECTIONS:
            agent = self.conversation.request.agent
            raise Stopped(
                FailureReason.REPLY_NOT_UNDERSTOOD,
                f"The {agent}'s reply cannot be used, nor its {MAX_CORRECTIONS} corrections: "
                f"{problem.complaint}",
            )
        complaint = not_carried_out(problem.complaint)
        if not self._is_native(response):
            return user(_lines(complaint, note))
        results = [ToolResult(call_id=c.id, content=complaint, is_error=True) for c in response.tool_calls]
        return answer(response.tool_calls, results, note, natively=True)

    def _is_native(self, response: ModelResponse) -> bool:
        """Whether it calls tools that it was offered as its provider defines them."""
        return bool(self.conversation.request.tools and response.tool_calls)

    async def _carry_out(
        self, calls: Sequence[ToolCall], checked: Sequence[ToolCall | str]
    ) -> list[ToolResult]:
        """The result of each call, in their order; `checked` is what their arguments came to.

        Read-only neighbours run beside each other, all else one after the other; endings wait.
        """
        results: list[ToolResult] = []
        pairs = zip(calls, checked, strict=True)
        for side_by_side, group in groupby(pairs, key=lambda pair: self._is_read_only(pair[0])):
            if side_by_side:
                results += await _all_of(self._call(*pair) for pair in group)
            else:
                results += [await self._call(*pair) for pair in group]
        return results

    def _is_read_only(self, call: ToolCall) -> bool:
        return any(tool.read_only for tool in self.tools if tool.name == call.name)

    async def _call(self, call: ToolCall, checked: ToolCall | str) -> ToolResult:
        if isinstance(checked, str):
            return ToolResult(call_id=call.id, content=checked, is_error=True)
        tool = next((each for each in self.tools if each.name == call.name), None)
        try:
            said = await tool.perform(self.context, checked.arguments) if tool else ""
        except ToolFailed as failure:
            return ToolResult(call_id=call.id, content=str(failure), is_error=True)
        return ToolResult(call_id=call.id, content=said)

    async def _end(
        self, calls: Sequence[ToolCall], checked: Sequence[ToolCall | str], results: list[ToolResult]
    ) -> ToolCall | None:
        """The call that ends the work; one that is not accepted gets the reason as its result."""
        endings = {each.definition.name: each for each in self.endings}
        failed = [call.name for call, result in zip(calls, results, strict=True) if result.is_error]
        for position, call in enumerate(checked):
            if isinstance(call, str) or call.name not in endings:
                continue
            if failed:
                against = f"It was not taken as the end, since {', '.join(failed)} failed in the same reply."
            else:
                against = await endings[call.name].accept(call.arguments)
            if not against:
                return call
            results[position] = ToolResult(call_id=call.id, content=against, is_error=True)
        return None

    async def _note(self, calls: Sequence[ToolCall], results: Sequence[ToolResult]) -> str:
        """What is said beside the results: that nothing was called, that it goes in circles."""
        called: list[Json] = [[call.name, call.arguments] for call in calls]
        shown = [result.content for result in results]
        errors = [result.content for result in results if result.is_error]
        stuck = self._watch.take(turn(_summary(calls), called, shown, errors))
        note = "" if calls else NOTHING_CALLED
        if stuck is None:
            return note
        if stuck.advice == "tell":
            return _lines(note, goes_in_circles(stuck.seen))
        return await self._ask_person(stuck.seen)

    async def _ask_person(self, seen: str) -> str:
        agent = self.conversation.request.agent
        said = await self.context.scope.ask(
            Question(
                topic="stuck",
                text=f"The {agent} goes in circles, also after it was told so: {seen}. What should it do?",
                options=("say what it should do",),
                target=seen,
            )
        )
        text = said.get("text")
        return f"A person says: {text}" if isinstance(text, str) and text else "A person says: go on."


async def _all_of(awaited: Iterable[Awaitable[ToolResult]]) -> list[ToolResult]:
    """The results of all, once all have ended: what failed beside others leaves none of them running."""
    outcomes = await asyncio.gather(*awaited, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]


def _lines(*texts: str) -> str:
    """The texts that say something, each on lines of its own."""
    return "\n".join(filter(None, texts))


def _summary(calls: Sequence[ToolCall]) -> str:
    """The calls in one line for people, not all of them where they are many."""
    line = "; ".join(summarise(call) for call in calls[:MOST_NAMED]) or "nothing"
    return f"{line} and {len(calls) - MOST_NAMED} more" if len(calls) > MOST_NAMED else line


def summarise(call: ToolCall) -> str:
    """A call in a few words, such as `run python main.py` or `edit main.py`."""
    first = next((value for value in call.arguments.values() if isinstance(value, str)), "")
    line = first.strip().splitlines()[0] if first.strip() else ""
    return f"{call.name} {line if len(line) <= 120 else line[:119] + '…'}".rstrip()
