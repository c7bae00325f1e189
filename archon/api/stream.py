"""A task's journal as server-sent events: whoever reconnects with the last id loses nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator

from archon.api.reader import News, Reader
from archon.api.serving import Serving
from archon.domain.errors import ArchonError
from archon.domain.event_json import event_to_json
from archon.domain.events import Finished
from archon.domain.values import Json

log = logging.getLogger(__name__)


async def stream(serving: Serving, reader: Reader) -> AsyncIterator[bytes]:
    """The frames from the reader's place on, until the task has finished or the server goes down.

    Each event is a frame of its kind whose id is its number. `retract` names numbers that no longer
    hold; it has no id, so that it comes again where it may have been lost.
    """
    try:
        await reader.begin()
        while not serving.closing.is_set():
            news = await reader.read()
            if news is None:
                if not await _wait(serving, reader):
                    yield b": still here\n\n"
                continue
            for frame in _frames(news):
                yield frame
            if any(isinstance(event.body, Finished) for event in news.events):
                return
    except ArchonError as error:
        log.error("the stream of task %s breaks off: %s", reader.task_id, error)


def _frames(news: News) -> list[bytes]:
    frames = [_frame("retract", {"seqs": list(news.retracted)})] if news.retracted else []
    return frames + [_frame(e.body.kind, event_to_json(e), id_=str(e.seq)) for e in news.events]


def _frame(kind: str, data: Json, *, id_: str | None = None) -> bytes:
    place = f"id: {id_}\n" if id_ else ""
    return f"{place}event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


async def _wait(serving: Serving, reader: Reader) -> bool:
    """Wait for an event or for the server to close; False after a heartbeat's time without either."""
    journal = serving.platform.journal
    news = asyncio.create_task(
        journal.wait(reader.task_id, after=reader.after, timeout_s=serving.config.heartbeat_s)
    )
    closing = asyncio.create_task(serving.closing.wait())
    try:
        await asyncio.wait({news, closing}, return_when=asyncio.FIRST_COMPLETED)
        return closing.done() or news.result()
    finally:
        news.cancel()
        closing.cancel()
