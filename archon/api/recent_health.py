"""Looks at the platform's health at most every few seconds, however often callers ask."""

from __future__ import annotations

import asyncio

from archon.services.check_health import Health, check_health
from archon.services.platform import Platform

FRESH_S = 10.0
"""A look starts a sandbox and asks Ollama: nothing for everybody without a key to set off at will."""


class RecentHealth:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lock = asyncio.Lock()
        self._health: Health | None = None
        self._looked_at = 0.0

    async def look(self) -> Health:
        """The platform's health, `FRESH_S` old at most. Callers at the same time share one look."""
        clock = self._platform.clock
        async with self._lock:
            if self._health is None or clock.monotonic() - self._looked_at > FRESH_S:
                self._health = await check_health(self._platform)
                self._looked_at = clock.monotonic()
            return self._health
