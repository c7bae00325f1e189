"""Looks at a sandbox from the inside and says what it really keeps apart."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TypedDict

from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command, Guarantees
from archon.ports.sandbox import Sandbox


class Inside(TypedDict):
    """What `inside.py` prints."""

    user: int
    groups: list[int]
    capabilities: int
    no_new_privileges: bool
    is_filtered: bool
    reached: list[str]
    """Parts of the kernel that it can speak to without need."""
    descriptors: list[int]
    host: str
    interfaces: list[str]
    processes: list[int]
    writable: list[str]
    libraries: list[str]


async def look_inside(sandbox: Sandbox) -> Inside:
    """What a Python program sees in the sandbox. Raises: SandboxUnavailable when none can run there."""
    program = files("archon.adapters.sandbox").joinpath("inside.py").read_bytes()
    result = await sandbox.exec(Command(argv=("python", "-I", "-"), stdin=program, timeout_s=30))
    if result.exit_code != 0:
        last = result.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise SandboxUnavailable(
            f"Python does not run in the sandbox: {' '.join(last)}",
            hint="Its folder must be readable for every user, and have the ssl and sqlite3 modules.",
        )
    found: Inside = json.loads(result.stdout)
    return found


def guarantees(found: Inside, *, as_root: bool, groups: str | None, tmpfs_is_sized: bool) -> Guarantees:
    """What the sandbox keeps apart. Raises: SandboxUnavailable when it keeps less than it must."""
    holes = _holes(found)
    if holes:
        raise SandboxUnavailable(
            f"The sandbox starts but does not isolate here: {'; '.join(holes)}.",
            hint="Please report this with the version of your kernel and of bubblewrap.",
        )
    warnings = []
    if groups is None:
        warnings.append("no control groups: memory and processes are looked at 20 times a second")
    if not tmpfs_is_sized:
        warnings.append("this bubblewrap cannot limit the size of /tmp")
    return Guarantees(
        provider="bubblewrap",
        isolated=True,
        filesystem="writable: the workspace and a private /tmp; seen of the host: its programs",
        network="a loopback of its own, and a proxy that lets through what is allowed",
        processes="own process, IPC and host name spaces; all killed when a command ends",
        user=f"user {found['user']} {'of its own' if as_root else 'in a user namespace'}, no capabilities",
        kernel=_kernel(found),
        limits=f"{f'control groups {groups}' if groups else 'resource limits and a watchdog'}; "
        "growth of the workspace counted from outside",
        warnings=tuple(warnings),
    )


def _kernel(found: Inside) -> str:
    calls = "filtered system calls" if found["is_filtered"] else "all system calls"
    reached = f", {', '.join(found['reached'])} among them" if found["reached"] else ""
    return f"{calls}{reached}, without privileges"


def _holes(found: Inside) -> list[str]:
    claims = {
        "it runs as root": found["user"] == 0,
        "it has capabilities": found["capabilities"] != 0,
        "it may gain privileges": not found["no_new_privileges"],
        "it has the caller's groups": any(group != 65534 for group in found["groups"]),
        "it has open files of the caller": found["descriptors"] != [0, 1, 2],
        "it sees the name of the host": found["host"] != "sandbox",
        "it has a network": found["interfaces"] != ["lo"],
        "it sees processes of the host": len(found["processes"]) > 10,
        "it may write outside of its workspace": found["writable"] != ["/workspace", "/tmp"],  # noqa: S108
    }
    return [claim for claim, is_so in claims.items() if is_so]
