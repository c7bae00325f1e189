"""Reads the failures out of the reports of JavaScript's test runners: Vitest, Jest, Mocha, node:test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archon.domain.frames import Fault
from archon.domain.script_frames import script_fault


@dataclass(frozen=True, slots=True)
class _Format:
    """How a runner lays its report out; each failure begins with a heading that names the test."""

    begins: re.Pattern[str]
    """The line from which on headings count: before it stands what the tests printed."""
    heading: re.Pattern[str]
    ends: re.Pattern[str]
    """The line that ends a failure other than by the next heading."""


_FORMATS = (
    _Format(
        re.compile(r"^⎯{3,} (?:Failed (?:Tests|Suites) \d+|Unhandled \w+) ⎯{3,}"),
        re.compile(r"^ FAIL  (.+)$|^⎯{3,} (Unhandled (?:Rejection|Exception|Error)) ⎯{3,}$"),
        re.compile(r"^⎯{10,}|^This error originated in|^ *Test Files  "),
    ),
    _Format(
        re.compile(r"^ ?(?:FAIL|PASS)  ?\S"),
        re.compile(r"^  ● (?!Console$)(.+)$"),
        re.compile(r"^Test Suites: |^ ?(?:FAIL|PASS)  ?\S|^Summary of all failing tests$|^  console\.\w+$"),
    ),
    _Format(
        re.compile(r"^  \d+ failing$"),
        re.compile(r"^  \d+\) (.+)$"),
        re.compile(r"^\S+ ERR! |^npm error "),
    ),
    _Format(
        re.compile(r"^✖ failing tests:$"),
        re.compile(r"^✖ (.+?) \([\d.]+ms\)$"),
        re.compile(r"^test at \S+:\d+:\d+$"),
    ),
    _Format(
        re.compile(r"^TAP version \d+$"),
        re.compile(r"^ *not ok \d+ - (.+)$"),
        re.compile(r"^ *(?:\.\.\.|ok \d+ |# Subtest: |\d+\.\.\d+)"),
    ),
)


def script_test_faults(lines: list[str], root: str) -> list[Fault]:
    """The failures in the report's order, each test once; nothing where no such report is found."""
    for layout in _FORMATS:
        if any(layout.begins.match(line) for line in lines):
            found = {test: body for test, body in _sections(lines, layout) if test and body}
            if found:
                return [script_fault(body, root, test=test) for test, body in found.items()]
    return []


def _sections(lines: list[str], layout: _Format) -> Iterator[tuple[str, list[str]]]:
    """Tests that share one failure follow one another and count as one."""
    has_begun = False
    tests: list[str] = []
    body: list[str] = []
    for line in lines:
        has_begun = has_begun or layout.begins.match(line) is not None
        heading = layout.heading.match(line) if has_begun else None
        if heading or layout.ends.match(line):
            if any(line.strip() for line in body):
                yield " and ".join(tests), body
                tests = []
            body = []
            tests += [next(filter(None, heading.groups()))] if heading else []
        elif tests:
            body.append(line)
    yield " and ".join(tests), body
