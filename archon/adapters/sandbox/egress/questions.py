"""Asks about destinations that are not listed: about each once, however many programs want to go there."""

from __future__ import annotations

import asyncio
import logging

from archon.domain.egress import Destination
from archon.ports.sandbox import Ask

log = logging.getLogger(__name__)

_MOST = 50
"""A program that makes names up would otherwise have somebody asked without end."""


class Questions:
    def __init__(self) -> None:
        self.ask: Ask | None = None
        self._asked: dict[Destination, asyncio.Task[bool]] = {}

    async def may_be_reached(self, destination: Destination) -> bool:
        """The answer, which is kept; no when there is nobody to ask, or asking failed."""
        question = self._asked.get(destination)
        if question is None:
            if self.ask is None or len(self._asked) >= _MOST:
                return False
            question = asyncio.ensure_future(_answer(self.ask, destination))
            self._asked[destination] = question
        await asyncio.wait({question})
        if question.cancelled() or (error := question.exception()) is None:
            return not question.cancelled() and question.result()
        log.warning("nobody could be asked about %s", destination, exc_info=error)
        return False

    async def close(self) -> None:
        for question in self._asked.values():
            question.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)


async def _answer(ask: Ask, destination: Destination) -> bool:
    return await ask(destination)
