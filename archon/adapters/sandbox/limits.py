"""The limits of single processes."""

from __future__ import annotations

import os
import re

from archon.domain.execution import SandboxLimits

_MB = 1 << 20


def single(limits: SandboxLimits, *, memory: bool, processes: bool) -> list[str]:
    """The limits of each single process as `name=value`, in the units of setrlimit(2).

    `memory` and `processes` too where no control group keeps them: the data segment rather than the
    address space, of which some runtimes reserve far more than they use.
    """
    kept = [
        "core=0",
        f"fsize={limits.disk_mb * _MB}",
        f"nofile={limits.open_files}",
        f"cpu={limits.cpu_s}",
    ]
    kept += [f"data={limits.memory_mb * _MB}"] if memory else []
    return [*kept, *([f"nproc={limits.pids}"] if processes else [])]


def limited(limits: SandboxLimits, *, memory: bool, processes: bool) -> list[str]:
    """The beginning of an argv whose rest runs under the limits of `single`."""
    kept = single(limits, memory=memory, processes=processes)
    return ["/usr/bin/prlimit", *(f"--{each}" for each in kept)]


def counts_by_namespace(release: str = "") -> bool:
    """Whether the kernel counts a user's processes for each user namespace by itself.

    Older ones count all that the user runs anywhere, so that a limit for a sandbox would be wrong.
    Source: Linux 5.14, "Count rlimits in each user namespace".
    """
    numbers = re.findall(r"\d+", release or os.uname().release)
    return tuple(map(int, numbers[:2])) >= (5, 14)
