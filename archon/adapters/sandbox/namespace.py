"""Follows the first process of a sandbox's own PID namespace, whose end is the end of all in it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal


class Namespace:
    """What bubblewrap tells of the namespace that it makes; the command inside cannot forge it.

    A first process is not told to have ended until all others in its namespace have
    (pid_namespaces(7)), while bubblewrap, which watches from outside, may be killed before that.
    """

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._said = b""
        self._first = -1
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._reader, self._listen)

    def kill(self, pid: int) -> None:
        """Kill all inside; before there is an inside, bubblewrap itself, whose process is `pid`."""
        self._listen()
        with contextlib.suppress(ProcessLookupError):
            if self._first >= 0:
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)

    async def ended(self) -> None:
        """Wait until nothing in the namespace lives any more."""
        self._listen()
        if self._first < 0:
            return
        gone = asyncio.Event()
        self._loop.add_reader(self._first, gone.set)
        try:
            await gone.wait()
        finally:
            self._loop.remove_reader(self._first)

    def close(self) -> None:
        if self._reader >= 0:
            self._loop.remove_reader(self._reader)
        for descriptor in (self._reader, self.writer, self._first):
            if descriptor >= 0:
                os.close(descriptor)
        self._reader = self.writer = self._first = -1

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._said += os.read(self._reader, 4096)
        told = re.search(rb'"child-pid": (\d+)', self._said)
        if told and self._first < 0:
            with contextlib.suppress(ProcessLookupError):  # it has ended already
                self._first = os.pidfd_open(int(told[1]))
