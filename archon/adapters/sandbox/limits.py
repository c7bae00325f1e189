"""The limits of single processes, set by a program that becomes the command."""

from __future__ import annotations

import os
import re

from archon.domain.execution import SandboxLimits

_MB = 1 << 20


def limited(limits: SandboxLimits, *, memory: bool, processes: bool) -> list[str]:
    """The beginning of an argv whose rest runs under the limits of a file's size and open files.

    `memory` and `processes` too where no control group keeps them: the data segment rather than the
    address space, of which some runtimes reserve far more than they use.
    """
    argv = [
        "/usr/bin/prlimit",
        "--core=0",
        f"--fsize={limits.disk_mb * _MB}",
        f"--nofile={limits.open_files}",
    ]
    argv += [f"--data={limits.memory_mb * _MB}"] if memory else []
    return [*argv, *([f"--nproc={limits.pids}"] if processes else [])]


def counts_by_namespace(release: str = "") -> bool:
    """Whether the kernel counts a user's processes for each user namespace by itself.

    Older ones count all that the user runs anywhere, so that a limit for a sandbox would be wrong.
    Source: Linux 5.14, "Count rlimits in each user namespace".
    """
    numbers = re.findall(r"\d+", release or os.uname().release)
    return tuple(map(int, numbers[:2])) >= (5, 14)
