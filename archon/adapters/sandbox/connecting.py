"""Waits for a connection that somebody else has begun."""

from __future__ import annotations

import asyncio
import os
import socket

TIMEOUT_S = 10


async def connected(there: socket.socket) -> socket.socket:
    """The non-blocking socket itself, once it is connected.

    Raises: ConnectionRefusedError and other OSErrors of connect(2), TimeoutError; then it is closed.
    """
    loop = asyncio.get_running_loop()
    has_come = asyncio.Event()
    loop.add_writer(there, has_come.set)
    try:
        await asyncio.wait_for(has_come.wait(), TIMEOUT_S)
        error = there.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
    except BaseException:
        loop.remove_writer(there)
        there.close()
        raise
    loop.remove_writer(there)
    return there
