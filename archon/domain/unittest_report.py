"""Reads the failures out of unittest's report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from archon.domain.frames import Fault
from archon.domain.tracebacks import tracebacks

_DOUBLE_RULE = re.compile(r"^={50,}$")
_RULE = re.compile(r"^-{50,}$")
_HEADING = re.compile(r"^(ERROR|FAIL|UNEXPECTED SUCCESS): (\S.*)$")


def is_unittest(lines: list[str]) -> bool:
    return any(line.startswith("Ran ") for line in lines) and any(_HEADING.match(line) for line in lines)


def unittest_faults(lines: list[str], root: str) -> list[Fault]:
    """The failures and errors in the report's order, each with its test."""
    faults = []
    for kind, test, body in _sections(lines):
        raised = tracebacks(body, root, is_whole=True)
        faults += [replace(fault, test=test) for fault in raised[-1:]] or [Fault(kind, test)]
    return faults


def _sections(lines: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Kind, test and the lines of each report below its double rule, up to `Ran N tests`."""
    section: list[str] = []
    heading: re.Match[str] | None = None
    before = ""
    for line in lines:
        begins = _HEADING.match(line) if _DOUBLE_RULE.match(before) or heading else None
        if begins or line.startswith("Ran "):
            if heading:
                yield heading[1], heading[2], section
            heading, section = begins, []
        elif heading and not _RULE.match(line):
            section.append(line)
        before = line
