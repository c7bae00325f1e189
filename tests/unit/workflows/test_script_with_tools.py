"""`script` whose programs are written and repaired with tools, in a real sandbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.model.scripted import Reply
from archon.domain.conversation import ToolCall, ToolResult
from archon.domain.task import FailureReason, Status
from archon.domain.values import TaskId
from archon.services.replay_task import replay_task
from tests.builders.platform import build_platform, run, scripted
from tests.builders.replies import CHECKS, PLAN, SUM, fenced
from tests.builders.tool_runs import (
    FINISH,
    WRONG,
    Given,
    Lesser,
    always,
    calls,
    results,
    runs,
    writes,
)

GOOD_EDIT = calls(("edit", {"path": "main.py", "old": WRONG, "new": SUM}))


async def test_a_program_is_written_run_and_finished(tmp_path: Path) -> None:
    model = scripted(
        PLAN, CHECKS, calls(writes("main.py", f"{SUM}\n")), calls(runs("python main.py")), calls(FINISH)
    )
    view = await always(tmp_path, model)
    assert (view.status, view.files) == (Status.COMPLETED, ["main.py"])
    assert [request.agent for request in model.requests] == ["planner", "checker", "coder", "coder", "coder"]
    assert [each.content for each in results(model.requests[3])] == ["Wrote main.py, 1 lines."]
    assert [each.content for each in results(model.requests[4])] == ["55\n"]
    assert (Path(view.output_path or "") / "main.py").read_text() == f"{SUM}\n"


async def test_what_people_and_files_say_stands_below_what_an_agent_always_is(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, calls(writes("main.py", SUM), FINISH))
    await always(tmp_path, model)
    (role,) = model.requests[2].system
    assert role.cache and role.text.startswith("You write small Python programs")
    assert "Print the sum of 1 to 10." in model.requests[2].messages[0].text
    assert {tool.name for tool in model.requests[2].tools} == {
        *("read", "list", "search", "edit", "write", "run", "recall", "finish")
    }


async def test_several_calls_of_a_reply_are_answered_in_their_order(tmp_path: Path) -> None:
    several = calls(
        writes("main.py", SUM),
        ("read", {"path": "main.py"}),
        ("list", {}),
        ("search", {"pattern": "sum"}),
        runs("python main.py; exit 3"),
    )
    model = scripted(PLAN, CHECKS, several, calls(FINISH))
    await always(tmp_path, model)
    shown = results(model.requests[3])
    assert [each.call_id for each in shown] == [f"call_{n}" for n in range(1, 6)]
    assert shown[1].content == f"main.py, lines 1 to 1 of 1:\n1\t{SUM}"
    assert shown[3].content == f"main.py:1: {SUM}"
    assert shown[4].content == "Exit code 3\n55\n"


async def test_an_edit_that_is_not_to_be_found_is_answered_with_what_is_there(tmp_path: Path) -> None:
    edit: Given = ("edit", {"path": "main.py", "old": "print(sum(range(1, 12)))", "new": SUM})
    model = scripted(PLAN, CHECKS, calls(writes("main.py", WRONG)), calls(edit), calls(FINISH))
    view = await always(tmp_path, model, max_rounds=1)
    (failed,) = results(model.requests[3 + 1])
    assert failed.is_error and failed.content.startswith("Nothing was changed:")
    assert WRONG in failed.content
    assert view.status is Status.FAILED


async def test_the_end_waits_for_a_program(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, calls(FINISH), calls(writes("main.py", SUM)), calls(FINISH))
    view = await always(tmp_path, model)
    (against,) = results(model.requests[3])
    assert against.is_error and "no main.py" in against.content
    assert view.status is Status.COMPLETED


async def test_the_end_is_not_taken_beside_a_failed_call(tmp_path: Path) -> None:
    failing: Given = ("read", {"path": "nothing.txt"})
    model = scripted(PLAN, CHECKS, calls(writes("main.py", SUM), failing, FINISH), calls(FINISH))
    view = await always(tmp_path, model)
    assert "read failed in the same reply" in results(model.requests[3])[2].content
    assert view.status is Status.COMPLETED


async def test_what_commands_leave_behind_is_no_part_of_the_program(tmp_path: Path) -> None:
    made = runs(f"echo '{SUM}' > main.py; echo 55 > sum.txt; mkdir d; echo 1 > d/x.py")
    model = scripted(PLAN, CHECKS, calls(made, writes("notes.txt", "by hand")), calls(FINISH))
    view = await always(tmp_path, model)
    assert sorted(view.files) == ["d/x.py", "main.py", "notes.txt"]


async def test_an_input_cannot_be_written(tmp_path: Path) -> None:
    own = writes("data.txt", "55")
    edit: Given = ("edit", {"path": "data.txt", "old": "1", "new": "2"})
    model = scripted(PLAN, CHECKS, calls(own, edit), calls(writes("main.py", SUM)), calls(FINISH))
    view = await always(tmp_path, model, inputs={"data.txt": b"1\n"})
    assert all("is an input" in each.content and each.is_error for each in results(model.requests[3]))
    assert view.status is Status.COMPLETED


async def test_repairs_over_several_files_are_made_with_tools(tmp_path: Path) -> None:
    two = (
        fenced("main.py", "import helper\nprint(helper.total())")
        + "\n"
        + fenced("helper.py", "def total():\n    return sum(range(1, 10))")
    )
    edit: Given = ("edit", {"path": "helper.py", "old": "range(1, 10)", "new": "range(1, 11)"})
    finish: Given = ("finish", {"summary": "The range ended one too early."})
    model = scripted(PLAN, CHECKS, two, calls(edit), calls(finish))
    view = await run(build_platform(tmp_path, model))
    assert view.status is Status.COMPLETED
    assert [r.passed for r in view.rounds] == [False, True]
    assert view.rounds[1].explanation == "The range ended one too early."
    assert "-    return sum(range(1, 10))\n+    return sum(range(1, 11))" in view.rounds[1].diff
    assert view.files == ["helper.py", "main.py"]
    assert "dispute" in {tool.name for tool in model.requests[3].tools}
    assert "printed '45', expected '55'" in model.requests[3].messages[0].text


async def test_code_that_failed_already_is_no_end(tmp_path: Path) -> None:
    model = scripted(
        PLAN,
        CHECKS,
        calls(writes("main.py", WRONG), FINISH),
        calls(FINISH),
        calls(writes("main.py", SUM), FINISH),
    )
    view = await always(tmp_path, model)
    assert "very code that failed in round 1" in results(model.requests[4])[0].content
    assert view.status is Status.COMPLETED


async def test_a_check_can_be_disputed_instead(tmp_path: Path) -> None:
    dispute: Given = ("dispute", {"check": "check_prints_the_sum", "reason": "It should be 45."})
    unknown: Given = ("dispute", {"check": "check_nothing", "reason": "No."})
    ruling = '{"reason": "The sum of 1 to 10 is 55.", "upheld": false}'
    model = scripted(
        PLAN,
        CHECKS,
        calls(writes("main.py", WRONG), FINISH),
        calls(unknown),
        calls(dispute),
        ruling,
        calls(writes("main.py", SUM), FINISH),
    )
    view = await always(tmp_path, model)
    assert "not a failing check" in results(model.requests[4])[0].content
    assert [d["upheld"] for d in view.rounds[0].disputes] == [False]
    assert view.status is Status.COMPLETED


async def test_an_author_may_end_with_why_it_cannot_be_met(tmp_path: Path) -> None:
    unmet: Given = ("finish", {"summary": "I gave up.", "unmet": "There is no such number."})
    view = await always(tmp_path, scripted(PLAN, CHECKS, calls(unmet)))
    assert (view.status, view.reason) == (Status.FAILED, FailureReason.OBJECTIVE_CANNOT_BE_MET)
    assert "There is no such number." in view.message


async def test_a_call_with_wrong_arguments_is_told_what_is_wrong(tmp_path: Path) -> None:
    wrong = calls(("read", {"file": "main.py"}), ("reed", {"path": "main.py"}), ("list", {"path": 3}))
    model = scripted(PLAN, CHECKS, wrong, calls(writes("main.py", SUM), FINISH))
    await always(tmp_path, model)
    first, second, third = results(model.requests[3])
    assert first.is_error and "path" in first.content
    assert second.is_error and "read" in second.content
    assert third.is_error


async def test_a_reply_that_was_cut_off_is_carried_out_in_no_part(tmp_path: Path) -> None:
    cut: Reply = {
        "tool_calls": [{"name": "write", "arguments": {"path": "main.py"}}],
        "finish_reason": "length",
    }
    model = scripted(PLAN, CHECKS, cut, calls(writes("main.py", SUM), FINISH))
    await always(tmp_path, model)
    (told,) = results(model.requests[3])
    assert told.is_error and "cut off" in told.content


async def test_replies_that_stay_broken_end_the_task(tmp_path: Path) -> None:
    cut: Reply = {"text": "…", "finish_reason": "length"}
    view = await always(tmp_path, scripted(PLAN, CHECKS, cut, cut, cut))
    assert (view.status, view.reason) == (Status.FAILED, FailureReason.REPLY_NOT_UNDERSTOOD)


async def test_more_calls_than_a_reply_may_make_are_refused_whole(tmp_path: Path) -> None:
    many = calls(*[runs("true")] * 51)
    model = scripted(PLAN, CHECKS, many, calls(writes("main.py", SUM), FINISH))
    await always(tmp_path, model)
    assert all("51 tools" in each.content and each.is_error for each in results(model.requests[3]))


async def test_a_run_with_tools_can_be_replayed(tmp_path: Path) -> None:
    model = scripted(
        PLAN,
        CHECKS,
        calls(writes("main.py", WRONG), runs("python main.py")),
        calls(FINISH),
        GOOD_EDIT,
        calls(FINISH),
    )
    platform = build_platform(tmp_path, model)
    view = await run(platform, agent_loop="always")
    assert view.status is Status.COMPLETED
    await replay_task(platform, TaskId(view.id), lambda: MemoryJournal(platform.clock))


async def test_a_conversation_that_grows_too_long_goes_on_without_its_old_results(tmp_path: Path) -> None:
    prints = [runs(f"seq {n}000 {n}700") for n in range(1, 9)]
    model = scripted(
        PLAN,
        CHECKS,
        *[calls(each) for each in prints],
        calls(("recall", {"name": "call_1"}), writes("main.py", SUM)),
        calls(FINISH),
    )
    platform = build_platform(tmp_path, model)
    small = Lesser(platform.catalog, context_tokens=12_000, max_output_tokens=1_000)
    view = await run(replace(platform, catalog=small), agent_loop="always")
    assert view.status is Status.COMPLETED
    late = model.requests[-1]
    first = next(part for message in late.messages for part in message.parts if isinstance(part, ToolResult))
    assert "Left out to save room" in first.content and f'recall "{first.call_id}"' in first.content
    assert "1000\n1001" in results(late)[0].content
    assert late.system == model.requests[2].system


async def test_names_that_not_every_provider_takes_are_said_again_in_plain_letters(tmp_path: Path) -> None:
    odd: Reply = {"tool_calls": [{"id": "functions.read:0", "name": "functions.read", "arguments": {}}]}
    model = scripted(PLAN, CHECKS, odd, calls(writes("main.py", SUM), FINISH))
    await always(tmp_path, model)
    (told,) = results(model.requests[3])
    said = [part for part in model.requests[3].messages[1].parts if isinstance(part, ToolCall)]
    assert [(call.id, call.name) for call in said] == [("functions_read_0", "functions_read")]
    assert told.call_id == "functions_read_0" and told.is_error


async def test_a_program_with_a_fence_in_its_text_is_written_whole(tmp_path: Path) -> None:
    program = f'TEMPLATE = """\n# Title\n```bash\nrm -rf build\n```\n"""\n{SUM}\n'
    view = await always(tmp_path, scripted(PLAN, CHECKS, calls(writes("main.py", program), FINISH)))
    assert (Path(view.output_path or "") / "main.py").read_text() == program


async def test_data_that_is_there_already_becomes_part_of_the_program_when_it_is_written(
    tmp_path: Path,
) -> None:
    reads = "print(int(open('data.txt').read()))"
    model = scripted(
        PLAN,
        CHECKS,
        calls(runs("echo 55 > data.txt")),
        calls(writes("data.txt", "55\n"), writes("main.py", reads), FINISH),
    )
    view = await always(tmp_path, model)
    assert view.status is Status.COMPLETED
    assert view.files == ["data.txt", "main.py"]


async def test_a_name_of_several_lines_is_not_handed_over(tmp_path: Path) -> None:
    odd = f"import os\nos.makedirs('x\\n/etc')\nopen('x\\n/etc/passwd\\nz', 'w')\n{SUM}\n"
    view = await always(tmp_path, scripted(PLAN, CHECKS, calls(writes("main.py", odd), FINISH)))
    assert view.status is Status.COMPLETED
    assert view.files == ["main.py"]


async def test_what_a_command_does_to_an_input_is_undone_and_told(tmp_path: Path) -> None:
    harm = runs("echo 9 > data.txt; ls; mkdir more; echo 1 > more/other.txt")
    gone = runs("rm -r data.txt; mkdir data.txt; echo 1 > data.txt/inner")
    model = scripted(
        PLAN,
        CHECKS,
        calls(writes("main.py", SUM), harm),
        calls(runs("cat data.txt more/other.txt"), ("read", {"path": "data.txt"}), gone),
        calls(runs("cat data.txt"), FINISH),
    )
    view = await always(tmp_path, model, inputs={"data.txt": b"1\n2\n"})
    assert view.status is Status.COMPLETED
    undone = "data.txt is an input, which stays as it is: what the command did to it was undone."
    assert results(model.requests[3])[1].content.endswith(undone)
    after, read, again = results(model.requests[4])
    assert after.content == "1\n2\n1\n"
    assert read.content.endswith("1\t1\n2\t2")
    assert again.content.endswith(undone)
