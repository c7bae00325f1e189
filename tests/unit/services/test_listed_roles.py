"""Who plays each role: with which model, by whose word, and what that model is asked with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.route import Providers
from archon.cli.listing import print_listing
from archon.cli.listing_json import listing_json
from archon.domain.parameters import Layer
from archon.services.examine import examine
from archon.services.list_models import ModelListing, list_models
from archon.services.listing.parts import Part
from archon.services.platform import Platform, RoleModels
from tests.builders.reached import reach, world

ALL = RoleModels(planner="ollama/gemma:2b", coder="ollama/gemma:2b", fixer="claude-opus-4-8")


def asked(folder: Path, *, by_model: Layer | None = None, roles: RoleModels = ALL) -> Platform:
    """A platform with parameters by model; those by agent are the roles'."""
    both = (reach("ollama", models=("gemma:2b",)), reach("anthropic"))
    return world(folder, *both, roles=roles, params=by_model)


def parts(listing: ModelListing) -> dict[str, Part]:
    return {part.role: part for part in listing.parts}


def said(part: Part) -> dict[str, tuple[object, str]]:
    return {each.name: (each.value, each.setting) for each in part.parameters if each.is_taken}


async def test_each_role_says_its_model_and_by_whose_word(tmp_path: Path) -> None:
    roles = RoleModels(
        coder="ollama/gemma:2b", judge="claude-haiku-4-5", backend="gpt-4o", fallback="gpt-4.1"
    )
    found = parts(await list_models(asked(tmp_path, roles=roles)))
    assert {role: (part.name, part.why, part.shares, part.is_asked) for role, part in found.items()} == {
        "planner": ("claude-sonnet-4-6", "default: the first provider with a key", "", True),
        "coder": ("ollama/gemma:2b", "MODEL_CODER", "", True),
        "fixer": ("claude-sonnet-4-6", "default: the first provider with a key", "", True),
        "checker": ("claude-sonnet-4-6", "default: the first provider with a key", "fixer", True),
        "judge": ("claude-haiku-4-5", "MODEL_JUDGE", "", True),
        "fallback": ("gpt-4.1", "MODEL_FALLBACK", "", True),
        "backend": ("gpt-4o", "MODEL_BACKEND", "", False),
    }


async def test_each_parameter_says_the_setting_that_counts_and_whether_the_model_takes_it(
    tmp_path: Path,
) -> None:
    by_model: Layer = {"ollama/": {"num_ctx": 4096, "seed": 1}, "claude-": {"num_ctx": 4096, "top_p": 0.5}}
    by_agent: Layer = {"planner": {"seed": 2}, "judge": {"temperature": 0}, "fixer": {"effort": "high"}}
    found = parts(await list_models(asked(tmp_path, by_model=by_model, roles=replace(ALL, params=by_agent))))
    assert said(found["planner"]) == {
        "num_ctx": (4096, "MODEL_LLM_PARAMS"),
        "seed": (2, "AGENT_LLM_PARAMS"),
    }
    assert said(found["coder"]) == {"num_ctx": (4096, "MODEL_LLM_PARAMS"), "seed": (1, "MODEL_LLM_PARAMS")}
    assert (found["judge"].shares, found["judge"].why) == ("", "as for the planner")
    assert said(found["judge"])["temperature"] == (0, "AGENT_LLM_PARAMS")
    assert found["checker"].shares == "fixer" and found["checker"].parameters == found["fixer"].parameters
    assert said(found["fixer"]) == {"effort": ("high", "AGENT_LLM_PARAMS")}
    assert {each.name for each in found["fixer"].parameters if not each.is_taken} == {"num_ctx", "top_p"}
    model = found["planner"].model
    assert model is not None and model.choice.context_tokens == 4096


async def test_a_parameter_is_told_with_what_is_odd_about_it(tmp_path: Path) -> None:
    roles = RoleModels(
        planner="claude-sonnet-4-6",
        coder="claude-opus-4-8",
        fixer="claude-sonnet-4-6",
        params={
            "planner": {"temprature": 0.2, "keep_alive": "5m", "temperature": 0.2},
            "coder": {"temperature": 0},
            "fixer": {"temperature": 0.2, "thinking": False},
        },
    )
    found = parts(await list_models(asked(tmp_path, roles=roles)))
    notes = {role: {each.name: each.note for each in part.parameters} for role, part in found.items()}
    assert notes["planner"] == {
        "temprature": "is passed on as it is: did you mean temperature?",
        "keep_alive": "",
        "temperature": "is not sent where the model thinks before it answers",
    }
    assert notes["coder"] == {"temperature": ""}, "it is not taken, which is told already"
    assert notes["fixer"] == {"temperature": "", "thinking": ""}


async def test_roles_that_have_a_model_are_told_beside_those_that_have_none(tmp_path: Path) -> None:
    platform = asked(tmp_path, roles=RoleModels(planner="ollama/gemma:2b", git="gitty"))
    nobody = ModelCatalog(Providers(base_urls={"ollama": "http://127.0.0.1:9"}), platform.clock)
    listing = await list_models(replace(platform, catalog=nobody))
    found = parts(listing)
    assert (found["planner"].name, found["judge"].shares) == ("ollama/gemma:2b", "planner")
    assert (found["coder"].name, found["coder"].model) == ("", None)
    assert (found["checker"].name, found["checker"].shares) == ("", "fixer")
    assert listing.problem is not None and "coder and fixer have none" in listing.problem.message
    assert found["git"].problem is not None and "git (MODEL_GIT)" in found["git"].problem.message


async def test_a_later_role_whose_agent_has_parameters_is_told_with_its_default(tmp_path: Path) -> None:
    roles = replace(ALL, params={"reviewer": {"temperature": 0}})
    found = parts(await list_models(asked(tmp_path, roles=roles)))
    assert (found["reviewer"].name, found["reviewer"].is_asked) == ("claude-sonnet-4-6", False)
    assert said(found["reviewer"]) == {"temperature": (0, "AGENT_LLM_PARAMS")}


async def test_the_doctor_finds_a_model_of_a_later_role_that_is_nobodys(tmp_path: Path) -> None:
    platform = asked(tmp_path, roles=replace(ALL, backend="sonnet"))
    fault = next(finding for finding in await examine(platform) if finding.part == "models")
    assert not fault.is_well and "backend (MODEL_BACKEND): No provider serves" in fault.found


LONG = "openrouter/deepseek/deepseek-r1-distill-llama-70b-with-a-name-that-is-long:free"


@pytest.mark.parametrize("columns", ["80", "120", "200"])
@pytest.mark.parametrize("model", ["claude-opus-4-8", LONG])
async def test_roles_read_well_at_every_width(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    columns: str,
    model: str,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    roles = replace(ALL, fixer=model, params={"fixer": {"stop": "x" * 90, "num_ctx": 4096}})
    print_listing(await list_models(asked(tmp_path, roles=roles)))
    text = capsys.readouterr().out
    assert [line for line in text.splitlines() if len(line) > int(columns) and LONG not in line] == []
    words = " ".join(text.split())
    for part in ("as for the fixer", "MODEL_FIXER", "by AGENT_LLM_PARAMS", "which it does not take", "x…"):
        assert part in words


async def test_programs_read_the_same_of_a_role(tmp_path: Path) -> None:
    roles = replace(ALL, params={"coder": {"seed": 3}})
    told: dict[str, Any] = json.loads(
        json.dumps(listing_json(await list_models(asked(tmp_path, roles=roles))))
    )
    coder = next(each for each in told["roles"] if each["role"] == "coder")
    assert (coder["model"], coder["state"], coder["why"]) == ("ollama/gemma:2b", "reachable", "MODEL_CODER")
    assert coder["parameters"] == [
        {"name": "seed", "value": 3, "setting": "AGENT_LLM_PARAMS", "is_taken": True, "note": ""}
    ]
    assert coder["price"]["is_free"]
