"""What agents are told about a task: whole where it is short, honest about what is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archon.domain.manifest import Manifest
from archon.workflows.registry import draw
from archon.workflows.script.briefs import (
    brief_fixer,
    describe_check_failure,
    describe_inputs,
    describe_refusals,
    describe_run_failure,
    diff_code,
)
from archon.workflows.script.results import CheckResult, DisputeResult, RunResult, headline
from archon.workflows.script.state import Round
from tests.builders.snapshots import assert_snapshot
from tests.builders.specs import spec

TRACEBACK = """Traceback (most recent call last):
  File "/workspace/main.py", line 1, in <module>
    print(undefined_name)
          ^^^^^^^^^^^^^^
NameError: name 'undefined_name' is not defined
"""


def ran(stdout: str = "", stderr: str = "", exit_code: int = 0) -> RunResult:
    return RunResult(
        command="python main.py",
        exit_code=exit_code,
        stdout=stdout,
        stderr=stderr,
        is_truncated=False,
        timed_out=False,
        out_of_memory=False,
        duration_ms=5,
    )


def test_what_the_sandbox_refused_is_told_with_what_was_tried() -> None:
    refused = ran(stderr="no answer", exit_code=1)
    refused["refused"] = ["a.example:443: it is not allowed"]
    assert describe_refusals(refused) == [
        "The sandbox refused the network to a.example:443: it is not allowed"
    ]
    assert describe_refusals(ran()) == []


def test_a_workspace_that_grew_too_large_is_why_a_run_failed() -> None:
    grown = ran(exit_code=137)
    grown["out_of_disk"] = True
    assert "wrote more" in describe_run_failure(grown)


def failed(error: str, signature: str, *names: str) -> CheckResult:
    return CheckResult(
        passed=False,
        error=error,
        signature=signature,
        checks=[{"name": name, "passed": False, "message": "m"} for name in names],
    )


def round_(number: int, code: str, run: RunResult, check: CheckResult) -> Round:
    return Round(number=number, code={"main.py": code}, manifest=Manifest(), run=run, check=check)


def test_the_fixer_is_told_code_command_outcome_and_what_earlier_repairs_changed_and_led_to() -> None:
    rounds = [
        round_(
            1,
            "print(undefined_name)\n",
            ran(stderr=TRACEBACK, exit_code=1),
            failed(TRACEBACK.strip(), "NameError: name 'undefined_name' is not defined at main.py"),
        ),
        round_(
            2,
            "print(44)\n",
            ran(stdout="44\n"),
            failed("check_sum (The sum.): printed '44', expected '55'", "check_sum", "check_sum"),
        ),
        round_(
            3,
            "print(45)\n",
            ran(stdout="45\n", stderr="a warning\n"),
            failed("check_sum (The sum.): printed '45', expected '55'", "check_sum", "check_sum"),
        ),
    ]
    rounds[2].disputes.append(
        DisputeResult(check="check_sum", reason="45 is right", upheld=False, ruling="It is 55.")
    )
    brief = brief_fixer(spec(), "There are no input files.", "1. Add.\n2. Print.", rounds[2], rounds[:2])
    assert_snapshot("fixer_round_3", brief)


@given(st.text("ab\n", max_size=20), st.text("ab\n", max_size=20))
def test_a_diff_is_empty_only_for_equal_code(before: str, after: str) -> None:
    diff = diff_code({"m.py": before}, {"m.py": after})
    assert (diff == "") is (before.splitlines(keepends=True) == after.splitlines(keepends=True))


def test_a_diff_shows_files_that_came_and_went() -> None:
    diff = diff_code({"old.py": "x = 1\n"}, {"new.py": "y = 2\n"})
    assert "-x = 1" in diff and "+y = 2" in diff


def test_only_failing_checks_are_told_with_what_they_demand() -> None:
    checks = [
        {"name": "check_a", "passed": True, "message": ""},
        {"name": "check_b", "passed": False, "message": "found 1"},
    ]
    assert describe_check_failure(checks, {"check_b": "Two is printed."}) == (
        "check_b (Two is printed.): found 1"
    )


def test_a_headline_names_the_first_failing_check_or_the_error_itself() -> None:
    assert headline(failed("check_a (A.): x\nmore", "s", "check_a")) == "check_a (A.): x"
    assert headline(failed(TRACEBACK.strip(), "s")) == "NameError: name 'undefined_name' is not defined"


def test_inputs_are_described_with_sizes_samples_and_which_one_is_standard_input() -> None:
    inputs = {"a.csv": ["0" * 64, 9, 0], "b.bin": ["0" * 64, 3, 0]}
    told = describe_inputs(spec(inputs=inputs, stdin="b.bin"), {"a.csv": b"x,y\n1,2\n", "b.bin": b"\0\1\2"})
    assert "- a.csv (9 bytes)" in told
    assert "x,y" in told and "1,2" in told
    assert "- b.bin (3 bytes), also given to the program on standard input" in told
    assert "\x00" not in told
    assert describe_inputs(spec(), {}) == "There are no input files."


def test_the_workflow_can_be_drawn() -> None:
    drawn = draw("script")
    for node in ("plan", "draft", "run", "check", "repair", "finish", "give_up"):
        assert node in drawn
