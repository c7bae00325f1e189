"""`archon sandbox`: any command in the sandbox, and the safe read of what it left."""

from __future__ import annotations

import asyncio
import stat
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from os import fstat
from pathlib import Path
from typing import cast

from archon.bootstrap import local_folders, sandbox_provider
from archon.cli.ask_person import asking
from archon.cli.exit_codes import DONE
from archon.cli.passing import Passing
from archon.cli.safe_text import printable
from archon.cli.show import out_wrapped, print_json, say
from archon.cli.toolchains import prepared_line, prepared_names
from archon.domain.errors import InvalidInput
from archon.domain.execution import Command, ExecResult, SandboxLimits, SandboxSpec
from archon.domain.values import JsonObject
from archon.ports.sandbox import Network, Sandbox
from archon.settings import load_settings

BROKEN_PIPE = 128 + 13
"""As a shell tells of a program that nobody listened to any more."""
SETTINGS_FILE = ".env"
NO_SANDBOX = "archon: there is NO SANDBOX: this runs with all your rights (ARCHON_UNSAFE_NO_SANDBOX=1)"


def probe(arguments: Namespace) -> int:
    settings = load_settings()
    found = asyncio.run(sandbox_provider(settings).probe())
    if arguments.json:
        more = {"warnings": list(found.warnings), "toolchains": prepared_names(settings)}
        print_json(cast("JsonObject", asdict(found) | more))
        return DONE
    for name, value in asdict(found).items():
        if name != "warnings":
            out_wrapped(f"{name:<11} {value}", hang=12)
    out_wrapped(f"{'toolchains':<11} {prepared_line(settings)}", hang=12)
    for warning in found.warnings:
        out_wrapped(f"warning     {warning}", hang=12)
    return DONE


def execute(arguments: Namespace) -> int:
    """Exit code, stdout and stderr are the command's own; what the sandbox has to say is on stderr too."""
    argv = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not argv:
        raise InvalidInput(
            "There is no command.", hint="Write it after --, such as: archon sandbox exec -- ls"
        )
    with _workspace(arguments.workspace) as workspace:
        spec = SandboxSpec(
            workspace=workspace, limits=_limits(arguments), hidden=_settings_in(workspace), hands_back=True
        )
        command = Command(argv=tuple(argv), stdin=_stdin(), timeout_s=arguments.timeout, max_output_bytes=0)
        try:
            return asyncio.run(_execute(spec, command, arguments))
        finally:
            _remove_placeholders(spec)


@contextmanager
def _workspace(given: str | None) -> Iterator[Path]:
    """The folder that was given, or an empty one for this command alone."""
    if given is not None:
        if not Path(given).is_dir():
            raise InvalidInput(f"The workspace {given} is not a folder.", hint="Name one that is there.")
        yield Path(given).resolve()
        return
    empty = Path(tempfile.mkdtemp(prefix="archon-sandbox-")).resolve()
    try:
        yield empty
    finally:
        local_folders().open(empty.parent).remove(empty.name)


def _settings_in(workspace: Path) -> tuple[str, ...]:
    """Where a program could read Archon's settings, keys among them, or write those of the next command.

    Raises: InvalidInput where that cannot be kept from it.
    """
    here = Path.cwd()
    if here == workspace:
        return (SETTINGS_FILE,)
    if here.is_relative_to(workspace):
        raise InvalidInput(
            f"Archon reads its settings from {SETTINGS_FILE} in this folder, which a program in {workspace} "
            "could write.",
            hint="Start the command from the workspace's own top, or from outside of it.",
        )
    return ()


def _remove_placeholders(spec: SandboxSpec) -> None:
    """What was hidden and not there has left an empty file."""
    for name in spec.hidden:
        with suppress(FileNotFoundError):
            if not (spec.workspace / name).lstat().st_size:
                (spec.workspace / name).unlink()


async def _execute(spec: SandboxSpec, command: Command, arguments: Namespace) -> int:
    settings = load_settings()
    if settings.archon_unsafe_no_sandbox:
        say(NO_SANDBOX)
    passing = Passing(is_raw=arguments.raw)
    sandbox = await sandbox_provider(settings, ask=asking()).create(spec)
    try:
        if arguments.allow:
            await _network_of(sandbox).allow(arguments.allow)
        result = await _heard(sandbox, command, passing)
    finally:
        await sandbox.close()
    if result is None:
        return BROKEN_PIPE
    await passing.finish()
    for note in _notes(result, spec.limits, command):
        say(printable(f"archon: {note}"))
    return result.exit_code


def _network_of(sandbox: Sandbox) -> Network:
    if not isinstance(sandbox, Network):
        raise InvalidInput(
            "Nothing can be allowed in this kind of sandbox.", hint="Leave --allow out, or use bubblewrap."
        )
    return sandbox


async def _heard(sandbox: Sandbox, command: Command, passing: Passing) -> ExecResult | None:
    """Run it with its output passed on; None when nobody reads that any more."""
    running = asyncio.ensure_future(sandbox.exec(command, heard=passing.hear))
    broken = asyncio.ensure_future(passing.broken.wait())
    await asyncio.wait({running, broken}, return_when="FIRST_COMPLETED")
    broken.cancel()
    if running.done():
        return running.result()
    running.cancel()
    await asyncio.wait({running})
    return None


def _notes(result: ExecResult, limits: SandboxLimits, command: Command) -> Iterator[str]:
    for refusal in dict.fromkeys(result.refusals):
        yield f"refused the network to {refusal.target}: {refusal.reason}"
    if result.timed_out:
        yield f"ended after {command.timeout_s:g} s; --timeout gives more"
    if result.out_of_memory:
        yield f"ended: more than {limits.memory_mb} MB of memory; --memory-mb gives more"
    if result.out_of_disk:
        yield f"ended: the workspace grew by more than {limits.disk_mb} MB; --disk-mb gives more"


def _limits(arguments: Namespace) -> SandboxLimits:
    given = {name: getattr(arguments, name) for name in ("memory_mb", "pids", "disk_mb")}
    return replace(SandboxLimits(), **{name: value for name, value in given.items() if value is not None})


def _stdin() -> bytes:
    """All of standard input, unless that is a terminal."""
    try:
        is_given = not stat.S_ISCHR(fstat(0).st_mode)
    except OSError:
        return b""
    return sys.stdin.buffer.read() if is_given else b""


def read(arguments: Namespace) -> int:
    workspace = Path(arguments.workspace)
    if not workspace.is_dir():
        raise InvalidInput(f"The workspace {workspace} is not a folder.", hint="Name one that is there.")
    content = local_folders().open(workspace.resolve()).read(arguments.path)

    async def show() -> None:
        passing = Passing(is_raw=False)
        passing.hear("stdout", content)
        await passing.finish()

    asyncio.run(show())
    return DONE
