"""Which processes run tasks, and whether they still live."""

from __future__ import annotations

from typing import Protocol

from archon.domain.values import OwnerId


class Owners(Protocol):
    id: OwnerId
    """This process, unique for each start."""

    async def enter(self) -> None:
        """Make this process known as living. Raises: DatabaseError."""
        ...

    async def leave(self) -> None:
        """Say goodbye: from now on its tasks may be claimed at once. May be called twice."""
        ...

    async def beat(self) -> None:
        """Renew the sign of life. Raises: DatabaseError."""
        ...

    async def is_gone(self, owner: OwnerId) -> bool:
        """Whether that process can be taken for dead.

        On this host a dead process is known at once (its lock is free). A stopped one keeps its lock,
        so one whose beat has not moved for the lease time, watched on this process's monotonic
        clock, counts as gone too; between hosts the beat alone decides. A first look at a process
        that holds its lock is therefore always False. Clock jumps and sleep expire nothing.
        """
        ...
