"""Reads failed examples out of the reports of doctest, on its own and within pytest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archon.domain.frames import Fault, Location, own_places, place

_RULE = re.compile(r"^\*{20,}$")
_FILE = re.compile(r'^File "([^"]+)", line (\d+), in (\S+)$')
_NUMBERED = re.compile(r"^\d{3,} (?:>>>|\.\.\.) (.*)$")
_PYTEST_PLACE = re.compile(r"^(\S[^:]*):(\d+): (?:DocTestFailure|UnexpectedException)$")
_HEADINGS = ("Failed example:", "Expected:", "Expected nothing", "Got:", "Got nothing", "Exception raised:",
             "Differences")  # fmt: skip


def is_doctest(lines: list[str]) -> bool:
    return "Failed example:" in lines or any(_PYTEST_PLACE.match(line) for line in lines)


def doctest_faults(lines: list[str], root: str) -> list[Fault]:
    """One fault an example that failed: the example, what it should have given and what it gave."""
    return [_fault(example, root) for example in _examples(lines)]


def _examples(lines: list[str]) -> Iterator[list[str]]:
    example: list[str] = []
    for line in lines:
        if _RULE.match(line):
            if any(line.startswith(_HEADINGS) for line in example):
                yield example
            example = []
        else:
            example.append(line)
    if any(line.startswith(_HEADINGS) for line in example):
        yield example


def _fault(example: list[str], root: str) -> Fault:
    places: list[Location] = []
    said: list[str] = []
    code = ""
    is_told = False
    for line in example:
        if match := _FILE.match(line) or _PYTEST_PLACE.match(line):
            function = match[3] if match.re is _FILE else "<module>"
            places += filter(None, [place(match[1], int(match[2]), function, root)])
            is_told = False
        elif numbered := _NUMBERED.match(line):
            code = numbered[1]
        elif line.startswith(_HEADINGS):
            is_told = True
            said.append(line)
        elif is_told and line[:1].isspace() and not line.lstrip().startswith(('File "', "Traceback")):
            said.append(line.strip())
    return Fault("doctest", " ".join(filter(None, [code, *said])), own_places(places))
