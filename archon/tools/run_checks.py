"""Runs acceptance checks on a program's results, out of the program's sight."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from archon.domain.execution import Command, Mount
from archon.domain.values import Json
from archon.engine.scope import Scope
from archon.ports.sandbox import SandboxProvider
from archon.tools.commands import Ran, as_text, run_command

FOLDER = "/checks"
TIMEOUT_S = 120.0


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
    made: Sequence[str],
    stdout: bytes,
    stderr: bytes,
) -> Checked:
    """The verdict of each named check on the workspace and the program's output.

    `made` are the files that the program made or changed: a check that runs it again does so without
    them. They run in a sandbox of their own that sees the workspace read-only. A check that gives no
    verdict has failed. Raises: SandboxUnavailable.
    """
    shown = {
        "checks.py": program.encode(),
        "run_checks.py": _harness(),
        "made.json": json.dumps([*made]).encode(),
        "stdout": stdout,
        "stderr": stderr,
    }
    argv = ("python", f"{FOLDER}/run_checks.py", *names)
    described: Json = {name: as_text(data) for name, data in shown.items()}
    with tempfile.TemporaryDirectory(prefix="archon-checks-") as parent:
        folder = Path(parent) / "checks"
        _lay_out(folder, shown)
        ran = await run_command(
            scope,
            provider,
            Command(argv=argv, timeout_s=TIMEOUT_S),
            mounts={FOLDER: Mount(source=folder, target=FOLDER)},
            mounted=described,
            read_only=True,
        )
    return _read(ran, names)


def _harness() -> bytes:
    return files("archon.tools").joinpath("check_harness.py").read_bytes()


def _lay_out(folder: Path, shown: dict[str, bytes]) -> None:
    """Readable for the sandbox's own user, whoever that is."""
    folder.mkdir(mode=0o755)
    folder.parent.chmod(0o755)
    for name, data in shown.items():
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o644)


def _read(ran: Ran, names: Sequence[str]) -> Checked:
    said = dict(_verdicts(as_text(ran.stdout)))
    missing = [name for name in names if name not in said]
    verdicts = tuple(
        said.get(name, Verdict(name=name, passed=False, message="gave no verdict")) for name in names
    )
    if not missing:
        return Checked(verdicts=verdicts)
    if ran.timed_out:
        return Checked(verdicts=verdicts, problem=f"The checks did not end within {TIMEOUT_S:.0f} seconds.")
    last = as_text(ran.stderr).strip().splitlines()[-1:] or [f"exit code {ran.exit_code}"]
    return Checked(verdicts=verdicts, problem=f"The checks could not be run to their end: {last[0]}")


def _verdicts(output: str) -> list[tuple[str, Verdict]]:
    found = []
    for line in output.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        match said:
            case {"name": str(name), "passed": bool(passed), "message": str(message)}:
                found.append((name, Verdict(name=name, passed=passed, message=message)))
            case _:
                continue
    return found
