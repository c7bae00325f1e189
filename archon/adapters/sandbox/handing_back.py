"""The end of a sandbox that had a user id of its own."""

from __future__ import annotations

from archon.adapters.sandbox.seats import Seat, Seats
from archon.domain.execution import SandboxSpec
from archon.ports.folder import FolderSource


def leave(seats: Seats, seat: Seat, spec: SandboxSpec, folders: FolderSource) -> None:
    """Give up its user id, and give the workspace back where that is wished and no other has it too."""
    try:
        if spec.hands_back and seat.is_last():
            before = seat.holder
            folders.open(spec.workspace, owner=before.user, group=before.group).hand_over()
    finally:
        seats.leave(seat)
