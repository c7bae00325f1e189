"""The same loop as an agent of pydantic-ai.

`python -m bench.programs.pydantic_ai_turns TURNS`, with the model's address in the environment.
"""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from collections.abc import AsyncIterable

from bench.programs.conversation import OBJECTIVE, SYSTEM, TOOL_DESCRIPTION, Report


class Enough(Exception):
    """Ends the agent in its last turn."""


async def main(turns: int) -> None:
    package = importlib.import_module("pydantic_ai")
    agent = package.Agent("openai-chat:gpt-4.1", instructions=SYSTEM)
    report = Report()

    async def run(command: str) -> str:
        shell = ["sh", "-c", command]
        done = subprocess.run(shell, capture_output=True)  # noqa: ASYNC221 - the bare loop does it so
        report.turned()
        if len(report.cpu_s) > turns:
            raise Enough
        return done.stdout.decode()

    async def hear(_: object, events: AsyncIterable[object]) -> None:
        async for _ in events:
            continue

    agent.tool_plain(description=TOOL_DESCRIPTION)(run)
    unlimited = package.UsageLimits(request_limit=None)
    try:
        await agent.run(OBJECTIVE, event_stream_handler=hear, usage_limits=unlimited)
    except Enough:
        report.print()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
