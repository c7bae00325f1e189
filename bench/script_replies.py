"""What a local model server answers so that one task of `script` goes one round, or stops in its second."""

from __future__ import annotations

from archon.testing.model_script import Script, ServedReply

OBJECTIVE = "Add the numbers from 1 to 10, print the sum and write it to sum.txt"
_PLAN = "1. Add the numbers from 1 to 10.\n2. Print the sum, and write it to sum.txt."
_CHECKS = '''```python checks.py
def check_prints_the_sum(result):
    """The sum of 1 to 10 is printed."""
    assert result.stdout.strip() == "55", f"printed {result.stdout.strip()!r}, expected '55'"
```'''
_PROGRAM = """```python main.py
from pathlib import Path

total = sum(range(1, 11))
Path("sum.txt").write_text(f"{total}\\n")
print(total)
```"""


def one_round() -> Script:
    """Good replies for any number of tasks."""
    return Script([_planner(), _checker(), _coder(_PROGRAM)], remembers=False)


def silent_fixer() -> Script:
    """A first program that fails, and never an answer to the call for its repair."""
    wrong = _PROGRAM.replace("range(1, 11)", "range(1, 10)")
    fixer = ServedReply(contains="You repair small Python programs", hang_after_bytes=-1, repeats=True)
    return Script([_planner(), _checker(), _coder(wrong), fixer], remembers=False)


def _planner() -> ServedReply:
    return ServedReply(text=_PLAN, contains="You plan small Python programs", repeats=True)


def _checker() -> ServedReply:
    return ServedReply(text=_CHECKS, contains="You write acceptance checks", repeats=True)


def _coder(program: str) -> ServedReply:
    return ServedReply(text=program, contains="You write small Python programs", repeats=True)
