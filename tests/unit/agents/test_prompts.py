"""Prompts as they reach a model, kept as files beside this one."""

from __future__ import annotations

from importlib.resources import files
from string import Template

import pytest

from archon.agents.prompts import render
from tests.builders.snapshots import SNAPSHOTS, assert_snapshot

VARIABLES = {
    "objective": "Print the sum of column b of data.csv.",
    "inputs": "Input files in the working folder:\n- data.csv (14 bytes)\n```\na,b\n1,2\n3,4\n```",
    "plan": "1. Read data.csv.\n2. Print the sum of column b as the only line.",
    "round": "2",
    "code": "```python main.py\nprint(5)\n```",
    "command": "python main.py",
    "exit_code": "0",
    "failure": "check_prints_the_sum (The sum is printed.): printed '5', expected '6'",
    "earlier": "This is the first repair.",
    "seconds": "60",
    "memory_mb": "1024",
    "check_seconds": "120",
    "output": "Standard output:\n```\n5\n```",
    "check": "check_prints_the_sum",
    "message": "printed '5', expected '6'",
    "reason": "The objective asks for column a.",
    "verdict": "The objective names column b.",
    "example": '<call tool="read">\n<path>main.py</path>\n</call>',
    "tools": "## read\n\nReads a file.",
    "program": 'def check_prints_the_sum(result):\n    assert result.stdout.strip() == "6"',
}
NAMES = sorted(f.name.removesuffix(".md") for f in files("archon.agents").iterdir() if f.name.endswith(".md"))


def variables_of(name: str) -> dict[str, str]:
    text = files("archon.agents").joinpath(f"{name}.md").read_text("utf-8")
    return {variable: VARIABLES[variable] for variable in Template(text).get_identifiers()}


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_is_the_one_that_was_reviewed(name: str) -> None:
    assert_snapshot(name, render(name, **variables_of(name)))


@pytest.mark.parametrize("name", [name for name in NAMES if variables_of(name)])
def test_a_variable_that_nobody_fills_is_an_error(name: str) -> None:
    variables = variables_of(name)
    for left_out in variables:
        with pytest.raises(KeyError, match=left_out):
            render(name, **{each: text for each, text in variables.items() if each != left_out})


def test_what_a_person_wrote_is_never_taken_for_a_variable() -> None:
    said = "Print $5 and ${objective} and $$"
    assert said in render("planner_brief", objective=said, inputs="$missing")


def test_every_snapshot_belongs_to_a_prompt() -> None:
    kept = {file.stem for file in SNAPSHOTS.glob("*.md")}
    assert kept - {"fixer_round_3"} == set(NAMES)
