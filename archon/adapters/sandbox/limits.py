"""The limits of single processes, set by a program that becomes the command."""

from __future__ import annotations

from archon.domain.execution import SandboxLimits

_MB = 1 << 20


def limited(limits: SandboxLimits, *, by_group: bool) -> list[str]:
    """The beginning of an argv whose rest runs under the limits.

    Without a control group (`by_group`) memory and processes are limited here too: the data segment
    rather than the address space, of which some runtimes reserve far more than they use.
    """
    argv = [
        "/usr/bin/prlimit",
        "--core=0",
        f"--fsize={limits.disk_mb * _MB}",
        f"--nofile={limits.open_files}",
    ]
    if not by_group:
        argv += [f"--data={limits.memory_mb * _MB}", f"--nproc={limits.pids}"]
    return argv
