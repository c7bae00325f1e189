"""Reads the failures out of pytest's report, in each of its traceback styles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archon.domain.frames import Fault, Location, own_places, place
from archon.domain.patterns import late
from archon.domain.tracebacks import tracebacks

_BANNER = late(r"^={3,} (.+?) ={3,}$")
_HEADING = late(r"^_{3,} (.+) _{3,}$")
_CAPTURED = late(r"^-{3,} Captured ")
_ERROR_LINE = late(r"^E(?: {3}(.*))?$")
_DEFINITION = late(r"^>?\s+(?:async )?def (\w+)\(")
_SHORT_PLACE = late(r"^([^\s:][^:]*):(\d+): in (.+)$")
_LONG_PLACE = late(r"^([^\s:][^:]*):(\d+): ?([A-Za-z_][\w.]*)?$")
_LINE_STYLE = late(r"^([^\s:][^:]*):(\d+): (.+)$")
_SUMMARY = late(r"^(?:FAILED|ERROR) ([^\s:]+)(?:::(\S+))?(?: - (.+))?$")
_FILE = late(r'^\s*File "([^"]+)", line (\d+)')
_EXCEPTION = late(r"^([A-Za-z_][\w.]*)(?:: (.*))?$")
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")


def is_pytest(lines: list[str]) -> bool:
    return any(line.startswith(("E   ", "INTERNALERROR>")) or _is_report(line) for line in lines)


def pytest_faults(lines: list[str], root: str) -> list[Fault]:
    """The failures and errors in the report's order."""
    if any(line.startswith("INTERNALERROR>") for line in lines):
        return tracebacks((line.removeprefix("INTERNALERROR>").removeprefix(" ") for line in lines), root)
    sections = list(_sections(lines))
    faults = [fault for section in sections for fault in _section_faults(section, root)]
    if not faults and not sections:
        faults = _section_faults(lines, root)
    return faults or _summary_faults(lines)


def _is_report(line: str) -> bool:
    banner = _BANNER.match(line)
    return banner is not None and banner[1] in ("FAILURES", "ERRORS", "short test summary info")


def _sections(lines: list[str]) -> Iterator[list[str]]:
    """The lines of each failure, without its heading and what it printed."""
    section: list[str] | None = None
    is_kept = False
    for line in lines:
        banner, heading = _BANNER.match(line), _HEADING.match(line)
        if banner or heading:
            if section:
                yield section
            is_kept = heading is not None or (banner is not None and banner[1] in ("FAILURES", "ERRORS"))
            section = [] if is_kept else None
        elif _CAPTURED.match(line):
            is_kept = False
        elif section is not None and is_kept and line.strip():
            section.append(line)
    if section:
        yield section


def _section_faults(section: list[str], root: str) -> list[Fault]:
    is_placed = any(_SHORT_PLACE.match(line) or _LONG_PLACE.match(line) for line in section)
    one_line = [match for line in section if (match := _LINE_STYLE.match(line))]
    if one_line and not is_placed:
        return [_one_line_fault(match, root) for match in one_line]
    if any(_ERROR_LINE.match(line) for line in section):
        return [_shown_fault(section, root)]
    native = tracebacks(section, root)
    return native[-1:] or [Fault("failure", line) for line in section[-1:]]


def _shown_fault(section: list[str], root: str) -> Fault:
    """A failure shown with its code: places in order, and the last block of `E` lines."""
    places: list[Location] = []
    errors: list[str] = []
    function = "<module>"
    named = ""
    was_error = False
    for line in section:
        error = _ERROR_LINE.match(line)
        if line.startswith(_CHAINED):
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
        was_error = error is not None
    places += _syntax_places(errors, root)
    return _fault(errors, named, own_places(places))


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
    message = exception[2] or ""
    detail = "" if "assert " in message else asserted
    return Fault(exception[1].rsplit(".", 1)[-1], f"{message} {detail}".strip(), locations)


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
            faults.append(Fault(fault.exception, f"{fault.message} in {test}"))
    return faults
