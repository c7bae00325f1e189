"""What a turn costs does not depend on how long the conversation is. Counted in calls, so that no other load
on the machine changes it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import FrameType

import pytest

from archon.adapters.model.dialects import DIALECTS
from archon.adapters.model.wire import spelled, within
from archon.domain.conversation import Delta, ModelRequest
from archon.domain.profile import ModelProfile
from tests.builders.conversations import TirelessModel, begun, go_on
from tests.builders.wire import route_of

EARLY, LATE = 20, 400
MOST_GROWTH = 1.02


@dataclass
class Weighed(TirelessModel):
    """A tireless model whose requests are spelled for a provider, and that counts the calls in between."""

    name: str = "gpt-4.1"
    calls_of_turns: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._calls = 0

    def open(self, name: str, profile: ModelProfile | None = None) -> Weighed:
        return self

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        route = route_of(self.name)
        spelled(DIALECTS[route.provider.protocol], within(request, route), route)
        self.calls_of_turns.append(self._calls)
        self._calls = 0
        async for delta in super().respond(request):
            yield delta

    def count(self, _frame: FrameType, event: str, _argument: object) -> None:
        self._calls += event in {"call", "c_call"}


@pytest.mark.parametrize("name", ["claude-sonnet-4-6", "gpt-4.1", "ollama/llama3.2"])
async def test_a_late_turn_makes_no_more_calls_than_an_early_one(name: str) -> None:
    model = Weighed(name=name)
    conversation = await begun(model, context_tokens=100_000_000)
    sys.setprofile(model.count)
    try:
        await go_on(conversation, LATE + 3)
    finally:
        sys.setprofile(None)
    # Three turns each, since a person says something in every third one.
    early, late = (sum(model.calls_of_turns[turn : turn + 3]) for turn in (EARLY, LATE))
    assert early > 1_000, "calls are counted"
    assert late <= early * MOST_GROWTH
