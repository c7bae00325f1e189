"""The list of models: what each is for, whether it can be had, and what to do where it cannot."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.route import Providers
from archon.api.schemas.health import health_report
from archon.cli.listing import print_listing
from archon.cli.listing_json import listing_json
from archon.domain.measured import Findings, Measured
from archon.domain.reach import State
from archon.services.check_health import check_health
from archon.services.examine import examine
from archon.services.list_models import ModelListing, list_models
from archon.services.name_models import required_roles
from archon.services.platform import RoleModels
from archon.services.roles import ROLES
from archon.services.used_models import troubles, used_models
from tests.builders.reached import reach, world


def states(listing: ModelListing) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {each.choice.name: (each.standing.state, each.roles) for each in listing.models}


def plain(listing: ModelListing) -> dict[str, Any]:
    """What a program reads of it."""
    told: dict[str, Any] = json.loads(json.dumps(listing_json(listing)))
    return told


async def test_each_model_says_what_it_is_for_and_whether_it_can_be_had(tmp_path: Path) -> None:
    platform = world(
        tmp_path,
        reach("ollama", models=("gemma:2b", "llama3.2:latest")),
        reach("groq", models=("llama-3.3-70b-versatile",)),
        reach("anthropic", "key refused"),
    )
    listing = await list_models(platform)
    assert states(listing) == {
        "ollama/gemma:2b": ("reachable", ("planner", "coder")),
        "groq/new-model": ("not listed", ("fixer",)),
        "claude-sonnet-4-6": ("key refused", ()),
        "groq/llama-3.3-70b-versatile": ("reachable", ()),
        "ollama/llama3.2:latest": ("reachable", ()),
    }
    assert plain(listing)["models"][0]["agents"] == ["planner", "coder", "judge"]
    assert troubles(listing.models) == [], "what no role uses is nobody's trouble"


async def test_a_model_that_ollama_lacks_has_its_cure(tmp_path: Path) -> None:
    platform = world(tmp_path, reach("ollama", models=("llama3.2:latest",)), reach("groq"))
    (trouble,) = troubles(await used_models(platform))
    assert "ollama/gemma:2b (planner, coder) is missing" in trouble.message
    assert "ollama pull gemma:2b" in trouble.hint


async def test_a_tag_that_is_left_out_is_the_latest(tmp_path: Path) -> None:
    roles = RoleModels(planner="ollama/llama3.2", coder="ollama/llama3.2", fixer="ollama/llama3.2")
    platform = world(tmp_path, reach("ollama", models=("llama3.2:latest",)), roles=roles)
    (model,) = await used_models(platform)
    assert (model.standing.state, model.roles) == ("reachable", ("planner", "coder", "fixer"))


async def test_measured_rows_are_marked_and_count(tmp_path: Path) -> None:
    platform = world(tmp_path, reach("ollama", models=("gemma:2b",)), reach("groq"))
    at = datetime(2026, 3, 1, tzinfo=UTC)
    found = Measured(model="ollama/gemma:2b", measured_at=at, findings=Findings(takes_tools=True))
    await platform.measurements.store(found)
    listed = next(each for each in (await list_models(platform)).models if "planner" in each.roles)
    assert (listed.choice.takes_tools, listed.choice.measured_at) == (True, "2026-03-01")


async def test_every_row_is_there_when_asked_for(tmp_path: Path) -> None:
    platform = world(tmp_path, reach("ollama", "unreachable"), reach("groq"))
    names = states(await list_models(platform, every_row=True))
    assert {"openai/gpt-4o…", "ollama/qwen3…", "anthropic/claude-opus-4-1…"} <= names.keys()


async def test_without_any_model_the_way_to_one_is_said(tmp_path: Path) -> None:
    platform = world(tmp_path, reach("ollama", "unreachable"), roles=RoleModels())
    catalog = ModelCatalog(Providers(base_urls={"ollama": "http://127.0.0.1:9"}), platform.clock)
    listing = await list_models(replace(platform, catalog=catalog))
    assert listing.models == () and listing.problem is not None
    assert "ollama pull gemma:2b" in listing.problem.hint


async def test_a_role_whose_model_is_nobodys_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    roles = RoleModels(planner="sonnet", coder="ollama/gemma:2b", fixer="ollama/gemma:2b")
    listing = await list_models(world(tmp_path, reach("ollama"), roles=roles))
    assert listing.problem is not None and "'sonnet'" in listing.problem.message
    assert states(listing)["ollama/gemma:2b"][1] == ("coder", "fixer")


@pytest.mark.parametrize(("columns", "lines_per_model"), [("80", 2), ("120", 1)])
async def test_the_table_fits_its_terminal(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    columns: str,
    lines_per_model: int,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    platform = world(tmp_path, reach("ollama", models=("gemma:2b",)), reach("groq"), reach("anthropic"))
    listing = await list_models(platform)
    print_listing(listing)
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= int(columns)
    assert "\x1b" not in text
    models = text.split("Models\n")[1].split("\n\n")[0]
    assert models.count("\n") + 1 == lines_per_model * len(listing.models) + (columns == "120")
    for part in ("free", "unknown", "3.00/15.00", "assumed", "reachable", "counted at groq's dearest"):
        assert part in text


async def test_the_json_has_prices_roles_and_what_is_assumed(tmp_path: Path) -> None:
    listing = await list_models(world(tmp_path, reach("ollama", models=("gemma:2b",)), reach("groq")))
    told = plain(listing)
    gemma, unknown = told["models"][:2]
    assert (gemma["roles"], gemma["price"]["is_free"]) == (["planner", "coder"], True)
    assert gemma["profile"]["takes_tools"] is False
    assert (unknown["price"]["is_known"], unknown["measured_at"]) == (False, None)
    assert unknown["price"]["counted_usd_per_million"]["input"] > 0


def test_the_agents_of_each_role_are_those_of_the_code() -> None:
    import re

    found: dict[str, set[str]] = {}
    for module in (Path(__file__).parents[3] / "archon/agents").glob("*.py"):
        for agent, role in re.findall(r'agent="(\w+)",\s*role="(\w+)"', module.read_text("utf-8")):
            found.setdefault(role, set()).add(agent)
    assert {
        role: {role, *(each.name for each in ROLES if each.stands_in == role)}
        for role in required_roles("script")
    } == found


async def test_the_doctor_and_the_health_say_the_same(tmp_path: Path) -> None:
    good = world(tmp_path, reach("ollama", models=("gemma:2b",)), reach("groq"))
    bad = world(tmp_path, reach("ollama", models=()), reach("groq", "key refused"))

    found = next(finding for finding in await examine(good) if finding.part == "models")
    assert found.is_well and "ollama/gemma:2b (MODEL_PLANNER, MODEL_CODER; reachable, assumed)" in found.found
    assert "groq/new-model (MODEL_FIXER; reachable, assumed, price unknown)" in found.found

    fault = next(finding for finding in await examine(bad) if finding.part == "models")
    assert not fault.is_well and "ollama pull gemma:2b" in fault.cure and "Mend groq." in fault.cure
    health = await check_health(bad)
    assert [problem.code for problem in health.problems] == ["no_model", "model_unauthorized"]
    report = health_report(health, bad.limits, requires_api_key=False, version="1")
    assert [(model.model, model.state) for model in report.models] == [
        ("ollama/gemma:2b", "missing"),
        ("groq/new-model", "key refused"),
    ]


@pytest.mark.parametrize(
    ("listed", "state"),
    [
        ("new-model", "reachable"),
        ("new-model-2025-01-02", "reachable"),
        ("new-model-mini", "not listed"),
        ("new-models", "not listed"),
        ("new-model2", "not listed"),
    ],
)
async def test_another_models_longer_name_is_no_sign_of_this_one(
    tmp_path: Path, listed: str, state: State
) -> None:
    platform = world(tmp_path, reach("groq", models=(listed,)), reach("ollama", models=("gemma:2b",)))
    assert states(await list_models(platform))["groq/new-model"][0] == state
