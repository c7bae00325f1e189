"""What commands print: the paths of files and JSON for programs, paragraphs for people."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from archon.cli.layout import columns, wrapped
from archon.cli.safe_text import printable
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import JsonObject
from archon.services.platform import Platform
from archon.services.read_task import read_task
from archon.services.task_view import TaskView


def out(text: str) -> None:
    """One line of the result. Non-text in file names is printed as the terminal can take it."""
    print(text.encode("utf-8", "replace").decode("utf-8"))  # noqa: T201


def out_wrapped(text: str, *, hang: int | None = None) -> None:
    """A line for a person: broken between words where a terminal is narrow."""
    for line in wrapped(text, columns(sys.stdout), hang=hang):
        out(line)


def say(text: str) -> None:
    """A message on standard error. Nobody reading it any more changes nothing about the work."""
    try:
        for line in wrapped(text, columns(sys.stderr)):
            print(line, file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        look_away()


def look_away() -> None:
    """From now on what is told goes nowhere: its pipe was closed, or its terminal."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def print_json(value: JsonObject | list[JsonObject]) -> None:
    out(json.dumps(value, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf"), indent=2))


async def print_result(platform: Platform, row: TaskRow, *, as_json: bool) -> None:
    """The paths of the files that a task made, one a line; or the whole task as JSON."""
    if as_json:
        print_json(view_json(await read_task(platform, row.id)))
    elif row.status in {Status.COMPLETED, Status.FAILED}:
        view = await read_task(platform, row.id)
        for file in view.files:
            out(printable(str(Path(view.output_path or "") / file)))


def view_json(view: TaskView) -> JsonObject:
    """The same as `GET /status/{task_id}`."""
    from archon.api.schemas.status import task_status

    return task_status(view).model_dump(mode="json")
