"""What every registry of processes knows about who lives. Subclass it and give it processes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from archon.domain.values import OwnerId
from archon.ports.owners import Owners
from archon.testing.manual_clock import ManualClock

LEASE_S = 30.0


class OwnersContract:
    """Needs a `process` fixture: each call makes one more process that sees all the others."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    async def test_a_process_that_has_entered_lives(self, process: Callable[[], Owners]) -> None:
        observer, other = process(), process()
        await other.enter()
        assert observer.id != other.id
        assert not await observer.is_gone(other.id)

    async def test_one_that_nobody_knows_is_gone(self, process: Callable[[], Owners]) -> None:
        assert await process().is_gone(OwnerId("nobody"))

    async def test_one_that_has_left_is_gone_at_once(self, process: Callable[[], Owners]) -> None:
        observer, other = process(), process()
        await other.enter()
        assert not await observer.is_gone(other.id)
        await other.leave()
        await other.leave()
        assert await observer.is_gone(other.id)

    async def test_a_still_beat_counts_from_the_first_look(
        self, process: Callable[[], Owners], clock: ManualClock
    ) -> None:
        observer, other = process(), process()
        await other.enter()
        clock.advance(1000)
        assert not await observer.is_gone(other.id)
        clock.advance(LEASE_S - 1)
        assert not await observer.is_gone(other.id)
        clock.advance(1)
        assert await observer.is_gone(other.id)

    async def test_a_beat_that_moves_keeps_a_process_alive(
        self, process: Callable[[], Owners], clock: ManualClock
    ) -> None:
        observer, other = process(), process()
        await other.enter()
        for _ in range(4):
            assert not await observer.is_gone(other.id)
            clock.advance(LEASE_S - 1)
            await other.beat()

    async def test_a_process_that_moves_again_is_no_longer_gone(
        self, process: Callable[[], Owners], clock: ManualClock
    ) -> None:
        observer, other = process(), process()
        await other.enter()
        await observer.is_gone(other.id)
        clock.advance(LEASE_S)
        assert await observer.is_gone(other.id)
        await other.beat()
        assert not await observer.is_gone(other.id)

    async def test_a_jump_of_the_wall_clock_expires_nothing(
        self, process: Callable[[], Owners], clock: ManualClock
    ) -> None:
        observer, other = process(), process()
        await other.enter()
        assert not await observer.is_gone(other.id)
        clock.jump(3600)
        assert not await observer.is_gone(other.id)

    async def test_no_process_takes_itself_for_dead(
        self, process: Callable[[], Owners], clock: ManualClock
    ) -> None:
        own = process()
        await own.enter()
        assert not await own.is_gone(own.id)
        clock.advance(LEASE_S * 10)
        assert not await own.is_gone(own.id)
