"""Who is asked to think: what the task froze says it, and nothing else of a conversation changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.model.scripted import Reply, ScriptedModel
from archon.agents.loop import converse
from archon.domain.conversation import ModelResponse, Text, Thought, user
from archon.domain.profile import ModelProfile
from archon.domain.tokens import count_upper_bound
from archon.engine.models.account import Account
from archon.engine.models.calls import Conversation, Models
from archon.engine.models.codec import head_to_json
from archon.engine.models.retrying import RetryPolicy
from archon.ports.model import Model
from archon.testing.manual_clock import ManualClock
from tests.builders.models import REQUEST
from tests.builders.scopes import opened
from tests.builders.specs import choice, spec

PROFILE = ModelProfile(context_tokens=100_000, max_output_tokens=8_000)


def test_what_was_recorded_before_there_was_thinking_is_still_what_is_asked() -> None:
    assert "thinking" not in head_to_json(REQUEST)
    assert head_to_json(replace(REQUEST, thinking=True))["thinking"] is True


def test_thoughts_that_are_sent_again_count_as_input() -> None:
    thought = Thought(source="a/b", content={"signature": "x" * 5_000})
    grown = replace(REQUEST.messages[0], parts=(*REQUEST.messages[0].parts, thought))
    assert count_upper_bound(replace(REQUEST, messages=(grown,))) > count_upper_bound(REQUEST) + 5_000


@dataclass
class OneModel:
    """A source that has this model alone."""

    model: ScriptedModel

    def open(self, name: str, profile: ModelProfile | None = None) -> Model:
        return self.model


async def conversation(script: list[Reply], **fields: Any) -> tuple[Conversation, ScriptedModel]:
    task = spec(models={"planner": choice(**fields)})
    journal = MemoryJournal(ManualClock())
    scope = await opened(journal, spec=task)
    model = ScriptedModel(script)
    account = Account(run=scope.run, journal=journal, clock=ManualClock())
    models = Models(task, OneModel(model), account, RetryPolicy(), ManualClock())
    return converse(scope, models, agent="planner", role="planner", system="Plan.", thinking=True), model


@pytest.mark.parametrize(
    ("profile", "asked"),
    [(None, False), (PROFILE, False), (replace(PROFILE, takes_adaptive_thinking=True), True)],
)
async def test_an_agents_wish_to_think_is_kept_where_the_task_froze_that_its_model_can(
    profile: ModelProfile | None, asked: bool
) -> None:
    planner, model = await conversation(["1. Go."], profile=profile)
    await planner.send(user("Plan it."))
    assert model.requests[0].thinking is asked


async def test_thoughts_stay_in_the_conversation_where_they_came() -> None:
    thought = Thought(source="a/b", content={"signature": "s"}, after_chars=3)
    planner, model = await conversation([ModelResponse(text="Hm.So.", thoughts=(thought,)), "Done."])
    await planner.send(user("Plan it."))
    await planner.send(user("Go on."))
    said = model.requests[1].messages[1]
    assert said.parts == (Text(text="Hm."), thought, Text(text="So."))
    assert said.text == "Hm.So."
