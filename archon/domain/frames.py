"""Places in source code as tools name them, seen from a task's own folder."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FOREIGN = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|\.venv|venv|\.tox)/|^/(?:usr|lib|lib64|opt|proc|nix)/"
    r"|^node:|/lib/python\d|^<(?!string>|stdin>)|^internal/"
)


@dataclass(frozen=True, slots=True)
class Location:
    """A place that a report names, by the real line of that run."""

    file: str
    """Relative to the task's folder where it lies there."""
    line: int
    """Counted from 1."""
    function: str = "<module>"


@dataclass(frozen=True, slots=True)
class Frame:
    """A place that stays the same when lines move."""

    file: str
    function: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure of a report."""

    exception: str
    """The exception's or rule's name, without its module."""
    message: str
    locations: tuple[Location, ...] = ()
    """Its places outside libraries, the innermost last."""
    cause: str = ""
    """The exceptions that this one was raised from or upon, as one line, the nearest first."""
    test: str = ""
    """The test's own name where a runner tells it."""
    more: tuple[str, ...] = ()
    """Further lines that tell this fault from others, in no order."""
    source: str = ""
    """The code at fault: what it spells out is no accident of the run."""


def place(file: str, line: int, function: str, root: str) -> Location | None:
    """The location, relative to `root` where it lies below; None in a library or the interpreter."""
    path = file.removeprefix("file://")
    base = root.rstrip("/")
    relative = path.removeprefix(f"{base}/") if base else path
    relative = relative.removeprefix("./")
    if not relative or _FOREIGN.search(relative):
        return None
    return Location(relative, line, function)


def own_places(places: list[Location]) -> tuple[Location, ...]:
    """Those in the task's own folder; where there are none, those elsewhere by their last names."""
    own = tuple(place for place in places if not place.file.startswith(("/", "../")))
    return own or tuple(
        Location(place.file.rsplit("/", 1)[-1], place.line, place.function) for place in places
    )
