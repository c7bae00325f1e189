"""Money: set aside before each attempt, settled after it, and never more than there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archon.adapters.memory.journal import MemoryJournal
from archon.domain.conversation import Delta, ModelRequest, ModelResponse, TextDelta, Usage
from archon.domain.errors import (
    ArchonError,
    BudgetExhausted,
    ModelReplyBroken,
    ModelUnauthorized,
    ModelUnreachable,
)
from archon.domain.events import Attempted, Charge, Completed, Draft
from archon.domain.money import cost_microusd, worst_microusd
from archon.domain.task import FREE, Price
from archon.domain.tokens import count_upper_bound
from archon.engine.models.account import Account
from archon.engine.models.budgeted import SMALLEST_USEFUL_OUTPUT, BudgetedModel
from archon.engine.models.closing import closing
from archon.ports.model import Model
from archon.testing.manual_clock import ManualClock
from tests.builders.models import (
    REQUEST,
    Behaviour,
    MoodyModel,
    Stubborn,
    ask,
    cut_off,
    failing,
    saying,
)
from tests.builders.scopes import TASK, claimed
from tests.builders.specs import DEAR, choice, spec

PROMPT = count_upper_bound(REQUEST)
WORST = worst_microusd(PROMPT, REQUEST.max_output_tokens, DEAR)


def billed() -> ModelUnreachable:
    error = ModelUnreachable("It broke off.")
    error.may_be_billed = True
    return error


@dataclass
class Wallet:
    """A task's account, and the journal it is kept in."""

    journal: MemoryJournal
    account: Account
    limit: int

    def over(self, inner: Model, price: Price = DEAR) -> BudgetedModel:
        return BudgetedModel(inner=inner, choice=choice(price=price), account=self.account)

    async def money(self) -> tuple[int, int]:
        """Spent and reserved, which together never pass the limit."""
        row = await self.journal.row(TASK)
        assert row.spent_microusd + row.reserved_microusd <= self.limit
        return row.spent_microusd, row.reserved_microusd

    async def attempts(self) -> list[Attempted]:
        return [e.body for e in await self.journal.events(TASK) if isinstance(e.body, Attempted)]


async def wallet(limit: int) -> Wallet:
    clock = ManualClock()
    journal = MemoryJournal(clock)
    run = await claimed(journal, spec=spec(budget_microusd=limit))
    return Wallet(journal, Account(run=run, journal=journal, clock=clock), limit)


@dataclass
class Recorder:
    """Settles an answer where it is recorded, as the journal does with a call's outcome."""

    wallet: Wallet

    async def call(self, model: Model) -> None:
        answer = await ask(model)
        charge = Charge(
            reservation_id=answer.reservation_id, cost_microusd=answer.cost_microusd, model=answer.model
        )
        completed = Completed(effect="model", result=answer.text, charge=charge)
        await self.wallet.account.run.append(Draft(body=completed))


shares = st.floats(0, 1)
behaviours: st.SearchStrategy[Behaviour] = st.one_of(
    st.builds(lambda i, o: saying("ok", input_share=i, output_share=o), shares, shares),
    st.builds(failing, st.builds(billed)),
    st.just(failing(ModelUnauthorized("No."))),
    st.just(failing(KeyError("a fault of the adapter"))),
    st.just(cut_off),
    st.builds(Stubborn),
)
prices = st.builds(
    Price,
    input=st.integers(0, 20_000_000),
    output=st.integers(0, 80_000_000),
    cache_read=st.just(0),
    cache_write=st.integers(0, 25_000_000),
)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(behaviours, st.booleans()), min_size=1, max_size=8), prices, st.integers(0, 100_000)
)
def test_never_more_is_spent_than_the_limit_whatever_fails_is_cut_or_is_cancelled(
    calls: Sequence[tuple[Behaviour, bool]], price: Price, limit: int
) -> None:
    async def check() -> None:
        purse = await wallet(limit)

        async def one(behaviour: Behaviour) -> None:
            with suppress(ArchonError, KeyError):
                await Recorder(purse).call(purse.over(MoodyModel([behaviour]), price))
            await purse.money()

        tasks = [asyncio.create_task(one(behaviour)) for behaviour, _ in calls]
        for _ in range(3):
            await asyncio.sleep(0)
            await purse.money()
        for task, (behaviour, is_cancelled) in zip(tasks, calls, strict=True):
            if is_cancelled or isinstance(behaviour, Stubborn):
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        spent, reserved = await purse.money()
        events = await purse.journal.events(TASK)
        charges = [c for e in events if (c := getattr(e.body, "charge", None))]
        assert reserved == 0, "nothing stays set aside"
        assert spent == sum(charge.cost_microusd for charge in charges)

    asyncio.run(check())


async def test_an_answer_carries_its_price_and_its_reservation() -> None:
    purse = await wallet(WORST)
    answer = await ask(purse.over(MoodyModel([saying("ok", input_share=0.5, output_share=0.5)])))
    assert answer.cost_microusd == cost_microusd(Usage(input_tokens=PROMPT // 2, output_tokens=500), DEAR)
    assert [r.id for r in await purse.journal.open_reservations(TASK)] == [answer.reservation_id]
    assert await purse.money() == (0, WORST)


async def test_the_output_is_clamped_to_what_the_account_still_holds() -> None:
    purse = await wallet(worst_microusd(PROMPT, 600, DEAR))
    inner = MoodyModel([saying("ok")])
    await ask(purse.over(inner))
    assert inner.requests[0].max_output_tokens == 600


async def test_a_call_that_would_be_clamped_to_nothing_useful_is_refused_before_it_is_sent() -> None:
    purse = await wallet(worst_microusd(PROMPT, SMALLEST_USEFUL_OUTPUT - 1, DEAR))
    inner = MoodyModel([saying("ok")])
    with pytest.raises(BudgetExhausted, match=r"can cost up to 0\.0") as refused:
        await ask(purse.over(inner))
    assert inner.requests == []
    assert (refused.value.needed_microusd, refused.value.left_microusd) == (WORST, purse.limit)
    assert await purse.money() == (0, 0)


async def test_a_free_model_needs_no_money() -> None:
    purse = await wallet(0)
    assert (await ask(purse.over(MoodyModel([saying("ok")]), FREE))).cost_microusd == 0


async def test_a_failed_attempt_appears_as_attempted_and_costs_only_what_may_be_billed() -> None:
    purse = await wallet(10 * WORST)
    for error in (ModelUnauthorized("No.", hint="Look at the key."), billed()):
        with pytest.raises(type(error)):
            await ask(purse.over(MoodyModel([failing(error)])))
    refused, broken = await purse.attempts()
    assert (refused.problem.code, refused.problem.hint) == ("model_unauthorized", "Look at the key.")
    assert (refused.charge.cost_microusd, broken.charge.cost_microusd) == (0, WORST)
    assert await purse.money() == (WORST, 0)
    assert (await purse.journal.events(TASK))[-1].scope == REQUEST.ref.key


async def test_a_stream_without_an_answer_is_broken_and_may_be_billed() -> None:
    purse = await wallet(WORST)
    with pytest.raises(ModelReplyBroken):
        await ask(purse.over(MoodyModel([cut_off])))
    assert await purse.money() == (WORST, 0)


@dataclass
class Talkative:
    """A model that goes on after its answer."""

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        for text in ("one", "two"):
            yield ModelResponse(text=text, usage=Usage(input_tokens=1, output_tokens=1))
            yield TextDelta(text=text)


async def test_an_answer_is_handed_over_once_whatever_comes_after_it() -> None:
    purse = await wallet(WORST)
    deltas = [delta async for delta in purse.over(Talkative()).respond(REQUEST)]
    assert [delta.text for delta in deltas] == ["one"]


async def test_a_fault_of_an_adapter_is_counted_at_the_worst() -> None:
    purse = await wallet(WORST)
    with pytest.raises(ZeroDivisionError):
        await ask(purse.over(MoodyModel([failing(ZeroDivisionError("oops"))])))
    (attempt,) = await purse.attempts()
    assert attempt.problem.message == "ZeroDivisionError: oops"
    assert await purse.money() == (WORST, 0)


async def test_a_cancelled_call_is_closed_at_once_and_counted_at_the_worst() -> None:
    purse = await wallet(WORST)
    stubborn = Stubborn()
    inner = MoodyModel([stubborn])
    call = asyncio.create_task(ask(purse.over(inner)))
    await stubborn.began.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert inner.closed == 1
    assert await purse.money() == (WORST, 0)
    assert (await purse.attempts())[0].problem.code == "stopped"


async def test_a_stream_that_is_left_early_is_closed_at_once_and_counted_at_the_worst() -> None:
    purse = await wallet(WORST)
    inner = MoodyModel([saying("ok")])
    async with closing(purse.over(inner).respond(REQUEST)) as deltas:
        async for delta in deltas:
            assert isinstance(delta, TextDelta)
            break
    assert inner.closed == 1
    assert await purse.money() == (WORST, 0)


async def test_an_answer_that_was_taken_is_settled_by_who_took_it() -> None:
    purse = await wallet(WORST)
    async with closing(purse.over(MoodyModel([saying("ok")])).respond(REQUEST)) as deltas:
        async for delta in deltas:
            if not isinstance(delta, TextDelta):
                break
    assert await purse.attempts() == []
    assert await purse.money() == (0, WORST)


async def test_an_unknown_price_is_shown_as_unknown_on_answers_and_attempts() -> None:
    purse = await wallet(10 * WORST)
    guessed = Price(
        input=DEAR.input, output=DEAR.output, cache_read=0, cache_write=DEAR.cache_write, is_known=False
    )
    answer = await ask(purse.over(MoodyModel([saying("ok")]), guessed))
    with pytest.raises(ModelUnreachable):
        await ask(purse.over(MoodyModel([failing(billed())]), guessed))
    assert answer.cost_microusd > 0 and not answer.price_known
    assert not (await purse.attempts())[0].charge.price_known


async def test_the_next_runner_settles_a_dead_runners_call_at_its_worst() -> None:
    purse = await wallet(10 * WORST)
    answer = await ask(purse.over(MoodyModel([saying("ok", output_share=0.1)])))
    run = await claimed(purse.journal)
    heir = Account(run=run, journal=purse.journal, clock=purse.account.clock)
    await ask(BudgetedModel(inner=MoodyModel([saying("ok")]), choice=choice(price=DEAR), account=heir))
    await heir.settle_orphans()
    (attempt,) = await purse.attempts()
    assert (attempt.problem.code, attempt.charge.reservation_id) == ("orphaned", answer.reservation_id)
    assert await purse.money() == (WORST, WORST), "its own open call is left alone"


async def test_a_dearer_cache_write_counts_in_the_worst_case() -> None:
    purse = await wallet(WORST - 1)
    inner = MoodyModel([saying("ok")])
    await ask(purse.over(inner, DEAR))
    assert inner.requests[0].max_output_tokens < REQUEST.max_output_tokens


async def test_a_usage_that_cannot_be_is_no_way_around_the_limit() -> None:
    purse = await wallet(10**9)
    text = "word " * 300

    async def lying(request: ModelRequest) -> ModelResponse:
        return ModelResponse(text=text, usage=Usage())

    answer = await ask(purse.over(MoodyModel([lying])))
    assert answer.usage.is_estimated
    assert answer.cost_microusd > cost_microusd(Usage(input_tokens=10, output_tokens=300), DEAR)
