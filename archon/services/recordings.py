"""Recordings as files: a task's whole journal in JSON lines, with every blob it names."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from archon.domain.errors import ConfigurationError, InvalidInput, NotFound
from archon.domain.event_json import event_from_json, event_to_json
from archon.domain.events import Completed, Event, Started, Submitted
from archon.domain.manifest import FileEntry, Manifest
from archon.domain.row import TaskRow, read_recording
from archon.domain.values import Digest, Json, JsonObject, TaskId, digest_bytes
from archon.services.platform import Platform
from archon.services.read_task import view_of

DEEPEST = 100
"""How far lists and objects may be nested in a line: far from where Python stops."""

HEADER: JsonObject = {"archon": "recording", "version": 1}


async def export_task(platform: Platform, task_id: TaskId, target: Path) -> int:
    """Write the task's recording to a file and return its number of events.

    The first line says what it is; then the events in order, then the blobs. Raises: NotFound;
    ConfigurationError when the file cannot be written.
    """
    events = await platform.journal.events(task_id)
    lines: list[Json] = [HEADER]
    lines += [{"event": event_to_json(event)} for event in events]
    for sha in _named_blobs(events):
        lines.append(_blob_line(sha, await platform.journal.blob(sha)))
    try:
        _write(target, lines)
    except OSError as error:
        raise ConfigurationError(
            f"The recording could not be written to {target}: {error.strerror or error}.",
            hint="Name a file in a folder that you can write, on a disk with room.",
        ) from error
    return len(events)


async def import_recording(platform: Platform, source: Path) -> TaskRow:
    """Take an ended task's recording into the journal under its own id; once more changes nothing.

    The file may come from anybody. Raises: NotFound; InvalidInput when it is no whole recording of a
    task that has ended; Conflict when another task has its id.
    """
    events: list[Event] = []
    blobs: dict[Digest, bytes] = {}
    for number, line in enumerate(_lines(source), start=1):
        try:
            _take(line, events, blobs)
        except ValueError as error:
            raise InvalidInput(f"{source}, line {number}: {error}.", hint="It is not a recording.") from error
    if not events or not _named_blobs(events) <= blobs.keys():
        raise InvalidInput(f"{source} is not a whole recording.", hint="Export the task again.")
    _read(source, events)
    return await platform.journal.take_in(events, blobs)


def _read(source: Path, events: Sequence[Event]) -> None:
    """Read the events as everything will that shows them. Raises: InvalidInput when they make no sense."""
    row = read_recording(events)
    try:
        view_of(row, events)
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise InvalidInput(
            f"{source} does not tell how a task went ({type(error).__name__}: {error}).",
            hint="It is not a recording.",
        ) from error


def _take(line: Json, events: list[Event], blobs: dict[Digest, bytes]) -> None:
    if _is_deeper(line, DEEPEST):
        raise ValueError("nested too deeply")
    match line:
        case {"archon": "recording", "version": 1}:
            return
        case {"archon": _, "version": version}:
            raise ValueError(f"made by a newer Archon (version {version})")
        case {"event": event}:
            events.append(_checked(event_from_json(event)))
        case {"blob": str(sha), "text": str(text)}:
            _put(blobs, sha, text.encode())
        case {"blob": str(sha), "base64": str(data)}:
            _put(blobs, sha, base64.b64decode(data))
        case _:
            raise ValueError("neither an event nor a blob")


def _is_deeper(value: Json, depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth < 0 or any(_is_deeper(each, depth - 1) for each in inner)


def _checked(event: Event) -> Event:
    """Raises: ValueError for a manifest that is none, and for words that cannot be shown or kept."""
    _named_blobs([event])
    match event.body:
        case Submitted(spec=spec):
            _check_words("the objective", spec.objective)
            _check_words("the workflow", spec.workflow)
        case Started(effect="step", request={"name": name}):
            _check_words("the step's name", name)
    return event


def _check_words(what: str, text: Json) -> None:
    if not isinstance(text, str) or not text.strip() or "\x00" in text:
        raise ValueError(f"{what} is no text")
    text.encode()  # UnicodeEncodeError is a ValueError


def _put(blobs: dict[Digest, bytes], sha: str, data: bytes) -> None:
    if digest_bytes(data) != sha:
        raise ValueError("a blob does not have the content that its name says")
    blobs[Digest(sha)] = data


def _named_blobs(events: Sequence[Event]) -> set[Digest]:
    """The contents that the events' manifests name."""
    named: set[Digest] = set()
    for event in events:
        match event.body:
            case Submitted(spec=spec):
                named |= _files_in(spec.inputs)
            case Completed(manifest=manifest) if manifest:
                named |= _files_in(manifest)
            case _:
                continue
    return named


def _files_in(manifest: JsonObject) -> set[Digest]:
    there: JsonObject = {path: entry for path, entry in manifest.items() if entry is not None}
    return {e.sha256 for e in Manifest.from_json(there).entries.values() if isinstance(e, FileEntry)}


def _blob_line(sha: Digest, data: bytes) -> JsonObject:
    try:
        return {"blob": sha, "text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"blob": sha, "base64": base64.b64encode(data).decode("ascii")}


def _write(target: Path, lines: Iterable[Json]) -> None:
    partial = target.with_name(target.name + ".partial")
    with partial.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(_text(line) + "\n")
    partial.replace(target)


def _text(line: Json) -> str:
    """Readable where it can be; broken characters, as file names may hold them, need escapes."""
    text = json.dumps(line, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(line)
    return text


def _lines(source: Path) -> Iterator[Json]:
    try:
        with source.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except FileNotFoundError as error:
        raise NotFound(
            f"There is no recording {source}.", hint="`archon export ID FILE` makes one."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"{source} cannot be read as a recording: {error}.",
            hint="`archon export ID FILE` makes one that can.",
        ) from error
