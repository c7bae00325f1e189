"""Reads failures out of output without a traceback: shells, Node, compilers, linters, signals."""

from __future__ import annotations

import re
import signal

from archon.domain.compiled_report import compiled_faults
from archon.domain.diagnostics import diagnostics
from archon.domain.frames import Fault, own_places, place
from archon.domain.json_diagnostics import json_diagnostics
from archon.domain.node_report import node_faults

_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ash", "ksh", "-bash", "-sh"})
_SHELL_LINE = re.compile(r"^([^\s:]{1,200}): (line )?(\d{1,7}): (\S.*)$")
_ERRORISH = re.compile(
    r"\b(?:errors?|failed|failure|fatal|exception|not found|no such|cannot|could not|can't|denied"
    r"|invalid|missing|unable|refused|multiple|undefined|unrecogni[sz]ed|killed|aborted|timed out"
    r"|unknown|unexpected|expected|unsupported|illegal|conflicts?|would reformat|unterminated"
    r"|assertion|terminate called|SUMMARY"
    r"|traceback)\b|Error\b|^\[warn\]|^\*\*\* ",
    re.IGNORECASE,
)
_FRILLS = re.compile(r"^[=_~⎯─*-]{3,} *| *[=_~⎯─*-]{3,}$|^collecting \.\.\. ")
"""What frames a headline, as wide as the terminal."""
_COUNTS = re.compile(r"\b\d+ (?:passed|skipped|warnings?|deselected|xfailed|xpassed)(?:, | (?=in \d))")
"""What a test runner counts besides failures."""
_ASIDE = re.compile(r"^\S+:\d+: \w*Warning: |^warnings summary$|^(?:rootdir|configfile|plugins|asyncio): ")
KILLED = frozenset({124, 137, 143})
"""Exit codes of a command that was ended from outside, whatever it had printed before."""
_OWN_SIGNALS = ("SIGABRT", "SIGTRAP", "SIGSYS")
"""Signals that a program sends to itself, after it has said why."""
_NPM = ("npm error ", "npm ERR! ")
_NPM_ASIDES = ("A complete log of this run", "errno ", "To see a list of scripts")
_MAX_NPM_LINES = 6
_MAX_LINES = 8
"""How many telling lines of an unknown tool make its signature."""


def plain_faults(lines: list[str], exit_code: int, root: str) -> list[Fault]:
    """What failed, the most telling first; always at least one."""
    return (
        _shell_faults(lines, root)
        or node_faults(lines, root)
        or _signal_fault(lines, exit_code)
        or compiled_faults(lines, root)
        or json_diagnostics(lines, root)
        or diagnostics(lines, root)
        or _npm_fault(lines)
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


def _signal_fault(lines: list[str], exit_code: int) -> list[Fault]:
    """A signal by its name; where the program ended itself, with the last that it said of a fault."""
    number = exit_code - 128 if exit_code > 128 else -exit_code
    try:
        name = signal.Signals(number).name
    except ValueError:
        return [Fault("timeout", "the command ran out of time")] if exit_code == 124 else []
    telling = [line.strip() for line in lines if _ERRORISH.search(line) and not line.startswith("Aborted")]
    told = telling[-1:] if name in _OWN_SIGNALS else []
    return [Fault(name, "".join(told) or "the process was ended by a signal")]


def _npm_fault(lines: list[str]) -> list[Fault]:
    """What npm says of its own failure, without its usage and the name of its log."""
    said = [line.partition(" ")[2].partition(" ")[2].strip() for line in lines if line.startswith(_NPM)]
    telling = [line for line in said if line and not line.startswith(_NPM_ASIDES)]
    return [Fault("npm", " ".join(telling[:_MAX_NPM_LINES]))] if telling else []


def _telling_lines(lines: list[str], exit_code: int) -> list[Fault]:
    said = [shown for line in lines if (shown := _COUNTS.sub("", _FRILLS.sub("", line)).strip())]
    telling = [line for line in said if _ERRORISH.search(line) and not _ASIDE.search(line)]
    if not telling:
        return [Fault(f"exit {exit_code}", re.sub(r"\d+", "<n>", "".join(said[-1:])))]
    return [Fault(f"exit {exit_code}", line) for line in dict.fromkeys(telling[-_MAX_LINES:])]
