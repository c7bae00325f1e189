"""Parameters of a task: resolved when it is submitted, and frozen in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.scripted import Reply, ScriptedModel
from archon.agents.loop import converse
from archon.domain.conversation import user
from archon.domain.errors import InvalidInput, ModelOverloaded
from archon.domain.parameters import Layer
from archon.domain.profile import ModelProfile
from archon.domain.task import ModelChoice
from archon.domain.values import JsonObject
from archon.engine.models.account import Account
from archon.engine.models.calls import Models
from archon.engine.models.retrying import RetryPolicy
from archon.ports.model import Model
from archon.services.platform import RoleModels
from archon.services.resolve_models import resolve_models
from archon.testing.manual_clock import ManualClock
from tests.builders.scopes import opened
from tests.builders.specs import choice, spec

KEYS = ProviderKeys(anthropic="k", openai="k")
MODEL = "claude-sonnet-4-6"
names = st.sampled_from(["temperature", "top_p", "seed", "own"])
params: st.SearchStrategy[JsonObject] = st.dictionaries(names, st.integers(0, 1), max_size=4)


async def frozen(
    layer: Layer, agents: Layer, call: Layer | None = None, **models: str
) -> dict[str, ModelChoice]:
    """What a task submitted with these settings keeps; every role has the same model unless it is named."""
    catalog = ModelCatalog(Providers(keys=KEYS), ManualClock(), params=layer)
    named = {"planner": MODEL, "coder": MODEL, "fixer": MODEL} | models
    return await resolve_models(catalog, RoleModels(**named, params=agents), {}, call or {})


@settings(max_examples=50, deadline=None)
@given(provider=params, model=params, agent=params, call=params)
async def test_model_then_agent_then_call(
    provider: JsonObject, model: JsonObject, agent: JsonObject, call: JsonObject
) -> None:
    layer = {"anthropic/": provider, MODEL: model}
    chosen = (await frozen(layer, {"planner": agent}, {"planner": call}))["planner"]
    asked = ScriptedModel(["1. Go."])
    await send(chosen, {chosen.name: asked})
    assert asked.requests[0].parameters == {**provider, **model, **agent, **call}


@pytest.mark.parametrize("start", ["claude-", "anthropic/", "anthropic/claude-", MODEL, f"anthropic/{MODEL}"])
async def test_a_beginning_counts_however_it_is_spelled(start: str) -> None:
    chosen = await frozen({start: {"seed": 1}, "gpt-": {"seed": 2}}, {})
    assert chosen["planner"].params == {"seed": 1}


async def test_a_role_with_parameters_of_its_own_is_frozen_apart() -> None:
    chosen = await frozen({}, {"judge": {"effort": "low"}})
    assert (chosen["judge"].name, chosen["judge"].params) == (MODEL, {"effort": "low"})
    assert chosen["judge"].why == "as for the planner"
    assert chosen["planner"].params == {}


async def test_what_the_caller_says_of_a_role_sets_it_apart_and_goes_with_its_agent() -> None:
    chosen = await frozen(
        {"claude-": {"seed": 1}}, {"judge": {"seed": 2, "top_p": 1}}, {"judge": {"seed": 3}}
    )
    assert chosen["judge"].params == {"seed": 3, "top_p": 1} == chosen["judge"].agent_params
    assert chosen["planner"].params == {"seed": 1}
    chosen = await frozen({}, {}, {"checker": {"seed": 4}})
    assert (chosen["checker"].name, chosen["checker"].params) == (MODEL, {"seed": 4})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"codr": {"seed": 1}}, r"no agent 'codr' \(did you mean coder\?\)"),
        ({"fallback": {"seed": 1}}, "no agent 'fallback'"),
        ({"backend_agent": {"seed": 1}}, "script asks no backend"),
        ({"coder": {"temperature": 7}}, "must be a number from 0 to 2"),
        ({"coder": {"model": "x"}}, "cannot be set"),
        ({"coder": {"api_key": "sk-1"}}, "write a key into the provider's variable"),
    ],
)
async def test_what_a_caller_cannot_say_is_refused_with_what_to_write(call: Layer, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        await frozen({}, {}, call)
    assert refused.value.hint and "sk-1" not in str(refused.value)


async def test_the_size_of_a_context_is_what_a_setting_says_where_the_model_takes_it() -> None:
    layer: Layer = {"": {"num_ctx": 16_384}}
    chosen = await frozen(layer, {}, coder="ollama/gemma:2b")
    assert chosen["coder"].context_tokens == 16_384
    assert chosen["planner"].context_tokens > 16_384


@dataclass
class Source:
    """These models by their names."""

    models: dict[str, ScriptedModel]
    opened: list[str] = field(default_factory=list)

    def open(self, name: str, profile: ModelProfile | None = None) -> Model:
        self.opened.append(name)
        return self.models[name]


async def send(chosen: ModelChoice, models: dict[str, ScriptedModel], **more: Any) -> None:
    task = spec(models={"planner": chosen, **more})
    journal = MemoryJournal(ManualClock())
    scope = await opened(journal, spec=task)
    account = Account(run=scope.run, journal=journal, clock=ManualClock())
    asking = Models(task, Source(models), account, RetryPolicy(max_retries=0), ManualClock())
    planner = converse(scope, asking, agent="planner", role="planner", system="Plan.")
    await planner.send(user("Plan it."))


async def test_a_model_that_stands_in_is_asked_with_its_own_and_the_agents_parameters() -> None:
    failing: list[Reply] = [ModelOverloaded("busy")]
    first, second = ScriptedModel(failing), ScriptedModel(["1. Go."])
    chosen = choice(name="a", params={"seed": 1, "top_p": 0.5}, agent_params={"top_p": 0.5})
    await send(chosen, {"a": first, "b": second}, fallback=choice(name="b", params={"own": 2, "top_p": 0.9}))
    assert first.requests[0].parameters == {"seed": 1, "top_p": 0.5}
    assert second.requests[0].parameters == {"own": 2, "top_p": 0.5}


@pytest.mark.parametrize(("limit", "sent"), [(300, 300), (5_000, 1_000)])
async def test_the_length_of_replies_is_limited_before_money_is_set_aside(limit: int, sent: int) -> None:
    asked = ScriptedModel(["1. Go."])
    await send(choice(params={"max_tokens": limit}), {"m": asked})
    assert asked.requests[0].max_output_tokens == sent


async def test_a_task_of_an_earlier_version_asks_with_nothing_further() -> None:
    asked = ScriptedModel(["1. Go."])
    await send(replace(choice(), name="m"), {"m": asked})
    assert asked.requests[0].parameters == {}


async def test_a_model_that_stands_in_is_sent_no_more_than_the_agents_context_holds() -> None:
    failing: list[Reply] = [ModelOverloaded("busy")]
    chosen = choice(name="a", params={"num_ctx": 256}, agent_params={"num_ctx": 256})
    profile = ModelProfile(context_tokens=8_192, max_output_tokens=1_000, takes_context_size=True)
    behind = replace(choice(name="b"), profile=profile, context_tokens=8_192)
    second = ScriptedModel(["1. Go."])
    with pytest.raises(ModelOverloaded) as raised:
        await send(chosen, {"a": ScriptedModel(failing), "b": second}, fallback=behind)
    assert "can hold 256 with its reply" in raised.value.hint
    assert second.requests == []
