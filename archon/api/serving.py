"""What lives as long as the server does: the platform, its runner, and the word that it is closing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias, cast

from fastapi import Depends, Path, Request

from archon.api.config import ApiConfig
from archon.api.recent_health import RecentHealth
from archon.domain.errors import NotFound
from archon.domain.values import TaskId
from archon.services.platform import Platform
from archon.services.resume_stopped import resume_stopped
from archon.services.run_tasks import Runner
from archon.workflows.registry import NAMES, workflow

log = logging.getLogger(__name__)

OpenPlatform: TypeAlias = Callable[[], AbstractAsyncContextManager[Platform]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    config: ApiConfig
    platform: Platform
    health: RecentHealth
    runner: Runner
    working: asyncio.Task[None]
    """The runner at work; done only when it broke."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server goes down, so that streams end and let it."""


@asynccontextmanager
async def serve_platform(open_platform: OpenPlatform, config: ApiConfig) -> AsyncIterator[Serving]:
    """Open the platform, go on with what the last server paused, and run tasks until the end.

    At the end every running task pauses before the platform is closed.
    """
    async with open_platform() as platform:
        for name in NAMES:
            workflow(name)  # imported now: later it would hold up every request for a second or two
        await resume_stopped(platform)
        runner = Runner(platform)
        working = asyncio.create_task(runner.run())
        working.add_done_callback(_tell_of_a_fault)
        serving = Serving(
            config=config, platform=platform, health=RecentHealth(platform), runner=runner, working=working
        )
        try:
            yield serving
        finally:
            serving.closing.set()
            working.cancel()
            await asyncio.wait({working})
            await runner.stop()


def _tell_of_a_fault(working: asyncio.Task[None]) -> None:
    if not working.cancelled() and working.exception() is not None:
        log.critical("no more tasks are run: the runner broke", exc_info=working.exception())


def _serving(request: Request) -> Serving:
    return cast("Serving", request.app.state.serving)


def _task_id(task_id: Annotated[str, Path(description="The task's id.", examples=["01JZ3Y8T5W"])]) -> TaskId:
    if not (task_id.isascii() and task_id.isalnum()):
        raise NotFound(
            "There is no task of that id: ids are letters and digits.", hint="GET /tasks lists them."
        )
    return TaskId(task_id)


ServingNow: TypeAlias = Annotated[Serving, Depends(_serving)]
TaskIdInPath: TypeAlias = Annotated[TaskId, Depends(_task_id)]
