"""Writes the acceptance checks before any code exists."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from archon.agents.files_reply import read_files
from archon.agents.loop import Misunderstood, ask, converse
from archon.agents.prompts import render
from archon.domain.conversation import ModelResponse
from archon.engine.models.calls import Conversation, Models
from archon.engine.scope import Scope

CHECKS = "checks.py"
_PREFIX = "check_"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckProgram:
    text: str
    demands: dict[str, str]
    """Check name → its docstring's first line, in the order they are written."""
    bodies: dict[str, str]
    """Check name → what it does, free of layout: equal for a check that is left as it was."""


def open_conversation(scope: Scope, models: Models, *, seconds: float) -> Conversation:
    """The checker speaks with the strong model, whoever writes the code."""
    return converse(
        scope,
        models,
        agent="checker",
        role="fixer",
        system=render("checker", check_seconds=f"{seconds:.0f}"),
        thinking=True,
    )


async def write_checks(
    conversation: Conversation, message: str, *, standing: Mapping[str, str]
) -> CheckProgram:
    """The checks as the checker answers `message`, those in `standing` unchanged. Raises as `loop.ask`."""

    def understand(response: ModelResponse) -> CheckProgram | Misunderstood:
        program = read_checks(response)
        if isinstance(program, Misunderstood):
            return program
        changed = [name for name, body in standing.items() if program.bodies.get(name) != body]
        if changed:
            names = ", ".join(changed)
            return Misunderstood(f"these checks were not disputed and must stay as they are: {names}.")
        return program

    return await ask(conversation, message, understand)


def read_checks(response: ModelResponse) -> CheckProgram | Misunderstood:
    reply = read_files(response, default_name=CHECKS)
    if isinstance(reply, Misunderstood):
        return reply
    text = reply.files.get(CHECKS)
    if text is None:
        return Misunderstood(f"there is no file named {CHECKS} in it.")
    return parse_checks(text)


def parse_checks(text: str) -> CheckProgram | Misunderstood:
    """The check functions of a program, found without running it."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Misunderstood(f"{CHECKS} is not valid Python: {error}.")
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_check(node)]
    if not functions:
        return Misunderstood(f"{CHECKS} defines no function `{_PREFIX}…(result)`.")
    return CheckProgram(
        text=text,
        demands={node.name: _demand(node) for node in functions},
        bodies={node.name: ast.dump(node) for node in functions},
    )


def _is_check(function: ast.FunctionDef) -> bool:
    """Whether it can be called with the result alone; what needs more is a helper, whatever its name."""
    takes = function.args
    positional = len(takes.posonlyargs) + len(takes.args)
    required = positional - len(takes.defaults) + sum(default is None for default in takes.kw_defaults)
    return function.name.startswith(_PREFIX) and positional >= 1 and required <= 1


def _demand(check: ast.FunctionDef) -> str:
    """The first line of its docstring; without one, its name in words."""
    said = (ast.get_docstring(check) or "").strip() or check.name.removeprefix(_PREFIX).replace("_", " ")
    return said.splitlines()[0] if said else check.name
