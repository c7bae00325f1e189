"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count


class ManualClock:
    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start
        self._monotonic_s = 0.0
        self._ids = count(1)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic_s

    async def sleep(self, seconds: float) -> None:
        """Takes no time: the clock moves instead."""
        self.advance(seconds)
        await asyncio.sleep(0)

    def new_id(self) -> str:
        """Identifiers that sort in the order they were made."""
        return f"{next(self._ids):026d}"

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds

    def jump(self, seconds: float) -> None:
        """Set the wall clock, as an administrator would: monotonic time does not see it."""
        self._now += timedelta(seconds=seconds)
