"""Recordings as files: everything comes back as it was, and what is no recording is refused."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archon.adapters.memory.journal import MemoryJournal
from archon.domain.errors import ConfigurationError, Conflict, InvalidInput, NotFound
from archon.domain.events import Completed, Draft, Finished, Started
from archon.domain.manifest import FileEntry, Manifest
from archon.domain.values import Json, OwnerId, TaskId, digest_bytes
from archon.services.platform import Platform
from archon.services.recordings import export_task, import_recording
from tests.builders.platform import build_platform, scripted
from tests.builders.specs import spec

TASK = TaskId("01J00000000000000000000000")

texts = st.text(st.sampled_from("a/ü\n\r\x00\u2028\ud800\U0001f600"), max_size=6)
"""Any characters, lone surrogates too: a model may say anything, and a file may be called anything."""
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
Lines = list[dict[str, Json]]
files = st.dictionaries(texts.filter(bool), st.binary(max_size=20), max_size=3)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return build_platform(tmp_path, scripted())


async def recorded(journal: MemoryJournal, result: Json, contents: dict[str, bytes]) -> None:
    """A task that did one thing."""
    blobs = {digest_bytes(data): data for data in contents.values()}
    entries = {
        path: FileEntry(sha256=digest_bytes(data), size_bytes=len(data)) for path, data in contents.items()
    }
    await journal.create(TASK, spec(objective="Do it."), {}, owner=OwnerId("me"))
    drafts = [
        Draft(body=Started(effect="exec", request=result), scope="run", key="0.0", hash="h"),
        Draft(
            body=Completed(effect="exec", result=result, manifest=Manifest(entries).to_json()),
            scope="run",
            key="0.0",
            hash="h",
        ),
        Draft(body=Finished(status="completed")),
    ]
    await journal.append(TASK, drafts, epoch=1, blobs=blobs)


@settings(deadline=None, max_examples=80)
@given(json_values, files)
def test_what_is_exported_is_imported_as_it_was(result: Json, contents: dict[str, bytes]) -> None:
    async def check() -> None:
        with tempfile.TemporaryDirectory() as folder:
            here = build_platform(Path(folder), scripted())
            there = build_platform(Path(folder), scripted())
            assert isinstance(here.journal, MemoryJournal)
            await recorded(here.journal, result, contents)
            file = Path(folder) / "recording.jsonl"
            assert await export_task(here, TASK, file) == 5
            row = await import_recording(there, file)
            assert row == await import_recording(there, file), "twice is once"
        assert await there.journal.events(TASK) == await here.journal.events(TASK)
        for data in contents.values():
            assert await there.journal.blob(digest_bytes(data)) == data

    asyncio.run(check())


async def exported(platform: Platform, folder: Path) -> Lines:
    assert isinstance(platform.journal, MemoryJournal)
    await recorded(platform.journal, "done", {"a.txt": b"text", "b.bin": b"\xff"})
    await export_task(platform, TASK, folder / "recording.jsonl")
    lines = (folder / "recording.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def written(folder: Path, lines: Lines) -> Path:
    file = folder / "changed.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


async def test_a_recording_says_what_it_is_and_is_one_json_object_a_line(
    platform: Platform, tmp_path: Path
) -> None:
    lines = await exported(platform, tmp_path)
    assert lines[0] == {"archon": "recording", "version": 1}
    assert ["event" in line for line in lines[1:6]] == [True] * 5
    assert sorted(next(iter(line.keys() - {"blob"})) for line in lines[6:]) == ["base64", "text"]
    assert not (tmp_path / "recording.jsonl.partial").exists()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda lines: [*lines[:5], *lines[6:]], "stops while the task is running"),
        (lambda lines: lines[:-1], "not a whole recording"),
        (lambda lines: [lines[0]], "not a whole recording"),
        (lambda lines: [], "not a whole recording"),
        (lambda lines: [*lines[:3], *lines[4:]], "event 3 is missing"),
        (lambda lines: [{"archon": "recording", "version": 2}, *lines[1:]], "line 1: made by a newer Archon"),
        (lambda lines: [*lines, {"something": "else"}], "neither an event nor a blob"),
        (lambda lines: [*lines, {"event": {"kind": "finished"}}], "not an event"),
        (lambda lines: [*lines, {"blob": "0" * 64, "text": "x"}], "does not have the content"),
        (lambda lines: [*lines, {"blob": "0" * 64, "base64": "?"}], "line 9: "),
    ],
)
async def test_a_damaged_recording_is_refused_whole(
    platform: Platform, tmp_path: Path, broken: Callable[[Lines], Lines], said: str
) -> None:
    lines = await exported(platform, tmp_path)
    there = build_platform(tmp_path, scripted())
    with pytest.raises(InvalidInput, match=said):
        await import_recording(there, written(tmp_path, broken(lines)))
    assert await there.journal.rows() == []


def event(number: int, **fields: Json) -> Callable[[Lines], Lines]:
    """Puts other fields into an event; those of its body by their names."""

    def change(lines: Lines) -> Lines:
        old: dict[str, Any] = dict(lines[number]["event"])  # type: ignore[arg-type]
        body = old["body"] | {name: value for name, value in fields.items() if name not in old}
        outside = {name: value for name, value in fields.items() if name in old}
        return [*lines[:number], {"event": {**old, "body": body, **outside}}, *lines[number + 1 :]]

    return change


def task(**fields: Json) -> Callable[[Lines], Lines]:
    """Puts other fields into the task's specification."""
    return lambda lines: event(1, spec={**lines[1]["event"]["body"]["spec"], **fields})(lines)  # type: ignore[index, call-overload, dict-item]


def everywhere(**fields: Json) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[:1], *(event(n, **fields)(lines)[n] for n in range(1, 6)), *lines[6:]]


CHARGE: Json = {"reservation_id": "r", "cost_microusd": -1, "model": "m"}
PAUSED: dict[str, Json] = {"problem": {"code": "stopped", "message": "", "hint": ""}}
WAITING: dict[str, Json] = {"question": {"topic": "budget"}}


@pytest.mark.parametrize(
    ("hostile", "said"),
    [
        (event(5, kind="paused", **PAUSED), "stops while the task is paused"),
        (event(5, kind="waiting", **WAITING), "stops while the task is waiting"),
        (lambda lines: lines[:3], "stops while the task is running"),
        (event(4, kind="finished", body={"status": "failed"}), "event 5 cannot stand"),
        (everywhere(task_id=".ssh"), "'.ssh' is no task's id"),
        (everywhere(task_id="../../../home"), "is no task's id"),
        (everywhere(task_id=""), "is no task's id"),
        (everywhere(task_id=TASK.lower()), "is no task's id"),
        (event(4, charge=CHARGE), "no sum of money"),
        (event(3, epoch=-1), "event 3 cannot stand"),
        (event(3, epoch=2**40), "event 3 cannot stand"),
    ],
)
async def test_nothing_that_could_go_on_here_is_taken_in(
    platform: Platform, tmp_path: Path, hostile: Callable[[Lines], Lines], said: str
) -> None:
    lines = await exported(platform, tmp_path)
    there = build_platform(tmp_path, scripted())
    with pytest.raises(InvalidInput, match=f"(?i){said}"):
        await import_recording(there, written(tmp_path, hostile(lines)))
    assert await there.journal.rows() == []


DEEP: Json = json.loads("[" * 200 + "]" * 200)


@pytest.mark.parametrize(
    ("malformed", "said"),
    [
        (task(inputs={"a": 5}), "line 2: not a manifest entry"),
        (event(4, manifest={"a": ["x"]}), "line 5: not a manifest entry"),
        (event(2, at="2026-01-01T00:00:00"), "line 3: the time .* without its zone"),
        (event(2, at="0001-01-01T00:00:00+14:00"), "line 3: the time .* out of range"),
        (event(2, at="yesterday"), "line 3: "),
        (event(3, key="x"), "line 4: 'x' is no effect's key"),
        (event(3, key="1..2"), "no effect's key"),
        (event(3, key="9" * 5000), "no effect's key"),
        (event(3, key=""), "does not tell how a task went"),
        (event(3, scope="\ud800"), "line 4: "),
        (task(budget_microusd=10**30), "line 2: a number of more than 64 bits"),
        (task(run_timeout_s=10**400), "line 2: a number of more than 64 bits"),
        (task(run_timeout_s=float("nan")), "line 2: nan where a number"),
        (event(4, charge={"reservation_id": "", "cost_microusd": 2**63, "model": ""}), "64 bits"),
        (task(objective=""), "line 2: the objective is no text"),
        (task(objective=" \n"), "the objective is no text"),
        (task(objective="\ud800"), "line 2: "),
        (task(workflow=""), "the workflow is no text"),
        (event(3, effect="step", request={"name": "\ud800"}), "line 4: "),
        (event(3, request=DEEP), "line 4: nested too deeply"),
        (
            lambda lines: event(4, effect="step", result={})(
                event(3, effect="step", request={"name": "plan"})(lines)
            ),
            "does not tell how a task went",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_place(
    platform: Platform, tmp_path: Path, malformed: Callable[[Lines], Lines], said: str
) -> None:
    lines = await exported(platform, tmp_path)
    there = build_platform(tmp_path, scripted())
    with pytest.raises(InvalidInput, match=said):
        await import_recording(there, written(tmp_path, malformed(lines)))
    assert await there.journal.rows() == []


@pytest.mark.parametrize("content", [b"not json\n", b"\xff\xfe\n", b"[1, 2]\n", b"[" * 100_000, b"9" * 5000])
async def test_a_file_that_is_no_recording_is_refused(
    platform: Platform, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InvalidInput):
        await import_recording(platform, tmp_path / "file")


async def test_missing_files_and_unwritable_places_are_told(platform: Platform, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no recording"):
        await import_recording(platform, tmp_path / "missing.jsonl")
    with pytest.raises(NotFound):
        await export_task(platform, TaskId("missing"), tmp_path / "x")
    with pytest.raises(InvalidInput):
        await import_recording(platform, tmp_path)
    await exported(platform, tmp_path)
    for place in (tmp_path / "no/such/folder.jsonl", tmp_path):
        with pytest.raises(ConfigurationError, match="could not be written"):
            await export_task(platform, TASK, place)


async def test_another_task_of_that_id_is_left_alone(platform: Platform, tmp_path: Path) -> None:
    await exported(platform, tmp_path)
    there = build_platform(tmp_path, scripted())
    await there.journal.create(TASK, spec(objective="Something else."), {})
    with pytest.raises(Conflict):
        await import_recording(there, tmp_path / "recording.jsonl")


async def test_events_of_a_newer_version_come_through_unread(platform: Platform, tmp_path: Path) -> None:
    lines = await exported(platform, tmp_path)
    lines = event(3, kind="dreamt", body={"of": "sheep"})(lines)
    there = build_platform(tmp_path, scripted())
    row = await import_recording(there, written(tmp_path, lines))
    assert row.status == "completed"
    assert (await there.journal.events(TASK))[2].body.kind == "unknown"
