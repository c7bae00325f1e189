"""Reads the diagnostics that linters give as JSON: objects with a `message`, in any nesting."""

from __future__ import annotations

import json
from collections.abc import Iterator

from archon.domain.frames import Fault, own_places, place
from archon.domain.values import Json

_FILE_KEYS = ("filename", "filePath", "file", "path")
_CODE_KEYS = ("code", "ruleId", "rule", "messageId", "symbol")
_LINE_KEYS = ("line", "row", "lnum")
_MAX_OBJECTS = 20_000


def json_diagnostics(lines: list[str], root: str) -> list[Fault]:
    """One fault a message of a whole output in JSON, or of lines of JSON; else nothing."""
    return [_fault(found, file, root) for value in _values(lines) for found, file in _messages(value)]


def _values(lines: list[str]) -> Iterator[Json]:
    text = [line for line in lines if line.strip()]
    if not text or text[0][:1] not in ("[", "{"):
        return
    try:
        yield json.loads("\n".join(text))
    except (ValueError, RecursionError):
        yield from _each_line(text)


def _each_line(lines: list[str]) -> Iterator[Json]:
    for line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def _messages(value: Json) -> Iterator[tuple[dict[str, Json], str]]:
    """The objects with a message, in order, each with the file that it or one around it names."""
    waiting: list[tuple[Json, str]] = [(value, "")]
    for _ in range(_MAX_OBJECTS):
        if not waiting:
            return
        current, file = waiting.pop()
        if isinstance(current, dict):
            file = _text(current, _FILE_KEYS) or file
            if isinstance(current.get("message"), str):
                yield current, file
            waiting += [(inner, file) for inner in reversed(current.values())]
        elif isinstance(current, list):
            waiting += [(inner, file) for inner in reversed(current)]


def _text(found: dict[str, Json], keys: tuple[str, ...]) -> str:
    return next((value for key in keys if isinstance(value := found.get(key), str)), "")


def _fault(found: dict[str, Json], file: str, root: str) -> Fault:
    line = next((value for key in _LINE_KEYS if isinstance(value := found.get(key), int)), 1)
    at = place(file, line, "", root) if file else None
    name = _text(found, _CODE_KEYS) or "error"
    return Fault(name, str(found["message"]), own_places([at] if at else []))
