"""The latest moment at which an answer may still be going on, held by one timer for all of it."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Deadline:
    """Ends whoever waits for bytes when the moment comes, and nobody who does something else meanwhile.

    `asyncio.timeout_at` would cancel the task that entered it wherever that is by then; and one for each
    chunk would cost more than all else that is done with the chunk.
    """

    def __init__(self, at: float) -> None:
        """`at` is of the running loop's clock, in seconds."""
        self._is_over = False
        self._waiting: asyncio.Task[object] | None = None
        self._cancelled: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._timer = asyncio.get_running_loop().call_at(at, self._end)

    def wait(self) -> None:
        """Say that this task waits for bytes from here on. Raises: TimeoutError when it is too late."""
        if self._is_over:
            raise TimeoutError
        self._waiting = asyncio.current_task()
        self._cancelling = self._waiting.cancelling() if self._waiting else 0

    def rest(self) -> None:
        """Say that nobody waits for bytes any more."""
        self._waiting = None

    def __enter__(self) -> Deadline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises: TimeoutError in the place of the cancellation that was the deadline's own."""
        self._timer.cancel()
        self.rest()
        task, self._cancelled = self._cancelled, None
        if task is not None and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from None

    def _end(self) -> None:
        self._is_over = True
        if self._waiting is not None:
            self._cancelled = self._waiting
            self._waiting.cancel()
