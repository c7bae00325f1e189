"""Looks at a sandbox from the inside, with canaries outside, and says what it really keeps apart."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import TypedDict

from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command, Guarantees
from archon.ports.sandbox import Sandbox

_REPORT = "Please report this with the version of your kernel."


class Seen(TypedDict):
    """What `looking.py` prints."""

    user: int
    is_without_privileges: bool
    is_filtered: bool
    done: list[str]
    """What must not work and did."""
    missed: list[str]
    """What must work and did not."""
    libraries: list[str]


def lay_out(place: Path) -> tuple[Path, Path]:
    """Make a folder to be a workspace, and one that only this user may change, with a canary in it."""
    place.chmod(0o755)
    workspace, canaries = place / "workspace", place / "canaries"
    for folder in (workspace, canaries):
        folder.mkdir()
        folder.chmod(0o755)
    (canaries / "canary").write_text("unharmed")
    return workspace, canaries


async def look_inside(sandbox: Sandbox, canaries: Path) -> Seen:
    """What a Python program can do in the sandbox to the folder of the canary, and to this process.

    Raises: SandboxUnavailable when none can run there.
    """
    program = files("archon.adapters.sandbox").joinpath("landlock/looking.py").read_bytes()
    words = ("python", "-I", "-", str(canaries), str(os.getpid()))
    result = await sandbox.exec(Command(argv=words, stdin=program, timeout_s=30))
    if result.exit_code != 0:
        last = result.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise SandboxUnavailable(
            f"Python does not run in the sandbox: {' '.join(last)}",
            hint="Its folder must be readable for every user, and have the ssl and sqlite3 modules.",
        )
    seen: Seen = json.loads(result.stdout)
    return seen


def guarantees(seen: Seen, *, abi: int, groups: str | None, as_root: bool) -> Guarantees:
    """What the sandbox keeps apart. Raises: SandboxUnavailable when it keeps less than it must."""
    holes = [f"it can {each}" for each in seen["done"]] + [f"it cannot {each}" for each in seen["missed"]]
    holes += [] if seen["is_without_privileges"] else ["it has privileges"]
    holes += [] if seen["is_filtered"] else ["its system calls are not filtered"]
    if as_root == (seen["user"] == os.getuid()):
        holes.append("it is the wrong user")
    if holes:
        raise SandboxUnavailable(
            f"The sandbox starts but does not isolate here: {'; '.join(holes)}.", hint=_REPORT
        )
    counted = f"control groups {groups}" if groups else "resource limits and a watchdog"
    return Guarantees(
        provider="landlock",
        isolated=True,
        filesystem=(
            f"Landlock {abi}: writable are the workspace and a private folder for /tmp, readable the host's "
            "programs; names, sizes and times of all files of the host can be asked for"
        ),
        network="none at all: no sockets, not even a loopback",
        processes=(
            "signals and memory of others out of reach, no /proc; all killed when a command ends; "
            "process numbers and the host's name are the machine's own"
        ),
        user=f"user {seen['user']}, {'of its own' if as_root else 'the same as Archon'}, no capabilities",
        kernel="without privileges and behind two filters of system calls",
        limits=f"{counted}; disk use is looked at 20 times a second",
        warnings=(*_WARNINGS, *_warnings(groups=groups, as_root=as_root)),
    )


_WARNINGS = (
    "this is the weaker sandbox, without namespaces: bubblewrap, where it can start, keeps more apart",
    "programs can find out which files the host has, how large they are and where links lead, but not "
    "what is in them",
    "/workspace, /tmp and /dev/shm are not there: programs find the real path of the workspace, and TMPDIR",
    "nothing can be served or reached, not even on localhost; nor do multiprocessing's locks work",
    "prepared toolchains are not shown",
)


def _warnings(*, groups: str | None, as_root: bool) -> list[str]:
    return [
        *([] if groups else ["no control groups: memory and processes are looked at 20 times a second"]),
        *([] if as_root or groups else ["for a moment a program can start more processes than its limit"]),
        *([] if as_root else ["all sandboxes run as your user: Landlock alone keeps them from your files"]),
    ]
