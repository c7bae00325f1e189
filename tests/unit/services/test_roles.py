"""The roles of every workflow: their variables, their defaults, and what is said about unknown ones."""

from __future__ import annotations

from dataclasses import fields

import pytest

from archon.domain.errors import InvalidInput
from archon.domain.task import ModelChoice
from archon.ports.catalog import Offer
from archon.services.name_models import required_roles
from archon.services.platform import RoleModels
from archon.services.resolve_models import resolve_models
from archon.services.roles import BY_NAME, ROLES, role_of_agent
from archon.settings import variables
from archon.workflows import registry
from tests.builders.specs import choice


class Machine:
    """A catalog of a machine with a key of Anthropic's."""

    async def offer(self) -> Offer:
        return Offer(strong=("claude-sonnet-4-6",), quick=("claude-haiku-4-5",), ollama_models=None)

    def describe(self, name: str, *, why: str) -> ModelChoice:
        return choice(name=name, why=why)


async def names(roles: RoleModels | None = None, **overrides: str) -> dict[str, str]:
    chosen = await resolve_models(Machine(), roles or RoleModels(), overrides)
    return {role: each.name for role, each in chosen.items()}


def test_every_role_has_its_variable_and_its_place_among_the_settings() -> None:
    assert {role.variable for role in ROLES} <= set(variables())
    assert {role.name for role in ROLES} == {
        each.name for each in fields(RoleModels) if each.type == "str | None"
    }


def test_every_role_of_a_workflow_is_known_and_so_is_who_stands_in() -> None:
    used = {name for each in registry.ROLES.values() for name in each}
    assert used | {role.stands_in for role in ROLES if role.stands_in} <= set(BY_NAME)


async def test_a_task_keeps_only_the_roles_that_its_workflow_asks() -> None:
    chosen = await names(RoleModels(backend="a", git="b"))
    assert set(chosen) == {"planner", "coder", "fixer"} == required_roles("script")


async def test_a_role_that_another_can_play_has_a_model_only_where_it_was_given_one() -> None:
    assert "judge" not in await names()
    assert (await names(RoleModels(judge="gpt-4o")))["judge"] == "gpt-4o"
    assert (await names(checker="gpt-4o"))["checker"] == "gpt-4o"


async def test_easy_work_is_done_by_the_quick_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.ROLES, "app", ("backend", "git", "devops"))
    chosen = await resolve_models(Machine(), RoleModels(), {}, workflow="app")
    assert {role: each.name for role, each in chosen.items()} == {
        "backend": "claude-sonnet-4-6",
        "git": "claude-haiku-4-5",
        "devops": "claude-haiku-4-5",
    }


async def test_an_unknown_role_is_told_with_the_nearest_and_all_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"no role 'codr' \(did you mean coder\?\)") as refused:
        await names(codr="a")
    assert "planner, coder, fixer, checker, judge, fallback" in refused.value.hint


async def test_a_role_of_another_workflow_is_not_taken_in_silence() -> None:
    with pytest.raises(InvalidInput, match="script asks no backend"):
        await names(backend="a")


def test_agents_are_known_by_both_of_their_names() -> None:
    assert role_of_agent("code_reviewer") == role_of_agent("reviewer") == "reviewer"
    with pytest.raises(ValueError, match="did you mean code_reviewer"):
        role_of_agent("code_reviewr")
