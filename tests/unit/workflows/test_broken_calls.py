"""A call whose arguments cannot be read is told to the model that wrote it, and never carried out."""

from __future__ import annotations

from pathlib import Path

from archon.domain.conversation import BrokenCall, ModelResponse, ToolCall
from archon.domain.task import FailureReason, Status
from archon.engine.models.codec import response_from_json, response_to_json
from tests.builders.platform import scripted
from tests.builders.replies import CHECKS, PLAN, SUM
from tests.builders.tool_runs import FINISH, always, calls, results, writes

WRITE = ToolCall(id="a", name="write", arguments={"path": "main.py", "content": SUM})
UNREADABLE = BrokenCall(id="b", name="finish", raw='{"summary": "a', fault="Unterminated string, at its end")
REPLY = ModelResponse(text="", tool_calls=(WRITE, UNREADABLE), finish_reason="tool_calls")


async def test_it_is_answered_with_what_was_wrong(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, REPLY, calls(writes("main.py", SUM), FINISH))
    view = await always(tmp_path, model)
    assert view.status is Status.COMPLETED
    said = results(model.requests[3])
    assert [result.call_id for result in said] == ["a", "b"]
    for result in said:
        assert result.is_error
        for words in ("Nothing of that reply was carried out", "Unterminated string", '{"summary": "a'):
            assert words in result.content


async def test_it_is_told_twice_and_no_more(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, REPLY, REPLY, REPLY)
    view = await always(tmp_path, model)
    assert (view.status, view.reason) == (Status.FAILED, FailureReason.REPLY_NOT_UNDERSTOOD)


def test_it_is_kept_as_it_was_written() -> None:
    assert response_from_json(response_to_json(REPLY)) == REPLY
