"""What every journal does with money: nothing is spent that was not set aside, nothing counts twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archon.domain.errors import Conflict, LeaseLost, NotFound
from archon.domain.events import Answered, Attempted, Charge, Completed, Draft, Problem
from archon.domain.values import OwnerId, TaskId
from archon.ports.journal import Journal, Reservation
from archon.testing.journal_contract import ON_ONE_JOURNAL, SPEC, US, running
from archon.testing.manual_clock import ManualClock

LIMIT = SPEC.budget_microusd


def held(name: str, worst: int, *, epoch: int = 1) -> Reservation:
    return Reservation(id=name, worst_microusd=worst, epoch=epoch, model="m")


def answered(name: str, cost: int) -> Draft:
    return Draft(
        body=Completed(
            effect="model", result="ok", charge=Charge(reservation_id=name, cost_microusd=cost, model="m")
        )
    )


def attempted(name: str, cost: int) -> Draft:
    charge = Charge(reservation_id=name, cost_microusd=cost, model="m")
    return Draft(body=Attempted(charge=charge, problem=Problem(code="c", message="m")))


def unpriced(name: str, worst: int, tokens: int) -> Reservation:
    return replace(held(name, worst), unpriced_tokens=tokens)


def unpriced_answer(name: str, cost: int, tokens: int) -> Draft:
    charge = Charge(
        reservation_id=name, cost_microusd=cost, model="m", price_known=False, unpriced_tokens=tokens
    )
    return Draft(body=Completed(effect="model", result="ok", charge=charge))


async def capped(journal: Journal, clock: ManualClock) -> TaskId:
    """A running task that may use a thousand tokens at an unknown price."""
    task_id = TaskId(clock.new_id())
    await journal.create(task_id, replace(SPEC, unpriced_token_limit=1_000), {}, owner=US)
    return task_id


class AccountContract:
    """Needs a `journal` fixture whose clock is the `clock` fixture."""

    async def test_money_is_set_aside_up_to_the_limit(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        assert await journal.reserve(task_id, held("a", LIMIT - 1))
        assert not await journal.reserve(task_id, held("b", 2))
        assert await journal.reserve(task_id, held("c", 1))
        assert await journal.reserve(task_id, held("free", 0))
        row = await journal.row(task_id)
        assert (row.spent_microusd, row.reserved_microusd) == (0, LIMIT)
        assert await journal.open_reservations(task_id) == [
            held("a", LIMIT - 1),
            held("c", 1),
            held("free", 0),
        ]

    async def test_an_event_settles_its_reservation(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        await journal.reserve(task_id, held("a", 600))
        await journal.reserve(task_id, held("b", 300))
        await journal.append(task_id, [answered("a", 120), attempted("b", 300)], epoch=1)
        row = await journal.row(task_id)
        assert (row.spent_microusd, row.reserved_microusd) == (420, 0)
        assert await journal.open_reservations(task_id) == []

    async def test_settling_twice_counts_once(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        await journal.reserve(task_id, held("a", 600))
        await journal.append(task_id, [answered("a", 120), attempted("a", 600)], epoch=1)
        await journal.append(task_id, [attempted("a", 600)], epoch=1)
        row = await journal.row(task_id)
        assert (row.spent_microusd, row.reserved_microusd) == (120, 0)

    async def test_a_charge_without_a_reservation_still_counts(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await running(journal, clock)
        await journal.append(task_id, [answered("", 5), answered("stray", 7), answered("stray", 7)], epoch=1)
        assert (await journal.row(task_id)).spent_microusd == 12

    async def test_a_lost_lease_sets_nothing_aside_and_settles_nothing(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await running(journal, clock)
        await journal.reserve(task_id, held("a", 600))
        await journal.claim(task_id, OwnerId("them"), from_epoch=1)
        with pytest.raises(LeaseLost):
            await journal.reserve(task_id, held("b", 1))
        with pytest.raises(LeaseLost):
            await journal.append(task_id, [answered("a", 120)], epoch=1)
        assert await journal.open_reservations(task_id) == [held("a", 600)]
        await journal.append(task_id, [attempted("a", 600)], epoch=2)
        assert (await journal.row(task_id)).spent_microusd == 600

    async def test_a_reservation_is_made_once_and_for_a_task(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await running(journal, clock)
        await journal.reserve(task_id, held("a", 1))
        with pytest.raises(Conflict):
            await journal.reserve(task_id, held("a", 1))
        with pytest.raises(NotFound):
            await journal.reserve(TaskId("nobody"), held("z", 1))

    async def test_tokens_at_an_unknown_price_have_a_ceiling_of_their_own(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await capped(journal, clock)
        assert await journal.reserve(task_id, unpriced("a", 1, 900))
        assert not await journal.reserve(task_id, unpriced("b", 1, 101))
        assert await journal.reserve(task_id, held("priced", 1))
        assert await journal.open_reservations(task_id) == [unpriced("a", 1, 900), held("priced", 1)]
        await journal.append(task_id, [unpriced_answer("a", 1, 300), answered("priced", 1)], epoch=1)
        row = await journal.row(task_id)
        assert (row.unpriced_tokens, row.unpriced_reserved_tokens) == (300, 0)
        assert (row.spent_microusd, row.unpriced_microusd, row.cost_microusd) == (2, 1, 1)
        assert await journal.reserve(task_id, unpriced("c", 1, 700))
        assert not await journal.reserve(task_id, unpriced("d", 1, 1))

    async def test_without_a_ceiling_tokens_are_counted_and_never_refused(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await running(journal, clock)
        assert await journal.reserve(task_id, unpriced("a", 1, 10**9))
        await journal.append(task_id, [unpriced_answer("a", 1, 10**9)], epoch=1)
        assert (await journal.row(task_id)).unpriced_tokens == 10**9

    async def test_more_money_raises_the_ceiling_of_tokens_as_much(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await capped(journal, clock)
        assert not await journal.reserve(task_id, unpriced("a", 1, 1_001))
        answer = Answered(answer={}, by="me", limit_microusd=2 * LIMIT)
        await journal.append(task_id, [Draft(body=answer)], epoch=0)
        assert (await journal.row(task_id)).unpriced_token_limit == 2_000
        assert await journal.reserve(task_id, unpriced("a", 1, 2_000))

    @settings(parent=ON_ONE_JOURNAL, max_examples=15)
    @given(calls=st.lists(st.tuples(st.integers(1, 700), st.floats(0, 1)), min_size=1, max_size=8))
    async def test_tokens_never_pass_their_ceiling_whatever_runs_at_once(
        self, journal: Journal, clock: ManualClock, calls: list[tuple[int, float]]
    ) -> None:
        task_id = await capped(journal, clock)

        async def call(number: int, worst: int, share: float) -> int:
            name = f"{task_id}-t{number}"
            if not await journal.reserve(task_id, unpriced(name, 0, worst)):
                return 0
            row = await journal.row(task_id)
            assert row.unpriced_tokens + row.unpriced_reserved_tokens <= 1_000
            used = int(worst * share)
            await journal.append(task_id, [unpriced_answer(name, 0, used)], epoch=1)
            return used

        used = await asyncio.gather(*(call(n, worst, share) for n, (worst, share) in enumerate(calls)))
        row = await journal.row(task_id)
        assert (row.unpriced_tokens, row.unpriced_reserved_tokens) == (sum(used), 0)

    @settings(parent=ON_ONE_JOURNAL, max_examples=15)
    @given(calls=st.lists(st.tuples(st.integers(0, 700), st.floats(0, 1)), min_size=1, max_size=8))
    async def test_spent_and_reserved_never_pass_the_limit_whatever_runs_at_once(
        self, journal: Journal, clock: ManualClock, calls: list[tuple[int, float]]
    ) -> None:
        task_id = await running(journal, clock)

        async def call(number: int, worst: int, share: float) -> int:
            name = f"{task_id}-{number}"
            if not await journal.reserve(task_id, held(name, worst)):
                return 0
            row = await journal.row(task_id)
            assert row.spent_microusd + row.reserved_microusd <= LIMIT
            cost = int(worst * share)
            await journal.append(task_id, [answered(name, cost)], epoch=1)
            return cost

        costs = await asyncio.gather(*(call(n, worst, share) for n, (worst, share) in enumerate(calls)))
        row = await journal.row(task_id)
        assert (row.spent_microusd, row.reserved_microusd) == (sum(costs), 0)
