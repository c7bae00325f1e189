"""Reads failures out of output without a traceback: shells, Node, compilers, linters, signals."""

from __future__ import annotations

import re
import signal

from archon.domain.frames import Fault, Location, own_places, place

_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ash", "ksh", "-bash", "-sh"})
_SHELL_LINE = re.compile(r"^([^\s:]{1,200}): (line )?(\d{1,7}): (\S.*)$")
_DIAGNOSTIC = re.compile(
    r"^([\w@./\\+ -]{1,200}\.\w{1,10})(?::(\d{1,7})(?::\d{1,7})?:|\((\d{1,7}),\d{1,7}\):) (.+)$"
)
_CODE = re.compile(r"\b([A-Z]{1,5}\d{3,5}|[A-Z]\w*Error)\b|\[([a-z][\w/-]+)\]$")
_NODE_ERROR = re.compile(r"^\s*(?:Uncaught )?([A-Z]\w*(?:Error|Exception)|Error)(?: \[\w+\])?: (.*)$")
_NODE_FRAME = re.compile(
    r"^\s+(?:at|❯) (?:async )?(?:(.{1,200}?) \(?)?((?:file://)?[^\s()]{1,400}):(\d{1,7}):\d{1,7}\)?$"
)
_NODE_HEAD = re.compile(r"^(file://\S+|/\S+\.[cm]?[jt]sx?):(\d{1,7})$")
_ERRORISH = re.compile(
    r"\b(?:errors?|failed|failure|fatal|exception|not found|no such|cannot|could not|can't|denied"
    r"|invalid|missing|unable|refused|multiple|undefined|unrecogni[sz]ed|killed|aborted|timed out"
    r"|traceback)\b|Error\b",
    re.IGNORECASE,
)
_MAX_LINES = 8
"""How many telling lines of an unknown tool make its signature."""


def plain_faults(lines: list[str], exit_code: int, root: str) -> list[Fault]:
    """What failed, the most telling first; always at least one."""
    return (
        _shell_faults(lines, root)
        or _node_faults(lines, root)
        or _signal_fault(exit_code)
        or _diagnostics(lines, root)
        or _telling_lines(lines, exit_code)
    )


def _shell_faults(lines: list[str], root: str) -> list[Fault]:
    """The last comes first: it ended the script."""
    faults = []
    for line in lines:
        match = _SHELL_LINE.match(line)
        if match and (match[2] or match[1].endswith("sh")):
            is_shell = match[1].rsplit("/", 1)[-1] in _SHELLS
            found = None if is_shell else place(match[1], int(match[3]), "", root)
            faults.append(Fault("shell", match[4], own_places([found] if found else [])))
    return faults[::-1]


def _node_faults(lines: list[str], root: str) -> list[Fault]:
    faults: list[Fault] = []
    places: list[Location] = []
    for line in lines:
        if head := _NODE_HEAD.match(line):
            places = [found] if (found := place(head[1], int(head[2]), "<module>", root)) else []
        elif error := _NODE_ERROR.match(line):
            faults.append(Fault(error[1], error[2], own_places(places)))
            places = []
        elif faults and (frame := _NODE_FRAME.match(line)):
            faults[-1] = _with_frame(faults[-1], frame, root)
    return faults if any(fault.locations for fault in faults) else []


def _with_frame(fault: Fault, frame: re.Match[str], root: str) -> Fault:
    """Node tells the innermost frame first, and its place once more in front of the error."""
    found = place(frame[2], int(frame[3]), frame[1] or "<module>", root)
    outer = own_places([found]) if found else ()
    inner = tuple(known for known in fault.locations if found is None or known.line != found.line)
    return Fault(fault.exception, fault.message, (*outer, *inner))


def _signal_fault(exit_code: int) -> list[Fault]:
    number = exit_code - 128 if exit_code > 128 else -exit_code
    try:
        name = signal.Signals(number).name
    except ValueError:
        return [Fault("timeout", "the command ran out of time")] if exit_code == 124 else []
    return [Fault(name, "the process was ended by a signal")]


def _diagnostics(lines: list[str], root: str) -> list[Fault]:
    """One fault a line of a compiler or linter; notes are not counted."""
    faults = []
    for line in lines:
        if (match := _DIAGNOSTIC.match(line)) and not match[4].startswith("note:"):
            found = place(match[1], int(match[2] or match[3]), "", root)
            code = _CODE.search(match[4])
            name = (code[1] or code[2]) if code else "error"
            faults.append(Fault(name, match[4], own_places([found] if found else [])))
    return faults


def _telling_lines(lines: list[str], exit_code: int) -> list[Fault]:
    said = [line.strip() for line in lines if line.strip()]
    telling = [line for line in said if _ERRORISH.search(line)][-_MAX_LINES:] or said[-1:]
    return [Fault(f"exit {exit_code}", line) for line in dict.fromkeys(telling)] or [
        Fault(f"exit {exit_code}", "")
    ]
