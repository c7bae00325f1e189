"""What scripted models say: plans, checks and programs for the sum of the numbers from 1 to 10."""

from __future__ import annotations

PLAN = "1. Add the numbers from 1 to 10.\n2. Print the sum."


def fenced(name: str, text: str) -> str:
    """A file as models give it."""
    return f"```python {name}\n{text}\n```"


def checks(*bodies: str) -> str:
    """A reply with `checks.py`; each body is a whole check function."""
    return fenced("checks.py", "\n\n".join(bodies))


PRINTS_55 = '''def check_prints_the_sum(result):
    """The sum is printed."""
    assert result.stdout.strip() == "55", f"printed {result.stdout.strip()!r}, expected '55'"'''
DOES_NOT_CRASH = '''def check_does_not_crash(result):
    """It ends without an error."""
    assert "Traceback" not in result.stderr'''
CHECKS = checks(PRINTS_55)

SUM = "print(sum(range(1, 11)))"
GOOD = fenced("main.py", SUM)
OFF_BY_ONE = fenced("main.py", "print(sum(range(1, 10)))")
CRASHES = fenced("main.py", "print(undefined_name)")
