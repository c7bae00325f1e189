"""Runs acceptance checks on a program's results, out of the program's sight."""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from archon.domain.execution import Command, Mount
from archon.domain.values import JsonObject
from archon.engine.scope import Scope
from archon.ports.sandbox import SandboxProvider
from archon.tools.commands import Ran, as_text, run_command

FOLDER = "/checks"
HARNESS = "check_harness.py"
TIMEOUT_S = 120.0
SHOWN_LINES = 6
"""How much of what broken checks said is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one check said."""

    name: str
    passed: bool
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    verdicts: tuple[Verdict, ...]
    problem: str = ""
    """Why the checks themselves could not be run to their end; empty otherwise."""

    @property
    def passed(self) -> bool:
        return not self.problem and all(verdict.passed for verdict in self.verdicts)


async def run_checks(
    scope: Scope,
    provider: SandboxProvider,
    *,
    program: str,
    names: Sequence[str],
    changed: Mapping[str, bytes | None],
    stdout: bytes,
    stderr: bytes,
) -> Checked:
    """The verdict of each named check on the workspace and the program's output.

    `changed` says what the paths that the run changed held before it, None for those it made: a check
    that runs the program again does so without its traces. They run in a sandbox of their own that sees
    the workspace read-only, and no file in it holds them. A check that gives no verdict has failed; when
    anything else is said in the place of verdicts, none of them counts. Raises: SandboxUnavailable.
    """
    harness = files("archon.tools").joinpath(HARNESS).read_text("utf-8")
    told: JsonObject = {
        "program": program,
        "names": [*names],
        "changed": {path: _encoded(held) for path, held in changed.items()},
        "stdout": as_text(stdout),
        "stderr": as_text(stderr),
    }
    stdin = json.dumps(told).encode()
    command = Command(argv=("python", f"{FOLDER}/{HARNESS}"), stdin=stdin, timeout_s=TIMEOUT_S)
    with tempfile.TemporaryDirectory(prefix="archon-checks-") as parent:
        mount = Mount(source=_lay_out(Path(parent), harness), target=FOLDER)
        ran = await run_command(
            scope, provider, command, mounts={FOLDER: mount}, mounted={HARNESS: harness}, read_only=True
        )
    return read_verdicts(ran, names, token=token_of(stdin))


def _encoded(held: bytes | None) -> str | None:
    return None if held is None else base64.b64encode(held).decode("ascii")


def _lay_out(parent: Path, harness: str) -> Path:
    """A folder with the harness, readable for the sandbox's own user, whoever that is."""
    folder = parent / "checks"
    folder.mkdir(mode=0o755)
    parent.chmod(0o755)
    (folder / HARNESS).write_text(harness, encoding="utf-8")
    (folder / HARNESS).chmod(0o644)
    return folder


def token_of(stdin: bytes) -> str:
    """What marks the verdicts of a harness that was told `stdin`.

    Nobody else in its sandbox has seen that. It is no random one, for a task that is resumed must ask
    the same again to find the recorded answer.
    """
    return hashlib.sha256(stdin).hexdigest()


def read_verdicts(ran: Ran, names: Sequence[str], *, token: str) -> Checked:
    """The verdicts that the harness printed, each once, with its token, and then ended with 0.

    Whatever else it came to is a problem, and with a line that is not the harness's own no verdict counts.
    """
    lines = as_text(ran.stdout).splitlines()
    said = {verdict.name: verdict for line in lines if (verdict := _verdict(line, token))}
    is_foreign = len(said) < len(lines) or not said.keys() <= {*names}
    counted = {} if is_foreign else said
    verdicts = tuple(
        counted.get(name, Verdict(name=name, passed=False, message="gave no verdict")) for name in names
    )
    if is_foreign:
        problem = "The checks' verdicts do not count: something else was printed among them."
    elif ran.timed_out:
        problem = f"The checks did not end within {TIMEOUT_S:.0f} seconds."
    elif ran.exit_code or len(said) < len(names):
        problem = _last_words(ran)
    else:
        problem = ""
    return Checked(verdicts=verdicts, problem=problem)


def _last_words(ran: Ran) -> str:
    said_last = as_text(ran.stderr).strip().splitlines()[-SHOWN_LINES:] or [f"exit code {ran.exit_code}"]
    joint = "\n" if len(said_last) > 1 else " "
    return f"The checks could not be run to their end:{joint}" + "\n".join(said_last)


def _verdict(line: str, token: str) -> Verdict | None:
    """The verdict in a line; None when it is not the harness's."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    match said:
        case {"token": str(own), "name": str(name), "passed": bool(passed), "message": str(message)}:
            return Verdict(name=name, passed=passed, message=message) if own == token else None
    return None
