"""What a sandbox in a container keeps apart."""

from __future__ import annotations

from dataclasses import replace

from archon.adapters.sandbox import probing
from archon.adapters.sandbox.containers.engine import Engine
from archon.domain.execution import Guarantees


def guarantees(name: str, found: probing.Inside, engine: Engine, *, as_root: bool) -> Guarantees:
    """Raises: SandboxUnavailable when it keeps less than it must."""
    kept = probing.guarantees(found, as_root=as_root, groups=engine.groups, tmpfs_is_sized=True)
    warnings = []
    if engine.groups is None:
        warnings.append(_uncounted(engine))
    if not found["is_filtered"]:
        warnings.append("no system call filter")
    if engine.has_selinux:
        warnings.append("SELinux does not confine it: it could not read this machine's programs otherwise")
    if not (as_root or engine.is_rootless):
        warnings.append("outside of its container its user is your own")
    return replace(
        kept,
        provider=name,
        network="none: a loopback of its own",
        processes="a container for each command, with process, IPC and host name spaces of its own",
        user=f"user {found['user']}{' of its own' if as_root else ''}"
        f"{' in a user namespace' if engine.is_rootless else ''}, no capabilities",
        limits=f"{kept.limits}, for each command that runs at once",
        warnings=tuple(warnings),
    )


def _uncounted(engine: Engine) -> str:
    if engine.client.is_podman:
        return "no control groups: memory and processes are looked at 20 times a second"
    return "no control groups: memory is limited for single processes only"
