"""Holds a tool call to its tool's schema before anything is done with it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from archon.agents.replies.encoded_values import decode_where_wanted
from archon.agents.replies.lenient import MAX_DEPTH
from archon.agents.replies.schema_check import violation
from archon.domain.conversation import Tool, ToolCall
from archon.domain.values import Json, JsonObject, canonical

_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_NAMES = 8
"""How many unknown names one complaint lists."""


def check_arguments(call: ToolCall, tools: Sequence[Tool]) -> ToolCall | str:
    """The call with arguments that satisfy its tool's schema, or what to send instead.

    Coercion loses nothing: `"3"` and `3.0` become 3 and `"true"` true where such a value is wanted, encoded
    JSON becomes the list or object it spells, and null for an optional argument is no argument.
    """
    tool = next((tool for tool in tools if tool.name == call.name), None)
    if tool is None:
        near = _nearest(call.name, [tool.name for tool in tools])
        return f"there is no tool {call.name!r}{near}: the tools are {_listed(tool.name for tool in tools)}."
    if problem := _unwritable(call.arguments):
        return f"{tool.name} cannot take this: {problem}."
    known = properties(tool)
    unknown = [name for name in call.arguments if name not in known]
    if unknown:
        said = ", ".join(f"{name[:80]!r}{_nearest(name, known)}" for name in unknown[:_MAX_NAMES])
        return f"{tool.name} takes no argument {said}: {signature(tool)}."
    arguments = {
        name: _coerced(value, known[name], tool)
        for name, value in call.arguments.items()
        if not _is_left_out(name, value, tool)
    }
    missing = [name for name in required(tool) if name not in arguments]
    if missing:
        return f"{tool.name} needs the argument {_listed(missing)}, which is missing: {signature(tool)}."
    misfit = violation(arguments, tool.parameters)
    if misfit is not None:
        return f"{tool.name} cannot take this: {misfit.reason}. {signature(tool)}."
    return replace(call, arguments=arguments)


def properties(tool: Tool) -> dict[str, JsonObject]:
    """The schema of each argument a tool takes."""
    given = tool.parameters.get("properties")
    members = given if isinstance(given, dict) else {}
    return {name: schema if isinstance(schema, dict) else {} for name, schema in members.items()}


def required(tool: Tool) -> tuple[str, ...]:
    """The arguments that a tool cannot do without."""
    given = tool.parameters.get("required")
    return tuple(str(name) for name in given) if isinstance(given, list) else ()


def signature(tool: Tool) -> str:
    """What a tool takes, in words: `read takes path (string), start (integer, optional)`."""
    needed = required(tool)
    known = properties(tool)
    taken = [
        f"{name} ({type_name(known[name])}{'' if name in needed else ', optional'})"
        for name in sorted(known, key=lambda name: name not in needed)
    ]
    return f"{tool.name} takes {', '.join(taken)}" if taken else f"{tool.name} takes no arguments"


def type_name(schema: JsonObject) -> str:
    """An argument's type, or the values it may have."""
    values = schema.get("enum")
    if isinstance(values, list):
        return "one of " + ", ".join(str(value) for value in values)
    given = schema.get("type")
    return " or ".join(str(name) for name in given) if isinstance(given, list) else str(given or "value")


def _coerced(value: Json, schema: JsonObject, tool: Tool) -> Json:
    wanted = schema.get("type")
    if wanted == "boolean" and isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    listed = schema.get("enum")
    if isinstance(listed, list) and isinstance(value, str) and value not in listed:
        meant = [each for each in listed if canonical(each).decode() == value.strip()]
        return meant[0] if meant else value
    decoded = decode_where_wanted(value, schema, tool.parameters)
    is_whole = isinstance(decoded, float) and decoded.is_integer() and abs(decoded) < 2**53
    return int(decoded) if wanted == "integer" and is_whole and isinstance(decoded, float) else decoded


def _is_left_out(name: str, value: Json, tool: Tool) -> bool:
    """Whether an optional argument is given as nothing, as models do that must fill in every one."""
    if value is not None or name in required(tool):
        return False
    return violation(value, _alone(name, tool)) is not None


def _alone(name: str, tool: Tool) -> JsonObject:
    """The schema of one argument, where references into the whole still lead somewhere."""
    definitions = {key: value for key, value in tool.parameters.items() if key in ("$defs", "definitions")}
    return definitions | properties(tool)[name]


def _unwritable(arguments: JsonObject) -> str | None:
    """What no file and no command can hold, though it passes through JSON."""
    pending: list[tuple[Json, int]] = [(arguments, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            return f"it is nested deeper than {MAX_DEPTH} levels"
        if isinstance(value, str) and _SURROGATE.search(value):
            return "a text in it holds half of a surrogate pair"
        if isinstance(value, float) and not math.isfinite(value):
            return f"{value} is no number of JSON"
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        pending += [(part, depth + 1) for part in parts] if isinstance(parts, list) else []
    return None


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.lower(), list(known), n=1, cutoff=0.5)
    return f" (do you mean {near[0]}?)" if near else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
