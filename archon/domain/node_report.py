"""Reads what ended a program of Node: an error with its stack, or a value that was thrown."""

from __future__ import annotations

import re
from dataclasses import replace

from archon.domain.frames import Fault, own_places, place
from archon.domain.script_frames import error_line, frame_line, script_fault

_HEAD = re.compile(r"^(file://\S+|/\S+\.[cm]?[jt]sx?|node:\S+):(\d{1,7})$")
_CARET = re.compile(r"^\s*\^+\s*$")
_END = re.compile(r"^Node\.js v\d|^\(Use `node ")
_MAX_MESSAGE_LINES = 40


def node_faults(lines: list[str], root: str) -> list[Fault]:
    """The faults that show a place, in the output's order."""
    faults: list[Fault] = []
    head: re.Match[str] | None = None
    code = ""
    for index, line in enumerate(lines):
        if found := _HEAD.match(line):
            head, code = found, "".join(lines[index + 1 : index + 2]).strip()
        elif head and _CARET.match(line) and "".join(lines[index + 1 : index + 2]).strip():
            faults.append(_placed(_thrown(lines, index + 1), head, code, root))
            head = None
        elif error_line(line):
            fault = script_fault(_report(lines, index, root), root)
            faults.append(_placed(fault, head, code, root))
            head = None
    return faults if any(fault.locations for fault in faults) else []


def _report(lines: list[str], start: int, root: str) -> list[str]:
    """An error's lines to the end of its stack; its first line alone where no stack follows."""
    has_frames = False
    for end in range(start + 1, min(len(lines), start + _MAX_MESSAGE_LINES)):
        line = lines[end]
        is_frame, _ = frame_line(line, root)
        if has_frames and not is_frame and not line.startswith("    ... "):
            return [*lines[start:end], *_causes(lines, end)]
        has_frames = has_frames or is_frame
        if not has_frames and (error_line(line) or _HEAD.match(line) or _END.match(line)):
            break
    return (
        lines[start : min(len(lines), start + _MAX_MESSAGE_LINES)] if has_frames else lines[start : start + 1]
    )


def _causes(lines: list[str], end: int) -> list[str]:
    """The line below a stack that says from what the error came."""
    return [line for line in lines[end : end + 1] if line.lstrip().startswith("[cause]:")]


def _thrown(lines: list[str], start: int) -> Fault:
    """A value that is no error: it is shown up to the next empty line."""
    shown = []
    for line in lines[start : start + _MAX_MESSAGE_LINES]:
        if not line.strip() or _END.match(line):
            break
        shown.append(line.strip())
    return Fault("Uncaught", " ".join(shown))


def _placed(fault: Fault, head: re.Match[str] | None, code: str, root: str) -> Fault:
    """With the place that Node tells in front of an error, and for bad syntax the code there."""
    if head is None:
        return fault
    found = place(head[1], int(head[2]), "<module>", root)
    known = {location.line for location in fault.locations}
    inner = own_places([found]) if found and found.line not in known else ()
    message = f"{fault.message}: {code}" if fault.exception == "SyntaxError" else fault.message
    return replace(fault, message=message, locations=(*fault.locations, *inner), source=code)
