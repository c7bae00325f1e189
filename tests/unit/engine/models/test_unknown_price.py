"""A price that nobody knows: reported as nothing, counted at the dearest, under a ceiling of tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archon.adapters.memory.journal import MemoryJournal
from archon.domain.conversation import ModelResponse
from archon.domain.errors import ArchonError, BudgetExhausted, ModelUnauthorized, ModelUnreachable
from archon.domain.events import Charge, Completed, Draft
from archon.domain.row import TaskRow
from archon.domain.tokens import count_upper_bound
from archon.engine.models.account import Account
from archon.engine.models.budgeted import SMALLEST_USEFUL_OUTPUT, BudgetedModel
from archon.ports.model import Model
from archon.testing.manual_clock import ManualClock
from tests.builders.models import REQUEST, Behaviour, MoodyModel, Stubborn, ask, cut_off, failing, saying
from tests.builders.scopes import TASK, claimed
from tests.builders.specs import DEAR, choice, spec

GUESSED = replace(DEAR, is_known=False)
PROMPT = count_upper_bound(REQUEST)
WORST_TOKENS = PROMPT + REQUEST.max_output_tokens


class Purse:
    """A task's account with a ceiling of tokens and more money than it needs."""

    def __init__(self, account: Account, journal: MemoryJournal) -> None:
        self.account, self.journal = account, journal

    def over(self, inner: Model, *, is_known: bool = False) -> BudgetedModel:
        price = replace(GUESSED, is_known=is_known)
        return BudgetedModel(inner=inner, choice=choice(price=price), account=self.account)

    async def call(self, model: Model) -> ModelResponse:
        """An answer, recorded as the journaled effect records it."""
        answer = await ask(model)
        charge = Charge(
            reservation_id=answer.reservation_id,
            cost_microusd=answer.cost_microusd,
            model="m",
            price_known=answer.price_known,
            unpriced_tokens=0 if answer.price_known else answer.usage.total_tokens,
        )
        done = Draft(body=Completed(effect="model", result="ok", charge=charge))
        await self.journal.append(TASK, [done], epoch=self.account.run.epoch)
        return answer

    async def row(self) -> TaskRow:
        row = await self.journal.row(TASK)
        limit = row.unpriced_token_limit
        assert limit is not None and row.unpriced_tokens + row.unpriced_reserved_tokens <= limit
        return row


async def purse(tokens: int) -> Purse:
    clock = ManualClock()
    journal = MemoryJournal(clock)
    run = await claimed(journal, spec=spec(budget_microusd=10**9, unpriced_token_limit=tokens))
    return Purse(Account(run=run, journal=journal, clock=clock), journal)


async def test_it_is_reported_as_nothing_and_counted_at_the_dearest() -> None:
    mine = await purse(10 * WORST_TOKENS)
    answer = await mine.call(mine.over(MoodyModel([saying("ok")])))
    row = await mine.row()
    assert row.spent_microusd == answer.cost_microusd > 0
    assert (row.cost_microusd, row.price_known) == (0, False)
    assert row.unpriced_tokens == answer.usage.total_tokens


async def test_beside_it_a_known_price_is_reported_as_it_is() -> None:
    mine = await purse(10 * WORST_TOKENS)
    known = await mine.call(mine.over(MoodyModel([saying("ok")]), is_known=True))
    await mine.call(mine.over(MoodyModel([saying("ok")])))
    row = await mine.row()
    assert (row.cost_microusd, row.price_known) == (known.cost_microusd, False)


async def test_the_output_is_clamped_to_the_tokens_that_are_left() -> None:
    mine = await purse(PROMPT + 600)
    inner = MoodyModel([saying("ok")])
    await ask(mine.over(inner))
    assert inner.requests[0].max_output_tokens == 600


async def test_at_the_ceiling_nothing_is_sent_and_the_way_out_is_named() -> None:
    mine = await purse(PROMPT + SMALLEST_USEFUL_OUTPUT - 1)
    inner = MoodyModel([saying("ok")])
    with pytest.raises(BudgetExhausted, match=r"price is unknown.*tokens.*MODEL_PRICING"):
        await ask(mine.over(inner))
    assert inner.requests == []
    assert (await mine.row()).unpriced_reserved_tokens == 0


async def test_a_known_price_has_no_ceiling_of_tokens() -> None:
    mine = await purse(0)
    await mine.call(mine.over(MoodyModel([saying("ok")]), is_known=True))
    assert (await mine.row()).unpriced_tokens == 0


async def test_a_dead_runners_call_counts_its_tokens_at_the_worst() -> None:
    mine = await purse(10 * WORST_TOKENS)
    await ask(mine.over(MoodyModel([saying("ok", output_share=0.1)])))
    heir = Account(run=await claimed(mine.journal), journal=mine.journal, clock=mine.account.clock)
    await heir.settle_orphans()
    row = await mine.row()
    assert (row.unpriced_tokens, row.cost_microusd, row.price_known) == (WORST_TOKENS, 0, False)


def _billed() -> ModelUnreachable:
    error = ModelUnreachable("It broke off.")
    error.may_be_billed = True
    return error


shares = st.floats(0, 1)
behaviours: st.SearchStrategy[Behaviour] = st.one_of(
    st.builds(lambda i, o: saying("ok", input_share=i, output_share=o), shares, shares),
    st.builds(failing, st.builds(_billed)),
    st.just(failing(ModelUnauthorized("No."))),
    st.just(cut_off),
    st.builds(Stubborn),
)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(behaviours, st.booleans()), min_size=1, max_size=8),
    st.integers(0, 6 * WORST_TOKENS),
)
def test_the_ceiling_holds_whatever_fails_is_cut_or_is_cancelled(
    calls: Sequence[tuple[Behaviour, bool]], ceiling: int
) -> None:
    async def check() -> None:
        mine = await purse(ceiling)

        async def one(behaviour: Behaviour) -> None:
            with suppress(ArchonError):
                await mine.call(mine.over(MoodyModel([behaviour])))
            await mine.row()

        tasks = [asyncio.create_task(one(behaviour)) for behaviour, _ in calls]
        for _ in range(3):
            await asyncio.sleep(0)
            await mine.row()
        for task, (behaviour, is_cancelled) in zip(tasks, calls, strict=True):
            if is_cancelled or isinstance(behaviour, Stubborn):
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        row = await mine.row()
        events = await mine.journal.events(TASK)
        charges = [charge for event in events if (charge := getattr(event.body, "charge", None))]
        assert row.unpriced_reserved_tokens == 0, "nothing stays set aside"
        assert row.unpriced_tokens == sum(charge.unpriced_tokens for charge in charges)
        assert row.cost_microusd == 0

    asyncio.run(check())
