"""The script is played in order, to whom it is meant for, and complains at its end."""

import json
from pathlib import Path

import pytest

from archon.adapters.model.scripted import Line, ScriptedModel, ScriptFile, read_script
from archon.domain.conversation import AnsweredCall, CallRef, ModelRequest, ModelResponse, ToolCall, user
from archon.domain.errors import ConfigurationError, ModelRefusedRequest, RateLimited
from archon.ports.model import Model


def request(
    role: str = "coder",
    key: str = "1.0",
    *,
    agent: str = "",
    task: str = "T",
    earlier: str = "",
    asked: str = "scripted/x",
) -> ModelRequest:
    """A call, after earlier ones of these agents, which asked that model."""
    answered = tuple(AnsweredCall(role=each, agent=each, key="1.0", model=asked) for each in earlier.split())
    ref = CallRef(task_id=task, key=key, hash="abc", earlier=lambda: answered)
    said = (user("hello"),)
    return ModelRequest(role=role, agent=agent, model="scripted/x", system=(), messages=said, ref=ref)


async def answer(model: Model, asked: ModelRequest) -> ModelResponse:
    items = [item async for item in model.respond(asked)]
    last = items[-1]
    assert isinstance(last, ModelResponse)
    return last


async def test_replies_come_in_order_and_requests_are_kept() -> None:
    model = ScriptedModel(["one", ModelResponse(text="two")])
    assert (await answer(model, request())).text == "one"
    assert (await answer(model, request())).text == "two"
    assert [asked.role for asked in model.requests] == ["coder", "coder"]
    assert model.unplayed == 0


async def test_a_finished_script_refuses_the_next_call_and_says_whose_it_was() -> None:
    model = ScriptedModel(["one"], name="story.json")
    await answer(model, request())
    with pytest.raises(ModelRefusedRequest, match=r"story\.json has no reply left for call 2, by the fixer"):
        await answer(model, request(role="fixer"))


async def test_a_scripted_error_is_raised() -> None:
    with pytest.raises(RateLimited):
        await answer(ScriptedModel([RateLimited("slow down")]), request())


async def test_a_reply_for_a_role_waits_for_that_role() -> None:
    model = ScriptedModel([Line(reply="for the fixer", role="fixer"), "for anybody"])
    assert (await answer(model, request(role="coder"))).text == "for anybody"
    assert (await answer(model, request(role="fixer"))).text == "for the fixer"


async def test_a_reply_for_a_key_is_found_again_by_a_fresh_process() -> None:
    script = [Line(reply="first", key="1.*"), Line(reply="second", key="2.*")]
    assert (await answer(ScriptedModel(script), request(key="2.0"))).text == "second"


async def test_usage_is_the_same_every_time_and_marked_as_estimated() -> None:
    first = await answer(ScriptedModel(["text"]), request())
    second = await answer(ScriptedModel(["text"]), request())
    assert first.usage == second.usage
    assert first.usage.is_estimated
    assert first.usage.total_tokens > 0


@pytest.mark.parametrize("as_lines", [False, True])
async def test_a_script_file_may_be_a_list_or_json_lines(tmp_path: Path, as_lines: bool) -> None:
    replies = ["plain", {"role": "fixer", "tool_calls": [{"id": "c", "name": "run", "arguments": {"a": 1}}]}]
    path = tmp_path / "script"
    path.write_text("\n".join(map(json.dumps, replies)) if as_lines else json.dumps(replies, indent=2))
    model = ScriptedModel(read_script(path))
    assert (await answer(model, request())).text == "plain"
    called = await answer(model, request(role="fixer"))
    assert called.tool_calls == (ToolCall(id="c", name="run", arguments={"a": 1}),)
    assert called.finish_reason == "tool_calls"


@pytest.mark.parametrize("content", ["[1]", '{"txet": "a"', '["a"', '[{"role": 1}]'])
def test_a_broken_script_is_one_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "script").write_text(content)
    with pytest.raises(ConfigurationError, match="cannot be played"):
        read_script(tmp_path / "script")


async def test_a_reply_with_an_unknown_field_says_which(tmp_path: Path) -> None:
    (tmp_path / "script").write_text('[{"txet": "a"}]')
    with pytest.raises(ModelRefusedRequest, match='no field "txet"'):
        await answer(ScriptedModel(read_script(tmp_path / "script")), request())


def script(folder: Path, *lines: object) -> ScriptFile:
    (folder / "story.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return ScriptFile(folder / "story.jsonl")


async def test_a_reply_may_be_for_an_agent(tmp_path: Path) -> None:
    lines = [{"agent": "fixer", "text": "mended"}, {"role": "checker", "text": "checks"}]
    model = script(tmp_path, *lines, {"role": "fixer", "text": "more checks"})
    for agent, text in (("checker", "checks"), ("checker", "more checks"), ("fixer", "mended")):
        assert (await answer(model, request("fixer", agent=agent))).text == text


async def test_every_task_plays_a_script_from_its_beginning(tmp_path: Path) -> None:
    model = script(tmp_path, "one", "two")
    for task in ("A", "B"):
        assert (await answer(model, request(task=task))).text == "one"
    assert (await answer(model, request(task="A"))).text == "two"


async def test_a_task_goes_on_in_the_script_in_another_process(tmp_path: Path) -> None:
    model = script(tmp_path, {"agent": "coder", "text": "c1"}, "p1", {"agent": "coder", "text": "c2"}, "p2")
    asked = request("planner", agent="planner", earlier="planner coder")
    assert (await answer(model, asked)).text == "p2"
    assert (await answer(model, request(agent="coder"))).text == "c2"


async def test_what_others_answered_is_not_played_from_a_script(tmp_path: Path) -> None:
    model = script(tmp_path, "one", "two")
    asked = request("planner", earlier="planner checker", asked="claude-sonnet-4-6")
    assert (await answer(model, asked)).text == "one"


async def test_a_script_at_its_end_says_whose_reply_is_missing_and_may_be_mended(tmp_path: Path) -> None:
    model = script(tmp_path, "one", {"role": "planer", "text": "a plan"})
    await answer(model, request())
    with pytest.raises(ConfigurationError) as raised:
        await answer(model, request("fixer", agent="checker"))
    assert raised.value.message == (
        "The script story.jsonl has no reply left for call 2, by the checker (role fixer). "
        "What is left is for role 'planer'."
    )
    assert "Add the missing reply" in raised.value.hint
    script(tmp_path, "one", "two")
    assert (await answer(model, request(earlier="coder"))).text == "two"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('"a"\n{"text": "a"', "line 2 is no JSON"),
        ('["a", {"role": 1}]', 'reply 2: "role" must be a string'),
        ('"a"\n\n{"txet": "a"}', 'reply 2: An answer has no field "txet"'),
        ('{"role": "fixer"}', "reply 1: An answer is a JSON object with the fields"),
        ('["a", {"tool_calls": [{"name": "run"}]}]', 'reply 2: Tool call 1 (run) needs "arguments"'),
        ("[" * 5_000, ""),
        (None, "no such file"),
    ],
)
def test_what_is_wrong_with_a_script_is_found_before_it_is_played(
    tmp_path: Path, content: str | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "story.jsonl").write_text(content)
    with pytest.raises(ConfigurationError) as raised:
        ScriptFile(tmp_path / "story.jsonl").check()
    assert f"{tmp_path}/story.jsonl cannot be played: {why}" in raised.value.message
    assert "JSON list" in raised.value.hint


def test_a_good_script_is_good(tmp_path: Path) -> None:
    lines = ["\u2028", {"text": "a", "role": "coder", "key": "1.*"}, {"finish_reason": "stop"}]
    script(tmp_path, *lines).check()
