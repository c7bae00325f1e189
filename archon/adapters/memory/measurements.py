"""Findings about models that live and die with their process."""

from __future__ import annotations

from archon.domain.measured import Measured


class MemoryMeasurements:
    """A `Measurements` that shares nothing."""

    def __init__(self) -> None:
        self._kept: dict[str, Measured] = {}

    async def store(self, measured: Measured) -> None:
        self._kept[measured.model] = measured

    async def all(self) -> dict[str, Measured]:
        return dict(self._kept)
