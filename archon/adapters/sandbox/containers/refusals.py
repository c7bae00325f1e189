"""What container engines say when they cannot start something, and what a person can do about it."""

from __future__ import annotations

import re
from pathlib import Path

from archon.domain.errors import SandboxUnavailable

_CURES = (
    (
        ("unknown flag", "unknown shorthand", "invalid option"),
        "This engine is too old: install Podman 4.3, Docker 23 or newer.",
    ),
    (
        ("permission denied while trying to connect", "dial unix /var/run/docker.sock: connect: permission"),
        "Join the group that may use Docker (`sudo usermod -aG docker $USER`, then log in again), "
        "or use Podman, which needs no daemon.",
    ),
    (
        (
            "Cannot connect to the Docker daemon",
            "failed to connect to the docker API",
            "Is the docker daemon",
        ),
        "Start Docker (`sudo systemctl start docker`), or use Podman, which needs no daemon.",
    ),
    (
        ("newuidmap", "newgidmap", "subuid", "subgid", "insufficient UIDs or GIDs"),
        "Give your user further ids: `sudo apt install uidmap`, then `sudo usermod --add-subuids "
        "100000-165535 --add-subgids 100000-165535 $USER` and `podman system migrate`.",
    ),
    (
        ("cgroup",),
        "This machine's control groups do not suit the engine's runtime: install the other one "
        '(`apt install runc` or `apt install crun`), or set cgroup_manager = "cgroupfs" in containers.conf.',
    ),
    (
        ("rlimit",),
        "The engine may not raise a limit that this process has: raise it with `ulimit`.",
    ),
    (
        ("image not known", "No such image", "unable to find image", "Unable to find image"),
        "The image that Archon had made was removed meanwhile: start again, and it is made anew.",
    ),
    (
        ("source path does not exist", "no such file or directory", "statfs", "is not shared"),
        "The engine must run on this machine and see the same files as Archon: not in a virtual machine, "
        "nor reached over a network, nor from inside a container.",
    ),
    (
        ("no space left", "No space left"),
        "Make room where the engine keeps its containers.",
    ),
    (
        ("user namespace", "Operation not permitted", "operation not permitted"),
        "Allow user namespaces, or let Archon and the engine run as root; inside a container, that one needs "
        "--privileged.",
    ),
)


def refusal(program: str, said: bytes, *, timed_out: bool = False) -> SandboxUnavailable:
    """The error for what an engine's program printed before it failed."""
    name = Path(program).name
    text = _unwrapped(said.decode("utf-8", "replace"))
    if timed_out:
        return SandboxUnavailable(f"{name} does not answer.", hint=f"Look at what `{name} info` says.")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wanted = [line for line in lines if "rror" in line or "denied" in line] or lines
    line = wanted[0][:500].rstrip(".?") if wanted else f"{name} ended without a word"
    hints = [cure for marks, cure in _CURES if any(mark in text for mark in marks)]
    hint = hints[0] if hints else f"Look at what `{name} info` says."
    return SandboxUnavailable(f"{name} cannot start a sandbox: {line}.", hint=hint)


def _unwrapped(text: str) -> str:
    """The messages alone, without the time and level that Podman writes around some."""
    return re.sub(r'^time="[^"]*" level=\w+ msg="(.*)"$', r"\1", text, flags=re.MULTILINE)
