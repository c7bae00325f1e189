"""Asks the person at the terminal whether the sandbox may reach something."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress

from archon.cli.safe_text import printable
from archon.domain.egress import Destination
from archon.ports.sandbox import Ask

_LONGEST_ANSWER_BYTES = 1000


def asking() -> Ask | None:
    """What asks, where a person looks on: standard input and standard error are a terminal."""
    with suppress(OSError, ValueError):
        if sys.stdin.isatty() and sys.stderr.isatty():
            return _Asking().ask
    return None


class _Asking:
    """One question at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def ask(self, destination: Destination) -> bool:
        async with self._turn:
            wanted = printable(str(destination))
            question = (
                f"archon: something inside wants packages from {wanted}. Allow package registries? [y/N] "
            )
            sys.stderr.write(question)
            sys.stderr.flush()
            answer = await _line(sys.stdin.fileno())
            return answer.strip().lower() in {b"y", b"yes"}


async def _line(terminal: int) -> bytes:
    """The next line that is typed, without a thread that would outlive the question."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(terminal, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(terminal)
    return os.read(terminal, _LONGEST_ANSWER_BYTES)
