"""A probe finds out what a model does, pays for no more than it may, and stores all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archon.adapters.memory.measurements import MemoryMeasurements
from archon.domain.conversation import (
    Delta,
    ModelRequest,
    ModelResponse,
    TextDelta,
    Usage,
)
from archon.domain.errors import (
    BudgetExhausted,
    ModelOverloaded,
    ModelUnauthorized,
    ModelUnreachable,
    NoModelConfigured,
)
from archon.domain.task import FREE, ModelChoice, Price
from archon.domain.tokens import count_upper_bound
from archon.engine.models.retrying import RetryPolicy
from archon.ports.catalog import Offer
from archon.services.platform import Platform
from archon.services.probe_model import probe_model
from archon.testing.manual_clock import ManualClock
from tests.builders.models import MoodyModel, failing
from tests.builders.platform import SCRIPTED, OneModel, build_platform
from tests.builders.pretender import ABILITIES, ABLE, Pretender
from tests.builders.specs import DEAR


@dataclass(frozen=True)
class Small:
    """A catalog in which every model is small."""

    price: Price
    context_tokens: int = 8_192

    def describe(self, name: str, *, why: str) -> ModelChoice:
        return ModelChoice(
            name=name, price=self.price, context_tokens=self.context_tokens, max_output_tokens=1_000, why=why
        )

    async def offer(self) -> Offer:
        raise AssertionError("a probe chooses no model")


def world(folder: Path, model: Pretender, *, price: Price = FREE, **limits: Any) -> Platform:
    model.price = price
    platform = build_platform(folder, model, **limits)
    return replace(platform, catalog=Small(price))


async def test_an_able_model_is_found_able(tmp_path: Path) -> None:
    model, told = Pretender(), list[str]()
    platform = world(tmp_path, model)
    measured = await probe_model(platform, SCRIPTED, tell=told.append)
    found = measured.findings
    assert [name for name in ABILITIES if not getattr(found, name)] == []
    assert found.context_lost_tokens is None
    assert found.context_seen_tokens is not None and found.context_seen_tokens > 6_500
    assert len(model.requests) <= 12
    assert told[0].startswith("1/8 ") and told[-1].startswith("8/8 ")
    assert await platform.measurements.all() == {SCRIPTED: measured}


@pytest.mark.parametrize("name", ABILITIES)
async def test_each_ability_that_is_missing_is_missed_alone(tmp_path: Path, name: str) -> None:
    model = Pretender(can=replace(ABLE, **{name: False}))
    found = (await probe_model(world(tmp_path, model), SCRIPTED)).findings
    follows = {"takes_tools": {"takes_parallel_tools", "uses_tool_results"}}.get(name, set())
    missed = {each for each in ABILITIES if not getattr(found, each)}
    assert missed == {name} | follows


async def test_tools_that_are_refused_are_not_taken(tmp_path: Path) -> None:
    found = (await probe_model(world(tmp_path, Pretender(refuses_tools=True)), SCRIPTED)).findings
    assert (found.takes_tools, found.takes_parallel_tools, found.uses_tool_results) == (False, None, None)


@pytest.mark.parametrize("refuses_long", [True, False])
async def test_a_prompt_that_is_cut_or_refused_is_noticed(tmp_path: Path, refuses_long: bool) -> None:
    model = Pretender(reads_tokens=4_000, refuses_long=refuses_long)
    found = (await probe_model(world(tmp_path, model), SCRIPTED)).findings
    assert found.context_lost_tokens is not None and found.context_seen_tokens is not None
    assert 1_000 < found.context_seen_tokens <= 4_000 < found.context_lost_tokens


async def test_the_context_is_left_out_or_bounded_as_asked(tmp_path: Path) -> None:
    model = Pretender()
    platform = world(tmp_path, model)
    assert (await probe_model(platform, SCRIPTED, longest_tokens=0)).findings.context_seen_tokens is None
    await probe_model(platform, SCRIPTED, longest_tokens=3_000)
    assert max(count_upper_bound(request) for request in model.requests) < 8_000


async def test_a_model_that_thinks_first_is_given_more_room(tmp_path: Path) -> None:
    @dataclass
    class Thinker(Pretender):
        async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
            if request.max_output_tokens < 1_000:
                yield ModelResponse(text="", finish_reason="length", usage=Usage(output_tokens=300))
                return
            async for delta in super().respond(request):
                yield delta

    found = (await probe_model(world(tmp_path, Thinker()), SCRIPTED)).findings
    assert found.obeys_system and found.writes_files and found.reports_length


@pytest.mark.parametrize("broken_at", range(1, 10))
async def test_nothing_is_stored_when_it_breaks_in_the_middle(tmp_path: Path, broken_at: int) -> None:
    @dataclass
    class Fading(Pretender):
        async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
            if len(self.requests) == broken_at:
                raise ModelUnreachable("Gone.")
            async for delta in super().respond(request):
                yield delta

    platform = world(tmp_path, Fading())
    with pytest.raises(ModelUnreachable):
        await probe_model(platform, SCRIPTED)
    assert await platform.measurements.all() == {}


async def test_every_wait_for_another_attempt_is_told_before_it_begins(tmp_path: Path) -> None:
    told = list[str]()
    platform = build_platform(tmp_path, MoodyModel([failing(ModelOverloaded("Busy.", hint="Wait."))] * 3))
    platform = replace(platform, retry=RetryPolicy(max_retries=6, base_delay_s=8, max_delay_s=60))
    with pytest.raises(ModelOverloaded):
        await probe_model(platform, SCRIPTED, tell=told.append)
    first, said, wait, again, last = told
    assert (first, said, again) == ("1/8 answers, speed …", "  Busy.", "  Busy.")
    assert wait.startswith("  asking again in ") and wait.endswith(" s (retry 1 of 2) …")
    assert last.endswith("(retry 2 of 2) …")


async def test_what_cannot_be_had_says_why(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, MoodyModel([failing(ModelUnauthorized("No."))]))
    with pytest.raises(ModelUnauthorized):
        await probe_model(platform, SCRIPTED)
    with pytest.raises(NoModelConfigured, match="ANTHROPIC_API_KEY"):
        await probe_model(platform, "claude-sonnet-4-6")


async def test_a_limit_that_covers_nothing_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    model = Pretender()
    platform = world(tmp_path, model, price=DEAR)
    with pytest.raises(BudgetExhausted, match=r"0\.0000 are left; nothing is stored.*--max-usd"):
        await probe_model(platform, SCRIPTED, limit_microusd=10)
    assert model.requests == []


async def test_an_unknown_price_has_its_ceiling_of_tokens_here_too(tmp_path: Path) -> None:
    platform = world(tmp_path, Pretender(), price=replace(DEAR, is_known=False), unpriced_tokens=3_000)
    with pytest.raises(BudgetExhausted, match="MAX_UNPRICED_TOKENS"):
        await probe_model(platform, SCRIPTED, limit_microusd=10**9)


async def test_less_money_tries_a_shorter_prompt_and_is_no_failure(tmp_path: Path) -> None:
    rich, poor = Pretender(), Pretender()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    long = await probe_model(world(tmp_path / "a", rich, price=DEAR), SCRIPTED, limit_microusd=10**6)
    short = await probe_model(world(tmp_path / "b", poor, price=DEAR), SCRIPTED, limit_microusd=50_000)
    assert long.findings.context_seen_tokens and short.findings.context_seen_tokens
    assert 1_000 < short.findings.context_seen_tokens < long.findings.context_seen_tokens
    assert 0 < short.findings.cost_microusd <= 50_000


prices = st.builds(
    Price,
    input=st.integers(0, 20_000_000),
    output=st.integers(0, 80_000_000),
    cache_read=st.just(0),
    cache_write=st.integers(0, 25_000_000),
)


@settings(deadline=None, max_examples=60)
@given(price=prices, limit=st.integers(0, 300_000), reads=st.sampled_from([600, 3_000, 10**9]))
def test_a_probe_never_spends_more_than_it_may(
    tmp_path_factory: pytest.TempPathFactory, price: Price, limit: int, reads: int
) -> None:
    async def check() -> None:
        model = Pretender(reads_tokens=reads)
        platform = world(tmp_path_factory.mktemp("world"), model, price=price)
        try:
            measured = await probe_model(platform, SCRIPTED, limit_microusd=limit)
        except BudgetExhausted:
            assert await platform.measurements.all() == {}
        else:
            assert measured.findings.cost_microusd == model.spent_microusd
        assert model.spent_microusd <= limit

    asyncio.run(check())


async def test_a_store_that_fails_is_told(tmp_path: Path) -> None:
    class Full(MemoryMeasurements):
        async def store(self, measured: object) -> None:
            raise BudgetExhausted("full", needed_microusd=0, left_microusd=0)

    platform = replace(world(tmp_path, Pretender()), measurements=Full())
    with pytest.raises(BudgetExhausted, match="full"):
        await probe_model(platform, SCRIPTED)


async def test_the_model_is_asked_with_everything_whatever_is_assumed(tmp_path: Path) -> None:
    model = Pretender()
    platform = world(tmp_path, model)
    assert isinstance(platform.models, OneModel)
    await probe_model(platform, SCRIPTED, longest_tokens=0)
    assert any(request.tools for request in model.requests)
    assert any(request.output_schema for request in model.requests)


@pytest.mark.parametrize("told", [1, 0, 40, 10**9])
async def test_a_count_that_cannot_be_makes_no_prompt_long_and_is_not_stored(
    tmp_path: Path, told: int
) -> None:
    @dataclass
    class Liar(Pretender):
        async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
            async for delta in super().respond(request):
                if isinstance(delta, ModelResponse):
                    delta = replace(delta, usage=Usage(input_tokens=told, output_tokens=1))
                yield delta

    model = Liar()
    found = (await probe_model(world(tmp_path, model), SCRIPTED)).findings
    assert (found.context_seen_tokens, found.context_lost_tokens) == (None, None)
    assert max(count_upper_bound(request) for request in model.requests) < 5_000


async def test_few_tokens_are_told_and_the_prompt_is_no_longer_for_it(tmp_path: Path) -> None:
    @dataclass
    class Modest(Pretender):
        async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
            async for delta in super().respond(request):
                if isinstance(delta, ModelResponse):
                    usage = Usage(input_tokens=count_upper_bound(request) // 20, output_tokens=9)
                    delta = replace(delta, usage=usage)
                yield delta

    model = Modest()
    await probe_model(world(tmp_path, model), SCRIPTED, longest_tokens=3_000)
    assert max(count_upper_bound(request) for request in model.requests) < 8_000


async def test_waiting_to_ask_again_is_no_slowness_of_the_model(tmp_path: Path) -> None:
    @dataclass
    class Busy(Pretender):
        failed: bool = False

        async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
            if not self.failed:
                self.failed = True
                yield TextDelta(text="half an ans")
                error = ModelOverloaded("Busy.")
                error.retry_after_s = 30
                raise error
            async for delta in super().respond(request):
                yield delta

    class Hurried(ManualClock):
        async def sleep(self, seconds: float) -> None:
            self.advance(seconds)

    platform = replace(world(tmp_path, Busy()), clock=Hurried(), retry=RetryPolicy(max_retries=1))
    found = (await probe_model(platform, SCRIPTED, longest_tokens=0)).findings
    assert found.first_text_s is not None and found.first_text_s < 5
    assert found.tokens_per_s is None or found.tokens_per_s > 5
