"""Processes that are only pretended: all of them share one dictionary of beats."""

from __future__ import annotations

from archon.domain.sight import Sight, look
from archon.domain.values import OwnerId
from archon.ports.clock import Clock


class MemoryOwners:
    """One of the processes that share `beats`. To kill one, remove its beat."""

    def __init__(
        self, clock: Clock, *, beats: dict[OwnerId, int] | None = None, lease_s: float = 30.0
    ) -> None:
        self.id = OwnerId(clock.new_id())
        self._clock = clock
        self._lease_s = lease_s
        self._beats = {} if beats is None else beats
        self._seen: dict[OwnerId, Sight] = {}

    def another(self) -> MemoryOwners:
        """One more process beside this one."""
        return MemoryOwners(self._clock, beats=self._beats, lease_s=self._lease_s)

    async def enter(self) -> None:
        self._beats[self.id] = 0

    async def leave(self) -> None:
        self._beats.pop(self.id, None)

    async def beat(self) -> None:
        self._beats[self.id] = self._beats.get(self.id, 0) + 1

    async def is_gone(self, owner: OwnerId) -> bool:
        beat = self._beats.get(owner)
        if beat is None:
            return True
        now = self._clock.monotonic()
        sight = self._seen[owner] = look(self._seen.get(owner), beat, now)
        return owner != self.id and now - sight.since_s >= self._lease_s
