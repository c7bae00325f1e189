"""Cuts pytest's report into its failures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_BANNER = re.compile(r"^={3,} (.+?) ={3,}$")
_HEADING = re.compile(r"^_+ (?!_ )(.*[^_ ].*) _+$")
_CAPTURED = re.compile(r"^-{3,} Captured ")
_ABSOLUTE_LINE = re.compile(r"^(?:/|[A-Za-z]:\\)[^:]*:\d+: \S")
_PHASE = re.compile(r"^ERROR (?:at (setup|teardown) of|collecting) ")
_REPORTS = ("FAILURES", "ERRORS")


@dataclass(slots=True)
class Section:
    """One failure, without its heading and what the test printed."""

    test: str = ""
    """The test as its heading names it; empty where a file could not be collected."""
    lines: list[str] = field(default_factory=list)


def is_report(line: str) -> bool:
    banner = _BANNER.match(line)
    return banner is not None and banner[1] in (*_REPORTS, "short test summary info")


def sections(lines: list[str]) -> Iterator[Section]:
    """Each failure; in the one-line style, which has no headings, all in one section.

    Where the banner of the report was cut away, headings count from the start.
    """
    has_banner = any((banner := _BANNER.match(line)) and banner[1] in _REPORTS for line in lines)
    section: Section | None = None
    is_kept = False
    for line in lines:
        banner, heading = _BANNER.match(line), _HEADING.match(line) if line.startswith("_") else None
        if banner or (heading and (section is not None or not has_banner)):
            if section is not None and section.lines:
                yield section
            is_kept = heading is not None or (banner is not None and banner[1] in _REPORTS)
            section = Section(_test(heading[1]) if heading and not banner else "") if is_kept else None
        elif _CAPTURED.match(line):
            is_kept = False
        elif section is not None and line.strip():
            is_kept = is_kept or (not section.test and _ABSOLUTE_LINE.match(line) is not None)
            section.lines += [line] * is_kept
    if section is not None and section.lines:
        yield section


def _test(heading: str) -> str:
    """`test_a`, `TestA.test_a[1]`, `setup of test_a`; nothing for a file that could not be collected."""
    phase = _PHASE.match(heading)
    if phase is None:
        return heading
    return f"{phase[1]} of {heading[phase.end() :]}" if phase[1] else ""
