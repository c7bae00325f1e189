"""The folder where requests lie and answers are put: names, numbers, and files that appear whole."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias, cast

from archon.adapters.model.page import page
from archon.domain.conversation import ModelRequest
from archon.domain.values import JsonObject, digest

LONGEST_NAME = 80
"""Characters of a task's or key's name that a file's name repeats: file systems take 255 bytes in all."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._]+")
_NUMBERED = re.compile(r"(\d+)-(.+)\.request\.json")

Seen: TypeAlias = tuple[str, int, int, int]
"""What tells one state of an answer from the next: name, inode, size and time of change."""


@dataclass(frozen=True, slots=True)
class Place:
    """One request's files: `STEM.request.json`, `STEM.request.md`, `STEM.response.json` or `.md`."""

    stem: Path

    def file(self, ending: str) -> Path:
        return self.stem.with_name(f"{self.stem.name}.{ending}")

    def seen(self) -> Seen | None:
        """The state of the answer; None while there is none. An empty file is one not yet written."""
        for ending in ("response.json", "response.md"):
            try:
                found = self.file(ending).stat()
            except FileNotFoundError:
                continue
            if found.st_size:
                return (ending, found.st_ino, found.st_size, found.st_mtime_ns)
        return None

    def answer(self) -> Path:
        """The file that `seen` described: JSON before text where both are there."""
        seen = self.seen()
        if seen is None:
            raise ValueError("The answer was taken away.")
        return self.file(seen[0])

    def note(self, problem: str) -> None:
        """Tell whoever answers what is wrong, in a file beside the answer."""
        write_whole(self.file("response.problem.txt"), f"{problem}\nMend the answer; it is read again.\n")

    def forget_note(self) -> None:
        self.file("response.problem.txt").unlink(missing_ok=True)


@dataclass(frozen=True)
class Desk:
    folder: Path
    _lock_name: str = field(default=".lock", init=False)

    def open(self) -> None:
        """Make the folder, and see that it can be written. Raises: OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            return

    def put(self, request: ModelRequest) -> Place:
        """The place of a request, written there unless it lies there already. Raises: OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = _name(request)
        with self._locked():
            taken = dict(self._numbers())
            number = taken.get(name, max(taken.values(), default=0) + 1)
            place = Place(self.folder / f"{number:04d}-{name}")
            if name not in taken:
                write_whole(place.file("request.md"), page(request, place.stem.name))
                write_whole(place.file("request.json"), json.dumps(_form(request, number), indent=2) + "\n")
        return place

    def _numbers(self) -> Iterator[tuple[str, int]]:
        """The names of the requests that lie here, each with its running number."""
        for file in self.folder.iterdir():
            if numbered := _NUMBERED.fullmatch(file.name):
                yield numbered[2], int(numbered[1])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all processes, so that no number is given twice."""
        with (self.folder / self._lock_name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def write_whole(path: Path, text: str) -> None:
    """Make a file appear with all of its content, or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(text.encode("utf-8", "backslashreplace"))
    temporary.replace(path)


def _name(request: ModelRequest) -> str:
    """`task-key-hash8`, of characters that every file system takes."""
    ref = request.ref
    hashed = ref.hash or digest(_form(request, 0))
    return "-".join(_safe(part) for part in (ref.task_id or "none", ref.key or "none", hashed[:8]))


def _safe(name: str) -> str:
    return _UNSAFE.sub("_", name)[:LONGEST_NAME]


def _form(request: ModelRequest, number: int) -> JsonObject:
    form = {
        "number": number,
        "task": request.ref.task_id,
        "key": request.ref.key,
        "hash": request.ref.hash,
        "role": request.role,
        "agent": request.agent,
        "model": request.model,
        "system": [block.text for block in request.system],
        "messages": [asdict(message) for message in request.messages],
        "tools": [asdict(tool) for tool in request.tools],
        "output_schema": request.output_schema,
        "limits": {"max_output_tokens": request.max_output_tokens, "temperature": request.temperature},
    }
    return cast("JsonObject", form)
