"""Reads the failures out of pytest's report, in each of its traceback styles."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from archon.domain.doctest_report import doctest_faults, is_doctest
from archon.domain.frames import Fault, Location, own_places, place
from archon.domain.pytest_sections import Section, is_report, sections
from archon.domain.tracebacks import SYNTAX_ERRORS, as_cause, tracebacks, whole_message

_ERROR_LINE = re.compile(r"^E(?: {3}(.*))?$")
_DEFINITION = re.compile(r"^>?\s+(?:async )?def (\w+)\(")
_SHORT_PLACE = re.compile(r"^([^\s:][^:]*):(\d+): in (.+)$")
_LONG_PLACE = re.compile(r"^([^\s:][^:]*):(\d+): ?([A-Za-z_][\w.]*)?$")
_LINE_STYLE = re.compile(r"^([^\s:][^:]*):(\d+): (.+)$")
_SUMMARY = re.compile(r"^(?:(?:SUB)?FAILED|ERROR)(?:[\[(].*?[\])])? ([^\s:]+)(?:::(\S.*?))?(?: - (.+))?$")
_FILE = re.compile(r'^\s*File "([^"]+)", line (\d+)')
_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*)(?:: (.*))?$")
_DIFF_ASIDES = ("Use -v", "...Full output", "Omitting ", "Skipping ", "assert ")
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")


def is_pytest(lines: list[str]) -> bool:
    return any(line.startswith(("E   ", "INTERNALERROR>")) or is_report(line) for line in lines)


def pytest_faults(lines: list[str], root: str) -> list[Fault]:
    """The failures and errors in the report's order."""
    if any(line.startswith("INTERNALERROR>") for line in lines):
        return tracebacks((line.removeprefix("INTERNALERROR>").removeprefix(" ") for line in lines), root)
    summarised = _summary_faults(lines)
    found = list(sections(lines))
    faults = [fault for section in found for fault in _section_faults(section, root)]
    if not found and any(_ERROR_LINE.match(line) for line in lines):
        faults = [_shown_fault(lines, root)]
    if len(faults) == len(summarised) and not any(section.test for section in found):
        faults = [replace(fault, test=told.test) for fault, told in zip(faults, summarised, strict=True)]
    return faults or summarised


def _section_faults(section: Section, root: str) -> list[Fault]:
    lines = section.lines
    if not section.test and (one_line := _one_line_faults(lines, root)):
        return one_line
    if is_doctest(lines):
        found = doctest_faults(lines, root)
    elif any(_ERROR_LINE.match(line) for line in lines):
        found = [_shown_fault(lines, root)]
    else:
        found = _native_faults(lines, root)
    return [replace(fault, test=section.test) for fault in found]


def _native_faults(lines: list[str], root: str) -> list[Fault]:
    """The last traceback; a group's with its members."""
    found = tracebacks(lines, root, is_whole=True)
    group = next((index for index, fault in enumerate(found) if fault.exception.endswith("Group")), None)
    if group is not None:
        return [replace(found[group], cause=" and ".join(as_cause(member) for member in found[group + 1 :]))]
    return found[-1:] or [Fault("failure", line) for line in lines[-1:]]


def _one_line_faults(lines: list[str], root: str) -> list[Fault]:
    """The failures of the one-line style: nothing where a place is shown in another."""
    if any(_SHORT_PLACE.match(line) or _LONG_PLACE.match(line) for line in lines):
        return []
    return [_one_line_fault(match, root) for line in lines if (match := _LINE_STYLE.match(line))]


def _shown_fault(section: list[str], root: str) -> Fault:
    """A failure shown with its code: places in order, and the last block of `E` lines."""
    places: list[Location] = []
    errors: list[str] = []
    function = "<module>"
    named, cause = "", ""
    source: list[str] = []
    was_error = False
    for line in section:
        error = _ERROR_LINE.match(line)
        if line.startswith(_CHAINED):
            cause = as_cause(replace(_fault(errors, named, ()), cause=cause))
            places = []
        elif error:
            errors = errors if was_error else []
            errors.append(error[1] or "")
        elif definition := _DEFINITION.match(line):
            function = definition[1]
        elif (found := _SHORT_PLACE.match(line)) or (found := _LONG_PLACE.match(line)):
            is_short = found.re is _SHORT_PLACE
            places += filter(None, [place(found[1], int(found[2]), found[3] if is_short else function, root)])
            named, function = named if is_short else found[3] or named, "<module>"
        elif line.startswith(("> ", "    ")):
            source.append(line)
        was_error = error is not None
    fault = _fault(errors, named, ())
    places += _syntax_places(errors, root) if fault.exception in SYNTAX_ERRORS else ()
    fault = replace(fault, locations=own_places(places))
    more = _asserted(errors, fault, source) if fault.message.rpartition("assert ")[1] else ()
    return replace(fault, cause=cause, more=more, source="\n".join(source))


def _asserted(errors: list[str], fault: Fault, source: list[str]) -> tuple[str, ...]:
    """The code of an assertion, and how the two sides differ where they are too long to be shown whole."""
    marked = [line for line in source if line.startswith(">")] or source
    code = [line.lstrip("> ") for line in marked if line.strip(" >^~")][-1:]
    below = [line.strip() for line in errors[1:]]
    ends = "Full diff" if "..." in fault.message else "assert "
    has_end = any(line.startswith(ends) for line in below) or ends == "Full diff"
    details = itertools.takewhile(lambda line: not line.startswith(ends), below if has_end else [])
    return (*code, *(line for line in details if line and not line.startswith(_DIFF_ASIDES)))


def _syntax_places(errors: list[str], root: str) -> Iterator[Location]:
    """A syntax error's own place stands in its message."""
    for line in errors:
        if (match := _FILE.match(line)) and (found := place(match[1], int(match[2]), "<module>", root)):
            yield found


def _fault(errors: list[str], named: str, locations: tuple[Location, ...]) -> Fault:
    margin = min((len(line) - len(line.lstrip()) for line in errors if line.strip()), default=0)
    said = [line[margin:] for line in errors if line.strip() and not line[margin : margin + 1].isspace()]
    matches = (match for line in said if (match := _EXCEPTION.match(line)) and match[1] != "assert")
    exception = next(matches, None)
    asserted = next((line for line in said if line.startswith("assert ")), "")
    if exception is None:
        return Fault(named or "AssertionError", asserted or " ".join(said[:1]), locations)
    name, message = exception[1].rsplit(".", 1)[-1], exception[2] or ""
    if name in SYNTAX_ERRORS:
        code = (after for line, after in itertools.pairwise(errors) if _FILE.match(line))
        message = ": ".join((message, *(line.strip() for line in code)))
    elif asserted or message.startswith("assert "):
        message = f"{message} {'' if 'assert ' in message else asserted}".strip()
    else:
        after = itertools.dropwhile(lambda line: not line.endswith(exception[0]), errors)
        message = whole_message([message, *list(after)[1:]])
    return Fault(name, message, locations)


def _one_line_fault(match: re.Match[str], root: str) -> Fault:
    found = place(match[1], int(match[2]), "<module>", root)
    return _fault([match[3]], "", own_places([found] if found else []))


def _summary_faults(lines: list[str]) -> list[Fault]:
    """All that is left when tracebacks are turned off."""
    faults = []
    for line in lines:
        if match := _SUMMARY.match(line):
            fault = _fault([match[3] or ""], "", ())
            test = f"{match[1]}::{match[2]}" if match[2] else match[1]
            faults.append(replace(fault, test=test))
    return faults
