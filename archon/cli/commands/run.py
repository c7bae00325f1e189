"""`archon run`: an objective in, a working script out."""

from __future__ import annotations

import asyncio
import os
import select
import stat
import sys
from argparse import Namespace
from pathlib import Path
from typing import IO

from archon.bootstrap import open_platform
from archon.cli.ask_person import asking
from archon.cli.work import work_on
from archon.domain.errors import InvalidInput
from archon.domain.values import Json, JsonObject
from archon.services.submit_task import LARGEST_INPUT_BYTES, Submission, submit_task
from archon.settings import load_settings

EVERYBODY = ("planner", "coder", "fixer")
"""Whom an option means that names nobody."""
STDIN = "stdin.txt"
"""What standard input is called in the workspace."""
PIPE_PATIENCE_S = 2.0
"""How long a pipe may stay silent before it is taken for one that nobody writes to."""


def run(arguments: Namespace) -> int:
    submission = _submission(arguments)
    settings = load_settings()

    async def work() -> int:
        async with open_platform(settings, ask=asking()) as platform:
            row = await submit_task(platform, submission, roots=None, owner=platform.owners.id)
            return await work_on(
                platform, row.id, epoch=row.lease_epoch, quiet=arguments.quiet, as_json=arguments.json
            )

    return asyncio.run(work())


def _submission(arguments: Namespace) -> Submission:
    inputs = _read_inputs(arguments.input)
    objective: str = arguments.objective
    stdin = None
    if objective == "-":
        objective = _read_bounded(sys.stdin.buffer, "-").decode("utf-8", "surrogateescape")
    else:
        data = _read_stdin()
        if data:
            inputs[STDIN], stdin = data, STDIN
    return Submission(
        objective=objective,
        max_rounds=arguments.max_iterations,
        budget_microusd=arguments.max_budget_usd,
        output_directory=Path(arguments.output) if arguments.output else None,
        inputs=inputs,
        stdin=stdin,
        models=_models(arguments.model),
        parameters=_parameters(arguments.param),
        agent_loop=arguments.agent_loop,
        max_turns=arguments.max_turns,
        submitted_by="cli",
    )


def _models(given: list[tuple[str, str]]) -> dict[str, str]:
    """Role → name; a name without a role is every role's that has none of its own."""
    named = {role: name for role, name in given if role}
    for role, name in given:
        if not role:
            named = dict.fromkeys(EVERYBODY, name) | named
    return named


def _parameters(given: list[tuple[str, str, Json]]) -> dict[str, JsonObject]:
    """Agent → its parameters; one without an agent is for those that `--model NAME` is for, too."""
    said: dict[str, JsonObject] = {agent: {} for agent, _, _ in given if agent}
    for agent, name, value in sorted(given, key=lambda each: bool(each[0])):
        for each in (agent,) if agent else EVERYBODY:
            said.setdefault(each, {})[name] = value
    return said


def _read_inputs(paths: list[str]) -> dict[str, bytes]:
    inputs: dict[str, bytes] = {}
    for path in paths:
        name = Path(path).name
        if name in inputs:
            raise InvalidInput(f"Two inputs are called {name}.", hint="Rename one of them.")
        if name in {"", "main.py"}:
            raise InvalidInput(f"An input cannot be called {name or path!r}.", hint="Rename it.")
        try:
            with Path(path).open("rb") as file:
                inputs[name] = _read_bounded(file, path)
        except OSError as error:
            raise InvalidInput(
                f"The input {path} cannot be read: {error.strerror}.",
                hint="Name a file that is there and may be read.",
            ) from error
    return inputs


def _read_bounded(file: IO[bytes], name: str) -> bytes:
    """All of a file that is not too large. Raises: InvalidInput."""
    data = file.read(LARGEST_INPUT_BYTES + 1)
    if len(data) > LARGEST_INPUT_BYTES:
        raise InvalidInput(
            f"The input {name} is larger than {LARGEST_INPUT_BYTES // 1_000_000} MB.",
            hint="Hand over a part of it.",
        )
    return data


def _read_stdin() -> bytes:
    """What was piped or redirected into the command; nothing from a terminal or a silent pipe."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return b""
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        if not select.select([0], [], [], PIPE_PATIENCE_S)[0]:
            print("Standard input is a silent pipe; it is left out.", file=sys.stderr)  # noqa: T201
            return b""
    elif not stat.S_ISREG(mode):
        return b""
    return _read_bounded(sys.stdin.buffer, "on standard input")
