"""Reads what programs and tests in Go, Rust and Java print when they fail."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from archon.domain.frames import Fault, Location, own_places, place

_RUST_PANIC = re.compile(r"^thread '(.+?)' (?:\(\d+\) )?panicked at (\S+):(\d+):\d+:$")
_GO_PANIC = re.compile(r"^(?:panic|fatal error): (.*?)(?: \[recovered.*)?$")
_GO_CALL = re.compile(r"^([\w./*()\[\]-]+)\((?:.*)\)$")
_GO_PLACE = re.compile(r"^\t(\S+\.go):(\d+)(?: \+0x[0-9a-f]+)?$")
_GO_FAIL = re.compile(r"^\s*--- FAIL: (\S+) \(")
_GO_SAID = re.compile(r"^ +(\w[\w.-]*_test\.go):(\d+): (.*)$")
_JAVA_ERROR = re.compile(r'^(?:Exception in thread "[^"]*" |Caused by: )([\w.$]+)(?:: (.*))?$')
_JAVA_PLACE = re.compile(r"^\s+at ([\w.$<>/@-]+)\((\w+\.(?:java|kt|scala|groovy)):(\d+)\)$")
_MAX_LINES = 40


def compiled_faults(lines: list[str], root: str) -> list[Fault]:
    """The faults in the output's order; nothing where none of these languages speaks."""
    readers: tuple[Callable[[list[str], str], list[Fault]], ...] = (_rust, _go_panics, _go_tests, _java)
    return next((faults for reader in readers if (faults := reader(lines, root))), [])


def _rust(lines: list[str], root: str) -> list[Fault]:
    faults = []
    for index, line in enumerate(lines):
        if match := _RUST_PANIC.match(line):
            said = []
            for further in lines[index + 1 : index + _MAX_LINES]:
                if not further.strip() or further.startswith(("note:", "stack backtrace:")):
                    break
                said.append(further.strip())
            found = place(match[2], int(match[3]), "", root)
            test = "" if match[1] == "main" else match[1]
            faults.append(Fault("panic", " ".join(said), own_places([found] if found else []), test=test))
    return faults


def _go_panics(lines: list[str], root: str) -> list[Fault]:
    faults = []
    for index, line in enumerate(lines):
        if match := _GO_PANIC.match(line):
            below = lines[index + 1 : index + _MAX_LINES]
            said = itertools.takewhile(lambda line: line and not line.startswith(("[", "goroutine ")), below)
            message = " ".join((match[1], *(line.strip() for line in said)))
            faults.append(Fault("panic", message, own_places(_go_places(below, root))))
    return faults[:1]


def _go_places(lines: list[str], root: str) -> list[Location]:
    """The places of the first goroutine, the innermost last."""
    places: list[Location] = []
    function, goroutines = "", 0
    for line in lines:
        goroutines += line.startswith("goroutine ")
        if goroutines > 1:
            break
        if call := _GO_CALL.match(line):
            function = call[1]
        elif match := _GO_PLACE.match(line):
            found = place(match[1], int(match[2]), function, root)
            places += [found] if found else []
    return places[::-1]


def _go_tests(lines: list[str], root: str) -> list[Fault]:
    """A fault each test that failed, and each line that tests said."""
    failed = [Fault("FAIL", match[1]) for line in lines if (match := _GO_FAIL.match(line))]
    said = [match for line in lines if (match := _GO_SAID.match(line))] if failed else []
    places = [(match, place(match[1], int(match[2]), "", root)) for match in said]
    return [Fault("failure", match[3], own_places([at] if at else [])) for match, at in places] + failed


def _java(lines: list[str], root: str) -> list[Fault]:
    faults: list[Fault] = []
    for line in lines:
        if error := _JAVA_ERROR.match(line):
            faults.append(Fault(error[1].rsplit(".", 1)[-1], error[2] or ""))
        elif faults and (frame := _JAVA_PLACE.match(line)):
            last = faults[-1]
            found = place(frame[2], int(frame[3]), frame[1].rsplit("/", 1)[-1], root)
            is_library = frame[1].startswith(("java.", "jdk.", "sun.", "javax."))
            if found and not is_library:
                faults[-1] = Fault(last.exception, last.message, (found, *last.locations))
    return faults
