"""A person's desk: files that are named alike in every life of a task, and answers that may be mended."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archon.adapters.model.manual import ManualModel
from archon.domain.conversation import CallRef, ModelRequest, ModelResponse, SystemBlock, Tool, user
from archon.domain.errors import ConfigurationError, ModelRefusedRequest
from archon.testing.manual_clock import ManualClock


class Steps(ManualClock):
    """Does one step each time the model waits, and gives up after the last."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        super().__init__()
        self.steps = list(steps)

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if not self.steps:
            raise AssertionError("the model still waits")
        self.steps.pop(0)()


def request(key: str = "5.0", hashed: str = "0123456789abcdef") -> ModelRequest:
    return ModelRequest(
        role="coder",
        model="manual/desk",
        system=(SystemBlock(text="You are careful."),),
        messages=(user("Write it."),),
        tools=(Tool(name="run", description="Runs.", parameters={"type": "object"}),),
        output_schema={"type": "object"},
        ref=CallRef(task_id="01TASK", key=key, hash=hashed),
    )


async def answer(model: ManualModel, asked: ModelRequest) -> ModelResponse:
    last = [item async for item in model.respond(asked)][-1]
    assert isinstance(last, ModelResponse)
    return last


def text(path: Path) -> str:
    return path.read_text()


def names(folder: Path, pattern: str = "*") -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


async def test_a_request_is_written_for_programs_and_for_people(tmp_path: Path) -> None:
    stem = tmp_path / "0001-01TASK-5.0-01234567"
    clock = Steps(lambda: Path(f"{stem}.response.md").write_text("done"))
    response = await answer(ManualModel(tmp_path, clock), request())
    assert (response.text, response.usage.is_estimated) == ("done", True)
    written = json.loads(text(Path(f"{stem}.request.json")))
    assert written["role"] == "coder"
    assert written["system"] == ["You are careful."]
    assert written["messages"][0]["parts"][0]["text"] == "Write it."
    assert written["tools"][0]["name"] == "run"
    assert written["output_schema"] == {"type": "object"}
    assert written["limits"]["max_output_tokens"] == 8192
    page = text(Path(f"{stem}.request.md"))
    for part in ("coder", "You are careful.", "Write it.", "`run`", f"{stem.name}.response.md"):
        assert part in page


async def test_after_a_restart_the_request_and_its_answer_are_found_again(tmp_path: Path) -> None:
    first = ManualModel(tmp_path, Steps(lambda: None))
    with pytest.raises(AssertionError, match="still waits"):
        await answer(first, request("1.0"))
    with pytest.raises(AssertionError, match="still waits"):
        await answer(ManualModel(tmp_path, Steps()), request("2.0"))
    (tmp_path / "0001-01TASK-1.0-01234567.response.md").write_text("late")
    assert (await answer(ManualModel(tmp_path, Steps()), request("1.0"))).text == "late"
    assert len(names(tmp_path, "*.request.json")) == 2


async def test_another_hash_under_the_same_key_is_another_request(tmp_path: Path) -> None:
    model = ManualModel(tmp_path, Steps(lambda: None))
    (tmp_path / "0001-01TASK-5.0-01234567.request.json").write_text("{}")
    (tmp_path / "0001-01TASK-5.0-01234567.response.md").write_text("old")
    with pytest.raises(AssertionError, match="still waits"):
        await answer(model, request(hashed="fedcba9876543210"))
    assert (tmp_path / "0002-01TASK-5.0-fedcba98.request.json").exists()


async def test_requests_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "when needed"

    def answer_all() -> None:
        for asked in folder.glob("*.request.json"):
            name = asked.name.removesuffix(".request.json")
            (folder / f"{name}.response.md").write_text(name.split("-")[2])

    clock = Steps(*[answer_all] * 200)
    models = [ManualModel(folder, clock) for _ in range(8)]
    answers = await asyncio.gather(
        *(answer(model, request(f"{number}.0")) for number, model in enumerate(models))
    )
    assert [response.text for response in answers] == [f"{number}.0" for number in range(8)]
    numbers = [name[:4] for name in names(folder, "*.request.json")]
    assert numbers == [f"{number:04d}" for number in range(1, 9)]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ('{"text": "a"', "not JSON"),
        ('{"txet": "a"}', 'no field "txet"'),
        ('{"tool_calls": [{"name": "run"}]}', 'needs "arguments"'),
        ('{"text": "\\ud83d"}', "surrogates"),
        ('{"tool_calls": [{"name": "run", "arguments": {"a": NaN}}]}', "JSON"),
        ("[]", "JSON object"),
        ("[" * 100_000, "not JSON"),
    ],
)
async def test_a_wrong_answer_gets_a_note_and_may_be_mended(tmp_path: Path, wrong: str, why: str) -> None:
    stem = tmp_path / "0001-01TASK-5.0-01234567"
    reply, note = Path(f"{stem}.response.json"), Path(f"{stem}.response.problem.txt")
    notes: list[str] = []
    clock = Steps(
        lambda: reply.write_text(wrong),
        lambda: notes.append(note.read_text()),
        lambda: note.unlink(),
        lambda: notes.append(str(note.exists())),
        lambda: reply.write_text('{"text": "mended", "tool_calls": []}'),
    )
    assert (await answer(ManualModel(tmp_path, clock), request())).text == "mended"
    assert why in notes[0]
    assert notes[1] == "False", "an answer that has not changed is read once"
    assert names(tmp_path, "*.problem.txt") == []


async def test_an_empty_or_wrongly_encoded_answer_is_waited_out(tmp_path: Path) -> None:
    reply = tmp_path / "0001-01TASK-5.0-01234567.response.md"
    clock = Steps(
        lambda: reply.touch(),
        lambda: reply.write_bytes(b"\xff\xfe"),
        lambda: reply.write_text("at last\n"),
    )
    assert (await answer(ManualModel(tmp_path, clock), request())).text == "at last\n"


@pytest.mark.parametrize("key", ["build.2/backend_agent/3", "../../etc/passwd", "a b\0c", "é" * 300])
async def test_any_key_makes_a_safe_name_in_the_folder(tmp_path: Path, key: str) -> None:
    desk = tmp_path / "desk"
    with pytest.raises(AssertionError, match="still waits"):
        await answer(ManualModel(desk, Steps()), request(key))
    assert len(names(desk, "0001-01TASK-*-01234567.request.json")) == 1
    assert names(tmp_path) == ["desk"]


async def test_a_call_without_a_place_in_a_task_is_named_by_what_it_asks(tmp_path: Path) -> None:
    nowhere = replace(request(), ref=CallRef(task_id="", key="", hash=""))
    for asked in (nowhere, nowhere, replace(nowhere, role="fixer")):
        with pytest.raises(AssertionError, match="still waits"):
            await answer(ManualModel(tmp_path, Steps()), asked)
    assert len(names(tmp_path, "*-none-none-*.request.json")) == 2


async def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelRefusedRequest, match="cannot use"):
        await answer(ManualModel(tmp_path / "file", Steps()), request())


async def test_where_an_answer_is_waited_for_is_said_until_it_is_there(tmp_path: Path) -> None:
    model = ManualModel(tmp_path, Steps())
    stem = tmp_path / "0001-01TASK-5.0-01234567"
    assert await model.place_of_answer(request()) == f"{stem}.response.md"
    assert names(tmp_path, "*.request.md") == [f"{stem.name}.request.md"]
    write = Path(f"{stem}.response.md").write_text
    write("done")
    assert await model.place_of_answer(request()) == ""
    assert (await answer(model, request())).text == "done"


def test_a_folder_is_looked_at_before_anybody_is_asked(tmp_path: Path) -> None:
    ManualModel(tmp_path / "made" / "here", Steps()).check()
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot use"):
        ManualModel(tmp_path / "file", Steps()).check()
