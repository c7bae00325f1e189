"""The first of several ways to isolate that works on this machine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command, Guarantees, SandboxSpec
from archon.ports.sandbox import Sandbox, SandboxProvider

log = logging.getLogger(__name__)

T = TypeVar("T")

_TRIAL = Command(argv=("true",))
"""What starts a sandbox that otherwise starts with its first command, which then finds it up."""


class OrderedProvider:
    """Tries its candidates in order, strongest first, until one has made a sandbox; that one is kept.

    Its name is that of the one in use, until then that of the first.
    """

    def __init__(self, candidates: Sequence[SandboxProvider]) -> None:
        self.name = candidates[0].name
        self._candidates = candidates
        self._chosen: SandboxProvider | None = None
        self._choosing = asyncio.Lock()

    async def probe(self) -> Guarantees:
        chosen = self._chosen
        return await (chosen.probe() if chosen else self._first(lambda candidate: candidate.probe()))

    async def create(self, spec: SandboxSpec) -> Sandbox:
        chosen = self._chosen
        return await (chosen.create(spec) if chosen else self._first(lambda each: _started(each, spec)))

    async def _first(self, act: Callable[[SandboxProvider], Awaitable[T]]) -> T:
        """What the first candidate gives that can. Raises: SandboxUnavailable with what each lacks."""
        async with self._choosing:
            if self._chosen is not None:
                return await act(self._chosen)
            refusals: list[tuple[str, SandboxUnavailable]] = []
            for candidate in self._candidates:
                try:
                    result = await act(candidate)
                except SandboxUnavailable as error:
                    refusals.append((candidate.name, error))
                    continue
                self._choose(candidate, refusals)
                return result
            raise _refused(refusals)

    def _choose(self, candidate: SandboxProvider, refusals: list[tuple[str, SandboxUnavailable]]) -> None:
        for name, error in refusals:
            log.warning("sandboxes are made by %s, since %s cannot: %s", candidate.name, name, error)
        self._chosen = candidate
        self.name = candidate.name


async def _started(candidate: SandboxProvider, spec: SandboxSpec) -> Sandbox:
    """A sandbox that is up. Raises: SandboxUnavailable."""
    sandbox = await candidate.create(spec)
    try:
        await sandbox.exec(_TRIAL)
    except BaseException:
        await sandbox.close()
        raise
    return sandbox


def _refused(refusals: list[tuple[str, SandboxUnavailable]]) -> SandboxUnavailable:
    """One error for all; what mends the first comes first, since it is the strongest."""
    lacks = " ".join(f"{name}: {error.message}" for name, error in refusals)
    cures = " Or, ".join(f"for {name}: {error.hint}" for name, error in refusals if error.hint)
    return SandboxUnavailable(f"No sandbox can be made here. {lacks}", hint=cures[:1].upper() + cures[1:])
