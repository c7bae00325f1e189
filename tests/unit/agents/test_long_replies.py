"""A long reply is read beside the other work of the process."""

from __future__ import annotations

import asyncio
import threading

from archon.agents.loop import LONG_REPLY_CHARS, read_aside
from archon.domain.conversation import ModelResponse


async def test_other_tasks_go_on_while_a_long_reply_is_read() -> None:
    loop, begun, gone_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def understand(response: ModelResponse) -> bool:
        loop.call_soon_threadsafe(begun.set)
        return gone_on.wait(10)

    async def go_on() -> None:
        await begun.wait()
        gone_on.set()

    other = asyncio.create_task(go_on())
    assert await read_aside(understand, ModelResponse(text="x" * LONG_REPLY_CHARS, finish_reason="stop"))
    await other


async def test_a_short_reply_is_read_at_once() -> None:
    response = ModelResponse(text="x", finish_reason="stop")
    assert await read_aside(lambda _: threading.current_thread(), response) is threading.current_thread()
