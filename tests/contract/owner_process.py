"""A process that enters, says its id, and beats whenever it is told to."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from archon.adapters.clock.system import SystemClock
from archon.adapters.sql.database import Database
from archon.adapters.sql.owners import SqlOwners


async def main(directory: Path, *, with_child: bool) -> None:
    database = Database(directory / "archon.db")
    owners = SqlOwners(database, directory / "owners", SystemClock())
    await owners.enter()
    if with_child:
        leave_a_program_running()
    print(owners.id, flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        await owners.beat()
        print("beaten", flush=True)


def leave_a_program_running() -> None:
    """Once with everything handed on that can be."""
    subprocess.Popen(["sleep", "20"], close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), with_child="with-child" in sys.argv))
