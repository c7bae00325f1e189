"""Which model plays which role, for every state of the machine."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from archon.domain.errors import InvalidInput, NoModelConfigured
from archon.domain.task import ModelChoice
from archon.ports.catalog import Offer
from archon.services.platform import RoleModels
from archon.services.resolve_models import resolve_models
from tests.builders.specs import choice

LOCAL, STRONG, OTHER = "ollama/gemma:2b", "claude-sonnet-4-6", "gpt-4o"


@dataclass
class Machine:
    """A catalog with this on offer."""

    strong: tuple[str, ...] = ()
    ollama: tuple[str, ...] | None = None
    looks: int = 0

    async def offer(self) -> Offer:
        self.looks += 1
        return Offer(strong=self.strong, ollama_models=self.ollama)

    def describe(self, name: str, *, why: str) -> ModelChoice:
        if name.startswith("keyless/"):
            raise NoModelConfigured(f"No key for {name}.")
        return choice(name=name, why=why)


async def names(machine: Machine, roles: RoleModels | None = None, **overrides: str) -> dict[str, str]:
    chosen = await resolve_models(machine, roles or RoleModels(), overrides)
    return {role: each.name for role, each in chosen.items()}


@pytest.mark.parametrize(
    ("machine", "planner", "coder", "fixer"),
    [
        (Machine((STRONG, OTHER), ("gemma:2b",)), LOCAL, LOCAL, STRONG),
        (Machine((OTHER,), ("mistral:7b", "gemma:2b")), LOCAL, LOCAL, OTHER),
        (Machine((), ("gemma:2b",)), LOCAL, LOCAL, LOCAL),
        (Machine((STRONG, OTHER), None), STRONG, STRONG, STRONG),
        (Machine((OTHER,), None), OTHER, OTHER, OTHER),
        (Machine((STRONG,), ("mistral:7b",)), STRONG, STRONG, STRONG),
        (Machine((STRONG,), ()), STRONG, STRONG, STRONG),
    ],
)
async def test_defaults_follow_from_what_is_there(
    machine: Machine, planner: str, coder: str, fixer: str
) -> None:
    assert await names(machine) == {"planner": planner, "coder": coder, "fixer": fixer}


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (Machine(), "No model is configured and no local Ollama answers."),
        (Machine(ollama=()), "answers but has no model: run `ollama pull gemma:2b`"),
        (Machine(ollama=("mistral:7b",)), "such as ollama/mistral:7b"),
    ],
)
async def test_without_any_model_the_three_cheapest_ways_to_one_are_named(
    machine: Machine, said: str
) -> None:
    with pytest.raises(NoModelConfigured) as refused:
        await names(machine)
    assert said in refused.value.message
    for way in ("ollama pull gemma:2b", "OPENROUTER_API_KEY", "ANTHROPIC_API_KEY", "make demo"):
        assert way in refused.value.hint


async def test_the_callers_word_comes_before_the_operators_and_both_before_defaults() -> None:
    machine = Machine((STRONG,), ("gemma:2b",))
    roles = RoleModels(planner="a", coder="b")
    chosen = await resolve_models(machine, roles, {"coder": "c"})
    assert {role: (each.name, each.why) for role, each in chosen.items()} == {
        "planner": ("a", "MODEL_PLANNER"),
        "coder": ("c", "asked for"),
        "fixer": (STRONG, "default: the first provider with a key"),
    }


async def test_a_fallback_is_there_only_when_it_is_named() -> None:
    machine = Machine((STRONG,))
    assert "fallback" not in await names(machine)
    assert (await names(machine, RoleModels(fallback="f")))["fallback"] == "f"
    assert (await names(machine, RoleModels(fallback="f"), fallback="g"))["fallback"] == "g"


async def test_nobody_looks_for_models_when_all_are_named() -> None:
    machine = Machine()
    await names(machine, RoleModels(planner="a", coder="b"), fixer="c")
    assert machine.looks == 0


async def test_an_unknown_role_and_a_missing_key_are_told() -> None:
    with pytest.raises(InvalidInput, match="There is no role 'writer'"):
        await names(Machine((STRONG,)), writer="a")
    with pytest.raises(NoModelConfigured, match="No key for keyless/x"):
        await names(Machine((STRONG,)), coder="keyless/x")


@pytest.mark.parametrize(
    ("ollama", "roles", "said", "cure"),
    [
        (
            None,
            RoleModels(planner="a"),
            "planner (MODEL_PLANNER) has a model, coder and fixer have none: no provider's key is set and no "
            "local Ollama answers.",
            "Set MODEL_CODER and MODEL_FIXER too, such as to a",
        ),
        (
            ("mistral:7b",),
            RoleModels(planner="a", coder="b"),
            "planner (MODEL_PLANNER) and coder (MODEL_CODER) have a model, fixer has none: no provider's key "
            "is set; a local Ollama answers without gemma:2b: run `ollama pull gemma:2b`, or set MODEL_FIXER",
            "Set MODEL_FIXER too, such as to a",
        ),
    ],
)
async def test_where_some_roles_have_a_model_it_is_said_which_and_which_not(
    ollama: tuple[str, ...] | None, roles: RoleModels, said: str, cure: str
) -> None:
    with pytest.raises(NoModelConfigured) as refused:
        await names(Machine(ollama=ollama), roles)
    assert said in refused.value.message and cure in refused.value.hint


async def test_a_model_that_is_not_to_be_had_is_told_with_its_role_and_who_named_it() -> None:
    with pytest.raises(NoModelConfigured, match=r"^fixer \(MODEL_FIXER\): No key for keyless/x"):
        await names(Machine((STRONG,)), RoleModels(fixer="keyless/x"))
