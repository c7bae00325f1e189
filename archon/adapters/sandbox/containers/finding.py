"""Finds a container engine on this machine, and by trial the way in which it runs a sandbox here."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from archon.adapters.sandbox.containers.client import Client
from archon.adapters.sandbox.containers.engine import Engine
from archon.adapters.sandbox.containers.refusals import refusal
from archon.adapters.sandbox.process import Ended
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import SandboxLimits

INSTALL = {
    "podman": "Install it: `apt install podman crun uidmap` or `dnf install podman`.",
    "docker": "Install it: https://docs.docker.com/engine/install, or use Podman: `apt install podman crun`.",
}
_RUNTIMES = ("crun", "runc")
_TRIAL = SandboxLimits(memory_mb=256, pids=16)
_LOOK = """
cd /sys/fs/cgroup || exit
for file in memory.max pids.max memory/memory.limit_in_bytes pids/pids.max; do
  if [ -r $file ]; then echo $file: "$(cat $file)"; fi
done
"""
_KEPT = {
    "v2": {"memory.max": str(_TRIAL.memory_mb << 20), "pids.max": str(_TRIAL.pids)},
    "v1": {"memory/memory.limit_in_bytes": str(_TRIAL.memory_mb << 20), "pids/pids.max": str(_TRIAL.pids)},
}
"""What the files of control groups say inside when the limits of the trial are kept, by version."""


async def found(program: str) -> Client:
    """The engine's program. Raises: SandboxUnavailable with what to install."""
    path = shutil.which(program)
    if path is None:
        name = Path(program).name
        raise SandboxUnavailable(f"{name} is not installed.", hint=INSTALL.get(name, f"Install {name}."))
    client = Client(path=path, is_podman=False)
    said = await client.answer("--version")
    # Some systems install Podman by the name of Docker as well.
    is_podman = "podman" in said.lower()
    return replace(client, is_podman=is_podman, options=("--log-level=error",) if is_podman else ())


async def is_rootless(client: Client) -> bool:
    """Whether the engine runs as an ordinary user, in a user namespace of its own.

    Raises: SandboxUnavailable when it cannot be asked, or when its containers could not write what
    belongs to this user.
    """
    if client.is_podman:
        return await client.answer("info", "--format", "{{.Host.Security.Rootless}}") == "true"
    options = await client.answer("info", "--format", "{{json .SecurityOptions}}")
    for name in ("rootless", "userns"):
        if f"name={name}" in options:
            raise SandboxUnavailable(
                f"Docker has user ids of its own here ({name}): its containers could not write your files.",
                hint="Use Podman, which can run them as yourself, or a Docker without that.",
            )
    return False


async def tried(engine: Engine, user: tuple[int, int], mounts: Sequence[str]) -> Engine:
    """The engine with options that run a container here, and with what was seen in it.

    Raises: SandboxUnavailable where none do, with what it said first that is not about control groups: those
    are what some of the ways get around.
    """
    failures = []
    for candidate in _candidates(engine):
        ended = await candidate.client.call(
            *("run", "--rm", *candidate.confined(user, _TRIAL), *candidate.alone(), *mounts),
            *(candidate.image, "/bin/sh", "-c", _LOOK),
        )
        if ended.exit_code == 0:
            return _seen(candidate, ended)
        failures.append(refusal(engine.client.path, ended.stderr.data, timed_out=ended.stopped_by == "time"))
    raise next((failure for failure in failures if "cgroup" not in failure.message), failures[0])


def _candidates(engine: Engine) -> Iterator[Engine]:
    """Ways to start a container, the best first: control groups, whatever runtime it takes to have them."""
    groups: list[tuple[str | None, tuple[str, ...]]] = [("wanted", ()), (None, ())]
    runtimes: list[tuple[str, ...]] = [()]
    if engine.client.is_podman:
        runtimes += [(f"--runtime={path}",) for path in filter(None, map(shutil.which, _RUNTIMES))]
        groups.append((None, ("--cgroups=disabled",)))
    for (kept, cgroups), runtime in itertools.product(groups, runtimes):
        client = replace(engine.client, options=(*engine.client.options, *runtime))
        yield replace(engine, client=client, groups=kept, cgroups=cgroups)


def _seen(engine: Engine, trial: Ended) -> Engine:
    lines = trial.stdout.data.decode("utf-8", "replace").splitlines()
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {name: value.strip() for name, value in facts.items()}
    kept = [version for version, files in _KEPT.items() if files.items() <= facts.items()]
    return replace(
        engine,
        groups=kept[0] if kept and engine.groups else None,
        can_limit_swap=b"swap" not in trial.stderr.data,
    )
