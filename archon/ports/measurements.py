"""What probes have found out about models, kept until the next probe of the same one."""

from __future__ import annotations

from typing import Protocol

from archon.domain.measured import Measured


class Measurements(Protocol):
    async def store(self, measured: Measured) -> None:
        """Keep the findings in the place of any earlier ones about that model. Raises: DatabaseError."""
        ...

    async def all(self) -> dict[str, Measured]:
        """The newest findings by canonical model string. Raises: DatabaseError."""
        ...
