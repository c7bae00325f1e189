"""A sandbox whose commands see folders where they really are."""

from __future__ import annotations

from archon.adapters.sandbox.places import Places
from archon.adapters.sandbox.session import SessionSandbox
from archon.domain.execution import Command, ExecResult
from archon.ports.sandbox import Heard


class LandlockSandbox:
    """Has no `Network`: nothing can be served or reached from here."""

    def __init__(self, session: SessionSandbox, places: Places) -> None:
        self._session = session
        self._places = places

    async def exec(self, command: Command, *, heard: Heard | None = None) -> ExecResult:
        return await self._session.exec(self._places.there(command), heard=heard)

    async def read(self, path: str) -> bytes:
        return await self._session.read(path)

    async def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        await self._session.write(path, data, executable=executable)

    async def close(self) -> None:
        await self._session.close()
