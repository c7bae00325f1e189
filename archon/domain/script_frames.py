"""Reads errors and stack frames as JavaScript's engines and test runners show them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archon.domain.frames import Fault, Location, own_places, place

_ERROR = re.compile(
    r"^\s*(?:Uncaught |thrown: )?([A-Z]\w*(?:Error|Exception|Rejection)|Error)(?: \[\w+\])?(?:: (.*)|$)"
)
_FRAME = re.compile(
    r"^\s+(?:at |❯ )?(?:async )?(?:(\S.{0,200}?) \(?)?"
    r"((?:file://)?[^\s()]{1,400}):(\d{1,7}):\d{1,7}\)?,?(?: \{)?$"
)
_SYMBOLLESS = re.compile(r"^\s+(?:at |❯ )")
_CODE = re.compile(r"^\s*(?:>?\s*\d+\s*[|│]|[|│╭╰·─┬])")
_CAUSE = re.compile(r"^\s*\[?(?:cause|Caused by)\]?: (.+)$", re.IGNORECASE)
_VOLATILE = re.compile(r"^\s*(?:duration_ms|location|stack|at|File): ?")
_PLACED = re.compile(r"\[ \S+:\d+:\d+ \]")


def error_line(line: str) -> tuple[str, str] | None:
    """Name and message of a line such as `TypeError: x is not a function`."""
    found = _ERROR.match(line)
    return (found[1], found[2] or "") if found else None


def frame_line(line: str, root: str) -> tuple[bool, Location | None]:
    """Whether a line is a stack frame, and its place where that is outside libraries."""
    found = _FRAME.match(line)
    if found is None or not (_SYMBOLLESS.match(line) or found[1] or found[2].startswith("node:")):
        return False, None
    return True, place(found[2], int(found[3]), found[1] or "<module>", root)


def script_fault(lines: Iterable[str], root: str, *, test: str = "") -> Fault:
    """One failure: what is said before its first frame, its places, and what caused it."""
    said: list[str] = []
    places: list[Location] = []
    cause = ""
    has_frames = False
    for line in lines:
        is_frame, found = frame_line(line, root)
        if caused := _CAUSE.match(line):
            cause = cause or caused[1]
        elif is_frame:
            places += [found] if found is not None and not cause else []
            has_frames = True
        elif not has_frames and line.strip() and not (_CODE.match(line) or _VOLATILE.match(line)):
            said.append(_PLACED.sub("", line.strip()))
    named = next((named for line in said if (named := error_line(line))), None)
    name, message = named or ("failure", "")
    others = said if named is None else [line for line in said if error_line(line) != named]
    return Fault(name, " ".join(filter(None, [message, *others])), own_places(places[::-1]), cause, test)
