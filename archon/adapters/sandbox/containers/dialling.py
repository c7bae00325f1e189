"""Reaches ports inside a container through the input and output of programs that run in there."""

from __future__ import annotations

import asyncio
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from importlib.resources import files

from archon.adapters.sandbox.containers.client import Client, environment
from archon.domain.errors import SandboxUnavailable


class Dialler:
    def __init__(self, client: Client, container: str, variables: Mapping[str, str]) -> None:
        self._client = client
        self._variables = variables
        self._container = container
        self._relays: list[Process] = []

    async def dial(self, port: int) -> socket.socket:
        """A stream to a port of the container's loopback; closing it ends the program inside.

        Raises: ConnectionRefusedError when nobody listens there; SandboxUnavailable.
        """
        near, far = socket.socketpair()
        near.setblocking(False)
        try:
            with far:
                await self._start(port, far.fileno())
            answer = await asyncio.get_running_loop().sock_recv(near, 1)
            if answer == b"-":
                raise ConnectionRefusedError(f"Nobody listens at port {port} in the sandbox.")
            if answer != b"+":
                raise SandboxUnavailable("No program that reaches a port can be started in the sandbox.")
        except BaseException:
            near.close()
            raise
        return near

    async def ended(self) -> None:
        """Return when all its programs have ended, as they do when their container is removed."""
        for relay in self._relays:
            await relay.wait()

    async def _start(self, port: int, stream: int) -> None:
        relay = await asyncio.create_subprocess_exec(
            *self._client.argv("exec", "--interactive", self._container, *self._relay(port)),
            stdin=stream,
            stdout=stream,
            stderr=DEVNULL,
            env=environment(),
            cwd="/",
            start_new_session=True,
        )
        self._relays = [*(each for each in self._relays if each.returncode is None), relay]

    def _relay(self, port: int) -> list[str]:
        variables = [f"{name}={value}" for name, value in self._variables.items()]
        program = files("archon.adapters.sandbox.containers").joinpath("relay.py").read_text("utf-8")
        return ["/usr/bin/env", "-i", *variables, "python", "-I", "-c", program, str(port)]
