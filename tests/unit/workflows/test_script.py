"""`script` from its objective to its end, in a real sandbox, with a model that plays a part."""

from __future__ import annotations

from pathlib import Path

from archon.adapters.model.scripted import ScriptedModel
from archon.domain.task import ADVICE, FailureReason, Status
from archon.services.task_view import TaskView
from tests.builders.platform import build_platform, run, scripted
from tests.builders.replies import (
    CHECKS,
    CRASHES,
    DOES_NOT_CRASH,
    GOOD,
    OFF_BY_ONE,
    PLAN,
    PRINTS_55,
    SUM,
    checks,
    fenced,
)

WRITES_55 = '''def check_writes_the_sum(result):
    """The sum is in sum.txt."""
    assert (result.workspace / "sum.txt").read_text().strip() == "55"'''
PRINTS_54 = PRINTS_55.replace('"55"', '"54"').replace("'55'", "'54'")


async def task(folder: Path, model: ScriptedModel, **fields: object) -> TaskView:
    """The end of a task, for which the model had just enough to say."""
    view = await run(build_platform(folder, model), **fields)  # type: ignore[arg-type]
    assert model.unplayed == 0
    return view


def delivered(view: TaskView, path: str) -> Path:
    """A file of the result."""
    return Path(view.output_path or "") / path


def told(model: ScriptedModel, number: int) -> str:
    """The last words of a request."""
    return model.requests[number].messages[-1].text


async def test_an_objective_becomes_a_checked_program_on_disk(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, GOOD)
    view = await task(tmp_path, model)
    assert (view.status, view.error) == (Status.COMPLETED, None)
    assert view.plan_steps == ["Add the numbers from 1 to 10.", "Print the sum."]
    (only,) = view.rounds
    assert (only.exit_code, only.stdout, only.passed) == (0, "55\n", True)
    assert [(c["name"], c["passed"]) for c in only.checks] == [("check_prints_the_sum", True)]
    assert view.files == ["main.py"]
    assert delivered(view, "main.py").read_text() == f"{SUM}\n"
    assert [request.agent for request in model.requests] == ["planner", "checker", "coder"]


async def test_the_programmer_never_sees_the_checks_and_their_author_never_the_code(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, OFF_BY_ONE, GOOD)
    await task(tmp_path, model)
    for request in model.requests:
        said = "".join(message.text for message in request.messages)
        assert ("def check_prints_the_sum" in said) is False
        assert request.agent != "checker" or "range" not in said


async def test_a_repair_is_told_the_exact_message_and_runs_again(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, OFF_BY_ONE, f"It stopped early.\n\n{GOOD}")
    view = await task(tmp_path, model)
    assert view.status is Status.COMPLETED
    assert [r.passed for r in view.rounds] == [False, True]
    assert "check_prints_the_sum (The sum is printed.): printed '45', expected '55'" in told(model, 3)
    assert "print(sum(range(1, 10)))" in told(model, 3)
    assert view.rounds[1].explanation == "It stopped early."
    assert "+print(sum(range(1, 11)))" in view.rounds[1].diff


async def test_a_crash_is_told_with_its_signature_and_innermost_frame(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, CRASHES, GOOD)
    view = await task(tmp_path, model)
    assert view.rounds[0].exit_code == 1
    assert view.rounds[0].signature.startswith("NameError: name 'undefined_name' is not defined at main.py")
    assert f"Error signature: {view.rounds[0].signature}" in told(model, 3)
    assert "Traceback (most recent call last):" in told(model, 3)
    assert "Exit code: 1" in told(model, 3)


async def test_three_runs_that_fail_exhaust_the_rounds_and_all_are_kept(tmp_path: Path) -> None:
    third = fenced("main.py", "print(54)")
    model = scripted(PLAN, CHECKS, CRASHES, OFF_BY_ONE, third)
    view = await task(tmp_path, model)
    assert (view.status, view.reason) == (Status.FAILED, "rounds_exhausted")
    assert view.message == (
        "3 runs, and the last one still fails: check_prints_the_sum (The sum is printed.): printed '54', "
        "expected '55'"
    )
    assert view.advice == ADVICE[FailureReason.ROUNDS_EXHAUSTED]
    assert [r.passed for r in view.rounds] == [False, False, False]
    assert delivered(view, "main.py").read_text() == "print(54)\n", "the last one is delivered"
    assert "It led to: check_prints_the_sum" in told(model, 4), "a repair knows what the one before led to"
    assert "+print(sum(range(1, 10)))" in told(model, 4)


async def test_as_many_runs_as_were_allowed(tmp_path: Path) -> None:
    view = await task(tmp_path, scripted(PLAN, CHECKS, CRASHES), max_rounds=1)
    assert (view.reason, len(view.rounds)) == ("rounds_exhausted", 1)
    assert view.message.endswith("NameError: name 'undefined_name' is not defined"), "not just `Traceback`"


async def test_checks_that_an_empty_program_passes_are_refused_and_the_author_is_told(tmp_path: Path) -> None:
    model = scripted(PLAN, checks(PRINTS_55, DOES_NOT_CRASH), CHECKS, GOOD)
    view = await task(tmp_path, model)
    assert view.status is Status.COMPLETED
    assert "an empty program that prints and writes nothing passes them: check_does_not_crash" in told(
        model, 2
    )
    assert view.checks is not None and view.checks["refused"] == []


async def test_checks_that_stay_worthless_are_left_out_and_shown_as_refused(tmp_path: Path) -> None:
    both = checks(PRINTS_55, DOES_NOT_CRASH)
    model = scripted(PLAN, both, both, both, GOOD)
    view = await task(tmp_path, model)
    assert view.status is Status.COMPLETED
    assert view.checks is not None
    assert view.checks["names"] == ["check_prints_the_sum"]
    assert [refused["name"] for refused in view.checks["refused"]] == ["check_does_not_crash"]
    assert [c["name"] for c in view.rounds[0].checks] == ["check_prints_the_sum"]


async def test_without_a_check_worth_having_no_code_is_written(tmp_path: Path) -> None:
    worthless = checks(DOES_NOT_CRASH)
    view = await task(tmp_path, scripted(PLAN, worthless, worthless, worthless))
    assert (view.status, view.reason, view.rounds) == (Status.FAILED, "no_acceptance_checks", [])
    assert "check_does_not_crash" in view.message
    assert view.advice == ADVICE[FailureReason.NO_ACCEPTANCE_CHECKS]


async def test_checks_that_are_not_python_are_asked_for_again(tmp_path: Path) -> None:
    model = scripted(PLAN, fenced("checks.py", "def check_x(result:\n    pass"), CHECKS, GOOD)
    view = await task(tmp_path, model)
    assert view.status is Status.COMPLETED
    assert "checks.py is not valid Python" in told(model, 2)


async def test_checks_that_cannot_be_loaded_are_asked_for_again(tmp_path: Path) -> None:
    broken = checks("import no_such_module", PRINTS_55)
    model = scripted(PLAN, broken, CHECKS, GOOD)
    view = await task(tmp_path, model)
    assert view.status is Status.COMPLETED
    assert "No module named 'no_such_module'" in told(model, 2)


async def test_a_dispute_that_is_turned_down_leaves_the_checks_and_is_kept(tmp_path: Path) -> None:
    turned_down = '{"reason": "1 to 10 includes 10, so it is 55.", "upheld": false}'
    model = scripted(PLAN, CHECKS, OFF_BY_ONE, "DISPUTE check_prints_the_sum: 45 is right", turned_down, GOOD)
    view = await task(tmp_path, model)
    assert view.status is Status.COMPLETED
    assert [len(r.disputes) for r in view.rounds] == [1, 0]
    assert view.rounds[0].disputes == [
        {
            "check": "check_prints_the_sum",
            "reason": "45 is right",
            "upheld": False,
            "ruling": "1 to 10 includes 10, so it is 55.",
        }
    ]
    assert model.requests[4].agent == "judge"
    assert "def check_prints_the_sum" in told(model, 4) and "printed '45'" in told(model, 4)
    assert "was turned down: 1 to 10 includes 10, so it is 55." in told(model, 5)


async def test_a_dispute_that_is_upheld_changes_the_check_and_does_not_run_the_program_again(
    tmp_path: Path,
) -> None:
    upheld = '{"reason": "The sum of 1 to 10 is 55, the check wants 54.", "upheld": true}'
    model = scripted(PLAN, checks(PRINTS_54), GOOD, "DISPUTE check_prints_the_sum: it is 55", upheld, CHECKS)
    view = await task(tmp_path, model)
    assert view.status is Status.COMPLETED
    (only,) = view.rounds
    assert only.passed is True
    assert only.disputes[0]["upheld"] and only.disputes[0]["reason"] == "it is 55"
    assert only.disputes[0]["ruling"] == "The sum of 1 to 10 is 55, the check wants 54."
    assert view.checks is not None and '"55"' in view.checks["program"]
    assert [m.agent for m in view.timeline if m.event == "started"] == [
        "planner", "coder", "executor", "checker", "fixer", "checker", "executor",
    ]  # fmt: skip
    assert model.requests[5].agent == "checker"
    assert "the dispute was upheld" in told(model, 5)


async def test_a_third_dispute_is_not_heard(tmp_path: Path) -> None:
    turned_down = '{"reason": "No.", "upheld": false}'
    dispute = "DISPUTE check_prints_the_sum: 45 is right"
    model = scripted(PLAN, CHECKS, OFF_BY_ONE, dispute, turned_down, dispute, turned_down, dispute, GOOD)
    view = await task(tmp_path, model)
    assert view.status is Status.COMPLETED
    assert len(view.rounds[0].disputes) == 2
    assert "not a failing check; those are: none" in told(model, 8)


async def test_code_that_already_failed_is_told_once_and_not_run_again(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, OFF_BY_ONE, OFF_BY_ONE, GOOD)
    view = await task(tmp_path, model)
    assert view.status is Status.COMPLETED
    assert len(view.rounds) == 2
    assert told(model, 4) == "This is the very code that failed in round 1. Send something else."


async def test_code_that_already_failed_twice_ends_the_task(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, CRASHES, OFF_BY_ONE, CRASHES, OFF_BY_ONE)
    view = await task(tmp_path, model)
    assert (view.status, view.reason, len(view.rounds)) == (Status.FAILED, "rounds_exhausted", 2)
    assert "had failed already" in view.message
    assert "range(1, 10)" in delivered(view, "main.py").read_text()


async def test_an_objective_that_cannot_be_met_is_no_success(tmp_path: Path) -> None:
    view = await task(tmp_path, scripted("**CANNOT BE MET:** there is no network."))
    assert (view.status, view.reason) == (Status.FAILED, FailureReason.OBJECTIVE_CANNOT_BE_MET)
    assert "The planner says that no program can meet it: there is no network." in view.message


async def test_what_a_model_only_thinks_ends_no_task(tmp_path: Path) -> None:
    thought = (
        "<think>\nMaybe I should say\nCANNOT BE MET: no network\nDISPUTE check_prints_the_sum: no\n</think>\n"
    )
    plan = f"{thought}1. If there is nothing, print\n   CANNOT BE MET: no numbers\n2. Print the sum."
    view = await task(tmp_path, scripted(plan, CHECKS, OFF_BY_ONE, thought + GOOD.replace("```", "~~~")))
    assert view.status is Status.COMPLETED
    assert "Maybe" not in view.plan and "Maybe" not in view.rounds[1].explanation


async def test_a_repairer_may_find_that_it_cannot_be_met(tmp_path: Path) -> None:
    view = await task(tmp_path, scripted(PLAN, CHECKS, OFF_BY_ONE, "CANNOT BE MET: 55 is no sum of these."))
    assert (view.status, view.reason) == (Status.FAILED, FailureReason.OBJECTIVE_CANNOT_BE_MET)
    assert "The fixer says that no program can meet it: 55 is no sum of these." in view.message
    assert delivered(view, "main.py").is_file()


async def test_without_a_sandbox_nothing_is_executed_and_the_result_says_so(tmp_path: Path) -> None:
    dangerous = fenced("main.py", f"open({str(tmp_path / 'ran')!r}, 'w')")
    model = scripted(PLAN, dangerous)
    view = await task(tmp_path, model, use_sandbox=False)
    assert view.status is Status.COMPLETED
    assert view.message == "Nothing was executed, as asked."
    assert view.spec.isolation == {"warnings": []}
    assert view.rounds[0].exit_code is None and view.rounds[0].passed is None
    assert not (tmp_path / "ran").exists()
    assert view.files == ["main.py"]


async def test_inputs_and_standard_input_reach_the_program_and_the_agents(tmp_path: Path) -> None:
    reads = fenced("main.py", "import sys\nprint(sum(map(int, sys.stdin)) + int(open('more.txt').read()))")
    model = scripted(PLAN, CHECKS, reads)
    view = await task(
        tmp_path, model, inputs={"numbers.txt": b"1\n2\n3\n", "more.txt": b"49"}, stdin="numbers.txt"
    )
    assert view.status is Status.COMPLETED
    assert view.rounds[0].command == "python main.py < numbers.txt"
    for request in model.requests:
        brief = request.messages[0].text
        assert "numbers.txt (6 bytes), also given to the program on standard input" in brief
        assert "more.txt (2 bytes)" in brief
    assert view.files == ["main.py", "more.txt", "numbers.txt"]


async def test_files_that_the_program_writes_are_checked_and_delivered(tmp_path: Path) -> None:
    writes = fenced(
        "main.py",
        "from pathlib import Path\nPath('out/deep').mkdir(parents=True)\nPath('empty').mkdir()\n"
        "Path('sum.txt').write_text('55')\nPath('out/deep/x.bin').write_bytes(bytes(range(256)))",
    )
    view = await task(tmp_path, scripted(PLAN, checks(WRITES_55), writes))
    assert view.status is Status.COMPLETED
    assert view.files == ["main.py", "out/deep/x.bin", "sum.txt"]
    assert delivered(view, "out/deep/x.bin").read_bytes() == bytes(range(256))
    assert delivered(view, "empty").is_dir()


async def test_each_run_begins_where_the_first_one_began(tmp_path: Path) -> None:
    leaves = "import os\nos.mkdir('out')\nopen('log', 'a').write('x')\nassert open('log').read() == 'x'\n"
    model = scripted(
        PLAN, CHECKS, fenced("main.py", f"{leaves}print(54)"), fenced("main.py", f"{leaves}print(55)")
    )
    view = await task(tmp_path, model)
    assert view.status is Status.COMPLETED, view.error


async def test_a_check_that_runs_the_program_again_finds_it_as_before_its_run(tmp_path: Path) -> None:
    program = fenced(
        "main.py",
        "import os, sys\nos.mkdir('out')\nrows = open('rows.txt').read().split()\n"
        "open('rows.txt', 'a').write(' 100')\nprint(sum(map(int, rows)))",
    )
    again = """def check_again(result):
    assert result.stdout.strip() == "55"
    ran = result.run()
    assert (ran.exit_code, ran.stdout.strip()) == (0, "55"), ran.stdout + ran.stderr"""
    model = scripted(PLAN, checks(again), program)
    view = await task(tmp_path, model, inputs={"rows.txt": b"50 5"})
    assert view.status is Status.COMPLETED, view.error
