"""How the guard of a sandbox is started, and what it is told."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from archon.adapters.sandbox import live
from archon.adapters.sandbox.commands import entering, without_privileges
from archon.adapters.sandbox.groups import Group
from archon.adapters.sandbox.landlock.guard import UNREACHABLE, Policy
from archon.adapters.sandbox.landlock.guarded import Guarded
from archon.adapters.sandbox.landlock.numbers import NUMBERS
from archon.adapters.sandbox.landlock.private import PrivateFolder
from archon.adapters.sandbox.landlock.strict import answered_calls, strict_filter
from archon.adapters.sandbox.layout import ETC, SYSTEM
from archon.adapters.sandbox.limits import single
from archon.adapters.sandbox.link import Link
from archon.adapters.sandbox.process import memory_file
from archon.adapters.sandbox.seccomp import seccomp_filter
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import SandboxLimits

_DEVICES = ("null", "zero", "full", "random", "urandom")
_RELEASE = ("debian_version", "lsb-release", "nsswitch.conf", "os-release", "redhat-release")
"""Files of /etc that programs give up over when they are there and may not be read."""
_ABOUT_THE_MACHINE = ("cpuinfo", "meminfo", "filesystems", "loadavg", "stat", "uptime", "version")
"""Files of /proc that tell nothing about any process."""
_INNER = "archon.adapters.sandbox."
_MODULES = ("agent", "landlock.kernel", "landlock.answering", "landlock.guard")
"""What runs inside, each after those that it imports."""
_BOOT = """
import json, os, sys, types
with open(int(sys.argv[1]), "rb") as file:
    told = json.load(file)
for name, source in told["modules"].items():
    module = sys.modules[name] = types.ModuleType(name)
    parent, _, own = name.rpartition(".")
    setattr(sys.modules.setdefault(parent, types.ModuleType(parent)), own, module)
    exec(compile(source, name, "exec"), module.__dict__)
module.main(told["policy"])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """How the processes of one sandbox are kept apart."""

    python: Path
    """Runs the guard and the agent."""
    shown: tuple[Path, ...]
    """Resolved folders to read and to execute from, beside those of the system."""
    writable: tuple[Path, ...]
    """Resolved."""
    private: PrivateFolder
    """One of the writable."""
    user: int | None
    """The user id of everything inside; None for the own."""
    group: Group | None
    """What counts memory and processes; None where a watchdog does."""
    limits: SandboxLimits

    async def start(self) -> live.Live:
        """The sandbox, up. Raises: SandboxUnavailable with the cure."""
        await asyncio.to_thread(self.private.use)
        link = Link()
        inside = Guarded()
        told = {"modules": _modules(), "policy": self._policy(link.other_end.fileno(), inside)}
        file = memory_file("told", json.dumps(told).encode())
        try:
            return await live.started(
                lambda _: [*self._outer(), str(self.python), "-I", "-S", "-B", "-c", _BOOT, str(file)],
                link=link,
                inside=inside,
                descriptors=(file, *inside.descriptors),
                owner=self.user,
                refusal=refusal,
            )
        except OSError as error:
            link.close()
            raise SandboxUnavailable(
                f"The sandbox cannot start: {error}.", hint="`archon doctor` looks at what it needs."
            ) from error
        finally:
            os.close(file)

    def _outer(self) -> list[str]:
        entrances = self.group.entrances if self.group else []
        unprivileged = without_privileges(self.user) if self.user is not None else []
        return [*entering(entrances), *unprivileged]

    def _policy(self, link: int, inside: Guarded) -> Policy:
        is_alone = self.group is None
        machine = os.uname().machine
        return Policy(
            link=link,
            control=inside.control,
            life=inside.life,
            wanted=[str(folder) for folder in self.shown],
            readable=[
                *("/usr", *(f"/{name}" for name in SYSTEM)),
                *(f"/etc/{name}" for name in (*ETC, *_RELEASE)),
                *(f"/proc/{name}" for name in _ABOUT_THE_MACHINE),
            ],
            usable=[f"/dev/{name}" for name in _DEVICES],
            writable=[str(folder) for folder in self.writable],
            private=str(self.private.path),
            # Those of an ordinary user are counted wherever they run, so that a limit would be wrong.
            limits=single(self.limits, memory=is_alone, processes=is_alone and self.user is not None),
            seccomp=NUMBERS[machine]["seccomp"],
            answered={str(number): name for number, name in answered_calls().items()},
            filters=(_text(strict_filter()), _text(seccomp_filter())),
        )


def refusal(said: bytes) -> SandboxUnavailable:
    """The error for what the guard printed when it could not start a sandbox."""
    text = said.decode("utf-8", "replace").strip()
    line = text.splitlines()[-1] if text else "the guard ended without a word"
    hint = "See `archon doctor`."
    if UNREACHABLE in line or "Permission denied" in line:
        hint = (
            "Without namespaces a sandbox's own user must be able to get there: keep it in folders that "
            "everybody may pass through (chmod 711), not in /root."
        )
    return SandboxUnavailable(f"The sandbox cannot start: {line}.", hint=hint)


@cache
def _modules() -> dict[str, str]:
    package = files("archon.adapters.sandbox")
    return {
        _INNER + name: package.joinpath(name.replace(".", "/") + ".py").read_text("utf-8")
        for name in _MODULES
    }


def _text(program: bytes) -> str:
    return base64.b64encode(program).decode("ascii")
