"""The programs of the machine that make a sandbox: found once, with what they can do."""

from __future__ import annotations

import os
import re
import shutil
import signal
from dataclasses import dataclass

from archon.adapters.sandbox.process import Launch, run, undisturbed
from archon.domain.errors import SandboxUnavailable

_NEEDED = frozenset(
    {"--args", "--json-status-fd", "--perms", "--remount-ro", "--die-with-parent", "--seccomp"}
)


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    path: str
    options: frozenset[str]
    """Its options by name: they grew with its versions."""

    def can(self, option: str) -> bool:
        return option in self.options


async def found(name: str, *, as_root: bool) -> Bubblewrap:
    """The bubblewrap of this machine. Raises: SandboxUnavailable with what to install."""
    path = shutil.which(name)
    if path is None:
        raise SandboxUnavailable(
            "bubblewrap is not installed.",
            hint="Install it: `apt install bubblewrap`, `dnf install bubblewrap` or `apk add bubblewrap`.",
        )
    for program in ("/usr/bin/prlimit", *(["/usr/bin/setpriv"] if as_root else [])):
        if shutil.which(program) is None:
            raise SandboxUnavailable(
                f"{program} is not installed.", hint="Install it: `apt install util-linux`."
            )
    said = await run(
        Launch(argv=(path, "--help"), stdin=b"", timeout_s=10, max_output_bytes=100_000),
        kill=lambda pid: os.kill(pid, signal.SIGKILL),
        watch=undisturbed,
    )
    text = said.stdout.data.decode("utf-8", "replace")
    options = frozenset(re.findall(r"^\s+(--[a-z0-9-]+)", text, re.MULTILINE))
    if not options >= _NEEDED:
        raise SandboxUnavailable(
            f"{path} is too old: it does not know {', '.join(sorted(_NEEDED - options))}.",
            hint="Install bubblewrap 0.5 or newer.",
        )
    return Bubblewrap(path, options)
