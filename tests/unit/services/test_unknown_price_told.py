"""A model whose price nobody knows, as a person sees it: status, story, lists, and what lifts its ceiling."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from archon.api.schemas.status import task_status
from archon.api.schemas.tasks import task, task_summary
from archon.cli.story import Story
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.read_task import read_task
from archon.services.resume_task import resume_task
from tests.builders.platform import advance, build_platform, run, scripted, submit
from tests.builders.specs import DEAR
from tests.e2e.conversations import CHECKS, GOOD, PLAN

GUESSED = replace(DEAR, is_known=False)


async def test_it_is_told_as_nothing_and_as_unknown_everywhere(tmp_path: Path) -> None:
    platform = build_platform(
        tmp_path, scripted(PLAN, CHECKS, GOOD), price=GUESSED, budget_microusd=500_000_000,
        unpriced_tokens=10**8,
    )  # fmt: skip
    view = await run(platform)
    assert view.status is Status.COMPLETED
    row = await platform.journal.row(TaskId(view.id))
    assert (view.cost_microusd, view.price_known, row.cost_microusd) == (0, False, 0)
    assert view.counted_microusd == row.spent_microusd > 0

    status = task_status(view)
    assert (status.cost_usd, status.price_known, status.rounds[0].price_known) == (0, False, False)
    assert status.budget_used_usd > 0 and status.unpriced_tokens > 0
    told = task(view)
    assert (told.total_cost_usd, told.price_known) == (0, False)
    assert not told.agent_stats["coder"].price_known
    assert (task_summary(row).total_cost_usd, task_summary(row).price_known) == (0, False)

    story = Story()
    lines = [line.text for event in await platform.journal.events(row.id) for line in story.tell(event)]
    assert any("is unknown: told as 0.00" in line for line in lines)
    assert "for 0.0000 USD and an unknown price" in lines[-1]


async def test_the_task_waits_at_its_ceiling_of_tokens_and_more_money_lifts_it(tmp_path: Path) -> None:
    platform = build_platform(
        tmp_path, scripted(PLAN, CHECKS, GOOD), price=GUESSED, budget_microusd=500_000_000,
        unpriced_tokens=3_000,
    )  # fmt: skip
    task_id = await submit(platform)
    view = await advance(platform, task_id)
    assert view.status is Status.WAITING
    assert view.question is not None and "price is unknown" in view.question
    await resume_task(platform, task_id, by="me", budget_microusd=1_000_000_000)
    assert (await platform.journal.row(task_id)).unpriced_token_limit == 6_000
    lifted = await advance(platform, task_id)
    assert lifted.tokens > view.tokens or lifted.status is Status.COMPLETED
    assert (await read_task(platform, task_id)).cost_microusd == 0
