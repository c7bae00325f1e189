"""What a container engine turned out to be on this machine, and the arguments that follow from it."""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archon.adapters.sandbox.containers.client import Client
from archon.adapters.sandbox.limits import counts_by_namespace
from archon.adapters.sandbox.marks import own_mark
from archon.domain.execution import SandboxLimits

_MB = 1 << 20
USER_INSIDE = 1000
"""What an ordinary user is called inside where the engine makes a user namespace."""
_MANY_PROCESSES = 32_768
"""Podman keeps less for its containers than it has been given itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    client: Client
    image: str
    is_rootless: bool
    has_selinux: bool = False
    cgroups: tuple[str, ...] = ()
    """Arguments for a runtime that cannot use control groups."""
    groups: str | None = None
    """The version of the control groups in which the engine keeps limits; None where it keeps none."""
    can_limit_swap: bool = True
    """Whether it can without a warning, which would stand in each command's stderr."""

    def confined(self, user: tuple[int, int], limits: SandboxLimits) -> list[str]:
        """Arguments for `run` that take from a container what it does not need.

        `user` is the id of the user and of the group. Joining a network and mounts are not among them.
        """
        return [
            "--pull=never",
            *("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
            *(["--security-opt=label=disable"] if self.has_selinux else []),
            *("--ipc=private", "--cgroupns=private", f"--user={user[0]}:{user[1]}"),
            *("--log-driver=none", "--stop-signal=KILL", "--workdir=/"),
            *("--label=archon=1", f"--label=archon.owner={own_mark()}"),
            *self._counted(limits),
            *self._limited(limits),
            *self.cgroups,
            *(["--read-only-tmpfs=false", "--http-proxy=false"] if self.client.is_podman else []),
        ]

    def alone(self) -> list[str]:
        """Arguments for the container that makes a sandbox's network."""
        return [
            *("--network=none", "--hostname=sandbox"),
            *(["--no-hosts"] if self.client.is_podman else []),
            *([f"--userns=keep-id:uid={USER_INSIDE},gid={USER_INSIDE}"] if self.is_rootless else []),
        ]

    def beside(self, name: str) -> list[str]:
        """Arguments for a container in the network of that one.

        Docker takes the host name over with the network, and refuses to be told it again. Podman shows
        the machine's devices in /sys, which Docker cannot be asked to hide either.
        """
        podman = ["--hostname=sandbox", "--no-hosts", "--security-opt=mask=/sys"]
        return [
            f"--network=container:{name}",
            *(podman if self.client.is_podman else []),
            *([f"--userns=container:{name}"] if self.is_rootless else []),
        ]

    def without(self, hidden: Sequence[str]) -> list[str]:
        """Arguments that hide those places: Docker, which cannot be asked to, hides the worst by itself."""
        return [f"--security-opt=mask={':'.join(hidden)}"] if self.client.is_podman and hidden else []

    def _counted(self, limits: SandboxLimits) -> list[str]:
        if self.groups is None:
            return []
        memory = f"{limits.memory_mb}m"
        swap = [f"--memory-swap={memory}"] if self.can_limit_swap else []
        return [f"--pids-limit={limits.pids}", f"--memory={memory}", *swap]

    def _limited(self, limits: SandboxLimits) -> list[str]:
        """Limits of single processes. All are named: an engine's own may be more than this machine has."""
        amounts = {
            "core": 0,
            "cpu": limits.cpu_s,
            "fsize": limits.disk_mb * _MB,
            "msgqueue": 0,
            "nofile": limits.open_files,
            "nproc": self._processes(limits),
        }
        if self.groups is None:
            amounts["data"] = limits.memory_mb * _MB
        return [f"--ulimit={name}={amount}:{amount}" for name, amount in amounts.items()]

    def _processes(self, limits: SandboxLimits) -> int:
        """How many its user may run: so many that it does not matter, where something else counts them."""
        if self.groups is None and (os.geteuid() == 0 or counts_by_namespace()):
            return limits.pids
        allowed = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        return _MANY_PROCESSES if allowed == resource.RLIM_INFINITY else min(allowed, _MANY_PROCESSES)


def has_selinux(switch: Path = Path("/sys/fs/selinux/enforce")) -> bool:
    """Whether SELinux is on, which lets containers read only what it was told to be for them."""
    return switch.exists()
