"""`script` with models that take no tools: they are told about them, and call them, in words."""

from __future__ import annotations

from pathlib import Path

from archon.domain.task import Status
from tests.builders.platform import build_platform, run, scripted
from tests.builders.replies import CHECKS, PLAN, SUM
from tests.builders.tool_runs import (
    FINISH,
    WRONG,
    always,
    calls,
    in_words,
    runs,
    toolless,
    writes,
)


async def test_a_model_without_tools_is_told_about_them_in_words(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, *["I do not know how."] * 6)
    platform = build_platform(tmp_path, model)
    view = await run(toolless(platform), agent_loop="always")
    request = model.requests[2]
    assert not request.tools
    assert all(name in request.system[0].text for name in ("read", "search", "finish"))
    assert "You called no tool" in model.requests[3].messages[-1].text
    assert view.reason == "stuck"


async def test_a_model_without_tools_works_with_them_in_words(tmp_path: Path) -> None:
    model = scripted(
        PLAN,
        CHECKS,
        in_words(writes("main.py", f"{WRONG}\n"), runs("python main.py")),
        in_words(("edit", {"path": "main.py", "old": WRONG, "new": SUM})),
        in_words(FINISH),
    )
    platform = build_platform(tmp_path, model)
    view = await run(toolless(platform), agent_loop="always")
    assert view.status is Status.COMPLETED
    assert "\n45\n" in model.requests[3].messages[-1].text


async def test_a_call_in_words_counts_for_a_model_with_tools_too(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, in_words(writes("main.py", SUM)), calls(FINISH))
    view = await always(tmp_path, model)
    assert view.status is Status.COMPLETED


async def test_a_broken_call_in_words_is_answered_with_what_was_wrong(tmp_path: Path) -> None:
    good = in_words(writes("main.py", SUM), FINISH)
    broken = good.replace("<content>", "<contents>")
    model = scripted(PLAN, CHECKS, broken, good)
    platform = build_platform(tmp_path, model)
    view = await run(toolless(platform), agent_loop="always")
    assert "Nothing of that reply was carried out" in model.requests[3].messages[-1].text
    assert "content" in model.requests[3].messages[-1].text
    assert view.status is Status.COMPLETED
