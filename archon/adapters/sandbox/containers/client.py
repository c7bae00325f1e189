"""Calls the command line program of a container engine: Docker's and Podman's are spoken to alike."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass

from archon.adapters.sandbox.containers.refusals import refusal
from archon.adapters.sandbox.process import Ended, Launch, run, undisturbed

_CALL_TIMEOUT_S = 60.0
_MOST_OUTPUT_BYTES = 1_000_000
_VARIABLES = frozenset({"HOME", "LOGNAME", "PATH", "TMPDIR", "USER", "DBUS_SESSION_BUS_ADDRESS"})
_PREFIXES = ("CONTAINER", "DOCKER_", "REGISTRY_", "STORAGE_", "XDG_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    path: str
    is_podman: bool
    options: tuple[str, ...] = ()
    """What stands before every subcommand, such as the runtime to use."""

    def argv(self, *words: str) -> tuple[str, ...]:
        return (self.path, *self.options, *words)

    async def call(self, *words: str, stdin: bytes = b"") -> Ended:
        """Run one subcommand to its end. Cancelling kills the program, not what the engine has begun."""
        launch = Launch(
            argv=self.argv(*words),
            stdin=stdin,
            timeout_s=_CALL_TIMEOUT_S,
            max_output_bytes=_MOST_OUTPUT_BYTES,
            env=environment(),
        )
        return await run(launch, kill=kill_client, watch=undisturbed)

    async def answer(self, *words: str, stdin: bytes = b"") -> str:
        """What the subcommand printed. Raises: SandboxUnavailable with the cure when it failed."""
        ended = await self.call(*words, stdin=stdin)
        if ended.exit_code != 0:
            raise refusal(self.path, ended.stderr.data, timed_out=ended.stopped_by == "time")
        return ended.stdout.data.decode("utf-8", "replace").strip()


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables by which an engine finds its files and its daemon.

    Not those of proxies, which both engines would hand on to the containers, passwords included.
    """
    return {
        name: value for name, value in environ.items() if name in _VARIABLES or name.startswith(_PREFIXES)
    }


def kill_client(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
