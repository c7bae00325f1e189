"""The argv inside a sandbox: programs that each take something away and become the next."""

from __future__ import annotations

import re
from collections.abc import Mapping

from archon.domain.errors import InvalidInput
from archon.domain.execution import Command

_ENTER = (
    "echo 800 2>/dev/null > /proc/self/oom_score_adj; "
    'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; exec "$@"'
)


_START = 'cd -- "$1" || exit 126; unset OLDPWD; shift; exec "$@"'


def checked(command: Command) -> Command:
    """The command itself. Raises: InvalidInput when no process could be started with it."""
    words = (*command.argv, command.cwd, *command.env, *command.env.values())
    if not command.argv or not command.argv[0] or any("\0" in word for word in words):
        raise InvalidInput("A command needs a program, and no word of it may hold a NUL.")
    if not command.cwd.startswith("/"):
        raise InvalidInput(f"The working directory {command.cwd!r} is not absolute.")
    for name in command.env:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise InvalidInput(f"{name!r} cannot be the name of an environment variable.")
    return command


def entering(entrances: list[str]) -> list[str]:
    """The beginning of an argv whose rest is counted in control groups from its first instruction.

    It is also made the first to be killed when memory runs out, whatever protection Archon itself has
    from that (proc_pid_oom_score_adj(5)).
    """
    return ["/bin/sh", "-c", _ENTER, "sh", *entrances, "--"]


def without_privileges(user: int) -> list[str]:
    """The beginning of an argv whose rest runs as `user`, with no group, capability or way to get one."""
    return [
        "/usr/bin/setpriv",
        *(f"--reuid={user}", f"--regid={user}", "--clear-groups"),
        *("--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"),
    ]


def starting(command: Command, environment: Mapping[str, str]) -> list[str]:
    """The argv that starts the command in its directory with its environment and nothing else.

    Both are set only here, by the unprivileged user: a variable like LD_PRELOAD must not reach the
    programs before. 127 and 126 come from the shell when the program is not found or not executable.
    """
    variables = [f"{name}={value}" for name, value in {**environment, **command.env}.items()]
    return ["/usr/bin/env", "-i", *variables, "/bin/sh", "-c", _START, "sh", command.cwd, *command.argv]
