"""The host's end of the line to the agent in a sandbox, whose words are taken for nothing more than words."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from archon.adapters.sandbox.agent import received

_ENDED = re.compile(rb"ended ([0-9]{1,9}) ([0-9]{1,6}) (clean|dirty)")
_GIVEN = re.compile(rb"given ([0-9]{1,9})")

T = TypeVar("T")


class LinkLost(Exception):
    """The agent has gone, takes in nothing more, or says what it cannot have to say."""


@dataclass(frozen=True, slots=True)
class CommandEnded:
    status: int
    """As waitpid(2) gives it."""
    is_clean: bool
    """Whether, but for the workspace, a next command finds the sandbox as this one did."""


class Link:
    """Asks, and is answered in any order; `agent.py` has the protocol.

    Once the link is lost, every answer that is waited for, and every new question, is LinkLost.
    """

    def __init__(self) -> None:
        self._socket, self.other_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._asked = 0
        self._ends: dict[int, asyncio.Future[CommandEnded]] = {}
        self._gifts: dict[int, asyncio.Future[int]] = {}
        self._lost_by = ""
        self.ready: asyncio.Future[None] = self._loop.create_future()
        """Done when the agent is there to be asked, or failed with LinkLost."""
        self._loop.add_reader(self._socket, self._hear)

    @property
    def is_lost(self) -> bool:
        return bool(self._lost_by)

    def start(self, verb: str, files: Sequence[int]) -> tuple[int, asyncio.Future[CommandEnded]]:
        """Have a command started: its number, and what will tell its end. Raises: LinkLost."""
        number, answer = self._awaited(self._ends)
        self._say(f"{verb} {number}", files)
        return number, answer

    def stop(self, number: int) -> None:
        """Have a command killed; its end is told as ever. Raises: LinkLost."""
        self._say(f"stop {number}")

    async def dial(self, port: int) -> socket.socket:
        """A socket that is connecting to a port inside. Raises: LinkLost."""
        number, answer = self._awaited(self._gifts)
        self._say(f"dial {number} {port}")
        return _stream(await answer)

    async def listen(self, port: int) -> socket.socket:
        """A socket that listens inside, at another port where that one is taken. Raises: LinkLost."""
        number, answer = self._awaited(self._gifts)
        self._say(f"listen {number} {port}")
        return _stream(await answer)

    def close(self) -> None:
        self._lose("the sandbox is closed")
        self.other_end.close()

    def _awaited(self, kind: dict[int, asyncio.Future[T]]) -> tuple[int, asyncio.Future[T]]:
        self._asked += 1
        answer: asyncio.Future[T] = self._loop.create_future()
        kind[self._asked] = answer
        return self._asked, answer

    def _say(self, words: str, files: Sequence[int] = ()) -> None:
        if not self._lost_by:
            try:
                socket.send_fds(self._socket, [words.encode()], files)
            except OSError as error:
                self._lose(f"it takes in nothing more: {error.strerror}")
        if self._lost_by:
            raise LinkLost(self._lost_by)

    def _hear(self) -> None:
        try:
            said, files = received(self._socket)
        except BlockingIOError:
            return
        except ConnectionError:
            said, files = b"", []
        taken = self._understand(said, files)
        for file in files[taken:]:
            os.close(file)

    def _understand(self, said: bytes, files: list[int]) -> int:
        """Pass on what was said; how many of the files somebody has taken."""
        ended = _ENDED.fullmatch(said)
        if ended and int(ended[1]) in self._ends and _is_end(int(ended[2])) and not files:
            _set(self._ends.pop(int(ended[1])), CommandEnded(int(ended[2]), ended[3] == b"clean"))
            return 0
        if (given := _GIVEN.fullmatch(said)) and int(given[1]) in self._gifts and files:
            return int(_set(self._gifts.pop(int(given[1])), files[0]))
        if said == b"ready" and not self.ready.done() and not files:
            _set(self.ready, None)
            return 0
        self._lose("it has ended" if not said else f"it said {said[:40]!r}")
        return 0

    def _lose(self, why: str) -> None:
        if self._lost_by:
            return
        self._lost_by = why
        self._loop.remove_reader(self._socket)
        self._socket.close()
        _fail(self.ready, why)
        for end in self._ends.values():
            _fail(end, why)
        for gift in self._gifts.values():
            _fail(gift, why)


def _is_end(status: int) -> bool:
    """Whether waitpid(2) could give it for a process that has ended."""
    return os.WIFEXITED(status) or os.WIFSIGNALED(status)


def _set(answer: asyncio.Future[T], value: T) -> bool:
    """Whether somebody still waits for the value."""
    if answer.done():
        return False
    answer.set_result(value)
    return True


def _fail(answer: asyncio.Future[T], why: str) -> None:
    if not answer.done():
        answer.set_exception(LinkLost(why))
        answer.exception()  # seen, also where nobody waits


def _stream(descriptor: int) -> socket.socket:
    """The socket that was given. Raises: LinkLost when it is no stream of the internet's protocols."""
    there = None
    with suppress(OSError):
        there = socket.socket(fileno=descriptor)
        if there.family in {socket.AF_INET, socket.AF_INET6} and there.type == socket.SOCK_STREAM:
            there.setblocking(False)
            return there
    if there is None:
        os.close(descriptor)
    else:
        there.close()
    raise LinkLost("it gave something that is no connection")
