"""A sandbox that is up: the agent inside, the commands that it carries out, and the end of them all."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol, TypeAlias

from archon.adapters.sandbox.link import CommandEnded, Link, LinkLost
from archon.adapters.sandbox.output import Kept, OutputPipe
from archon.adapters.sandbox.process import exit_of, memory_file, sealed
from archon.adapters.sandbox.stopping import StoppedBy, stopped_by
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command
from archon.ports.sandbox import Heard

START_TIMEOUT_S = 30
GRACE_S = 5
"""How long the agent may take to end a command, before all is ended from outside."""
MOST_SAID_BYTES = 10_000

Watch: TypeAlias = Callable[[], Coroutine[None, None, StoppedBy]]
"""Runs beside a command, which is stopped when it returns."""


class Inside(Protocol):
    """All that runs in a sandbox, as it can be got hold of from outside, without the agent's help."""

    def kill(self, pid: int) -> None:
        """Kill it all; `pid` is the process that was started, in case there is no inside yet."""

    async def ended(self) -> None:
        """Wait until nothing of it lives."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    status: int | None
    """As waitpid(2) gives it; None when everything inside has died."""
    stdout: Kept
    stderr: Kept
    stopped_by: StoppedBy
    is_clean: bool
    """Whether another command may run in the same sandbox."""
    duration_s: float


class Live:
    """Made by `started`. Commands are carried out one at a time, servers beside them."""

    def __init__(
        self, process: subprocess.Popen[bytes], link: Link, inside: Inside, owner: int | None
    ) -> None:
        self.pid = process.pid
        self.link = link
        self._process = process
        self._inside = inside
        self._owner = owner
        self._undo = ExitStack()
        self.exited = self._undo.enter_context(exit_of(process.pid))
        # It watches over nothing more, so nothing may go on.
        self.exited.add_done_callback(lambda _: self.kill())

    @property
    def is_lost(self) -> bool:
        return self.exited.done() or self.link.is_lost

    async def carry_out(
        self,
        verb: Literal["run", "serve"],
        command: Command,
        environment: Mapping[str, str],
        watch: Watch,
        heard: Heard | None = None,
    ) -> Outcome:
        """Start a command and wait for its end, which time, `watch` and cancellation bring about.

        Raises: LinkLost when it could not be started.
        """
        started = time.monotonic()
        with (
            self._output(command, "stdout", heard) as stdout,
            self._output(command, "stderr", heard) as stderr,
        ):
            number, answer = self._start(verb, command, environment, stdout, stderr)
            watcher = asyncio.ensure_future(watch())
            stopped: StoppedBy = ""
            try:
                stopped = await stopped_by(answer, watcher, command.timeout_s)
            finally:
                watcher.cancel()
                if not answer.done():
                    await self._stop(number, answer)
            ended = None if answer.exception() else answer.result()
            return Outcome(
                status=ended.status if ended else None,
                stdout=stdout.finish(),
                stderr=stderr.finish(),
                stopped_by=stopped,
                is_clean=ended is not None and ended.is_clean,
                duration_s=time.monotonic() - started,
            )

    def kill(self) -> None:
        self._inside.kill(self.pid)

    async def close(self) -> None:
        """Kill everything, and wait until it is gone."""
        self.link.close()
        self.kill()
        await self._inside.ended()
        await asyncio.wait({self.exited})
        self._process.wait()
        self._inside.close()
        self._undo.close()

    def _start(
        self,
        verb: str,
        command: Command,
        environment: Mapping[str, str],
        stdout: OutputPipe,
        stderr: OutputPipe,
    ) -> tuple[int, asyncio.Future[CommandEnded]]:
        with (
            _closing(memory_file("request", _request(command, environment))) as request,
            _closing(sealed(command.stdin)) as stdin,
        ):
            begun = self.link.start(verb, (request, stdin, stdout.writer, stderr.writer))
        stdout.close_writer()
        stderr.close_writer()
        return begun

    async def _stop(self, number: int, answer: asyncio.Future[CommandEnded]) -> None:
        with suppress(LinkLost):
            self.link.stop(number)
        await asyncio.wait({answer}, timeout=GRACE_S)
        if not answer.done():
            self.kill()
            await asyncio.wait({answer})

    @contextmanager
    def _output(
        self, command: Command, name: Literal["stdout", "stderr"], heard: Heard | None
    ) -> Iterator[OutputPipe]:
        piece = partial(heard, name) if heard else None
        pipe = OutputPipe(keep_bytes=command.max_output_bytes, owner=self._owner, heard=piece)
        try:
            yield pipe
        finally:
            pipe.close()


async def started(
    argv: Callable[[int], list[str]],
    *,
    link: Link,
    inside: Inside,
    descriptors: tuple[int, ...],
    owner: int | None,
    refusal: Callable[[bytes], SandboxUnavailable],
) -> Live:
    """Start the program that isolates, and wait for the agent inside.

    `argv` gets the number of the agent's end of the link; `refusal` makes the error out of what the
    program said instead. `owner` is the user id of the commands where that is another. Raises:
    SandboxUnavailable; OSError where this process has no more files to open.
    """
    other_end = link.other_end.fileno()
    with _closing(os.memfd_create("said", os.MFD_CLOEXEC)) as said:
        try:
            process = _popen(argv(other_end), said, (other_end, *descriptors))
        finally:
            link.other_end.close()
        try:
            live = Live(process, link, inside, owner)
        except BaseException:
            process.kill()
            process.wait()
            raise
        try:
            await asyncio.wait(
                {link.ready, live.exited}, timeout=START_TIMEOUT_S, return_when="FIRST_COMPLETED"
            )
            if link.ready.done() and not link.ready.exception():
                return live
        except BaseException:
            await live.close()
            raise
        await live.close()
        raise refusal(os.pread(said, MOST_SAID_BYTES, 0))


def _popen(argv: list[str], said: int, descriptors: tuple[int, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=said,
        env={},
        cwd="/",
        pass_fds=descriptors,
        start_new_session=True,
    )


def _request(command: Command, environment: Mapping[str, str]) -> bytes:
    variables = [f"{name}={value}" for name, value in environment.items()]
    return b"\0".join(map(os.fsencode, (command.cwd, str(len(variables)), *variables, *command.argv)))


@contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)
