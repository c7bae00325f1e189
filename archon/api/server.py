"""Serves the application until it is told to stop: streams end first, then requests, then tasks pause."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Generator

import uvicorn
from fastapi import FastAPI

from archon.domain.errors import ConfigurationError

log = logging.getLogger(__name__)

GRACE_S = 5
"""How long requests in flight may take once the server goes down."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is any free one. Raises: ConfigurationError when it cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise ConfigurationError(
            f"Nothing can be served on {host}, port {port}: {reason}.",
            hint="Choose another --port or --host.",
        ) from error


async def serve(app: FastAPI, listening: socket.socket, *, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, and return when all running tasks have paused.

    Raises: ConfigurationError, before anything is served, when the platform cannot be opened.
    """
    async with app.router.lifespan_context(app):
        server = _Server(
            uvicorn.Config(
                app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=GRACE_S
            )
        )
        log.info("serving on http://%s:%d, with the API's documents at /docs", *listening.getsockname()[:2])
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[listening]))
            await stop.wait()
            app.state.serving.closing.set()
            server.should_exit = True


def stop_on_signals() -> asyncio.Event:
    """An event that SIGINT, SIGTERM and a closed terminal set; a second one of the first two ends at once."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def on_signal() -> None:
        stop.set()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, on_signal)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup does
        loop.add_signal_handler(signal.SIGHUP, stop.set)
    return stop


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone: raised again here, they would end the process before its tasks pause."""
        yield
