"""`archon sandbox`: any command in the sandbox, and the safe read of what it left."""

from __future__ import annotations

import asyncio
import stat
import sys
import tempfile
from argparse import Namespace
from dataclasses import asdict, replace
from os import fstat
from pathlib import Path
from typing import cast

from archon.bootstrap import local_folders, sandbox_provider
from archon.cli.exit_codes import DONE
from archon.cli.show import out, print_json
from archon.cli.toolchains import prepared_line, prepared_names
from archon.domain.errors import InvalidInput
from archon.domain.execution import Command, SandboxLimits, SandboxSpec
from archon.domain.values import JsonObject
from archon.settings import load_settings

MOST_OUTPUT_BYTES = 1 << 30


def probe(arguments: Namespace) -> int:
    settings = load_settings()
    found = asyncio.run(sandbox_provider(settings).probe())
    if arguments.json:
        more = {"warnings": list(found.warnings), "toolchains": prepared_names(settings)}
        print_json(cast("JsonObject", asdict(found) | more))
        return DONE
    for name, value in asdict(found).items():
        if name != "warnings":
            out(f"{name:<11} {value}")
    out(f"{'toolchains':<11} {prepared_line(settings)}")
    for warning in found.warnings:
        out(f"warning     {warning}")
    return DONE


def execute(arguments: Namespace) -> int:
    """Exit code, stdout and stderr are the command's own."""
    argv = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not argv:
        raise InvalidInput(
            "There is no command.", hint="Write it after --, such as: archon sandbox exec -- ls"
        )
    with tempfile.TemporaryDirectory(prefix="archon-sandbox-") as empty:
        workspace = Path(arguments.workspace or empty)
        if not workspace.is_dir():
            raise InvalidInput(f"The workspace {workspace} is not a folder.")
        spec = SandboxSpec(workspace=workspace.resolve(), limits=_limits(arguments), hands_back=True)
        command = Command(
            argv=tuple(argv),
            stdin=_stdin(),
            timeout_s=arguments.timeout,
            max_output_bytes=MOST_OUTPUT_BYTES,
        )
        return asyncio.run(_execute(spec, command))


async def _execute(spec: SandboxSpec, command: Command) -> int:
    sandbox = await sandbox_provider(load_settings()).create(spec)
    try:
        result = await sandbox.exec(command)
    finally:
        await sandbox.close()
    sys.stdout.buffer.write(result.stdout)
    sys.stdout.buffer.flush()
    sys.stderr.buffer.write(result.stderr)
    sys.stderr.buffer.flush()
    return result.exit_code


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
        raise InvalidInput(f"The workspace {workspace} is not a folder.")
    sys.stdout.buffer.write(local_folders().open(workspace.resolve()).read(arguments.path))
    return DONE
