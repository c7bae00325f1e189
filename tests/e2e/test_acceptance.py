"""What decides about success: checks that came first, that count, and that can be disputed."""

from __future__ import annotations

import json

from tests.e2e.conftest import Home
from tests.e2e.conversations import CHECKS, GOOD, PLAN, write_script

OBJECTIVE = "Add the numbers from 1 to 10, print the sum and write it to sum.txt"

WORTHLESS = '''```python checks.py
def check_does_not_crash(result):
    """The program ends well."""
    assert result.exit_code == 0
```
'''
ONE_WORTHLESS = CHECKS.rstrip().removesuffix("```") + WORTHLESS.partition("\n")[2]
WRONG_CHECKS = CHECKS.replace('result.stdout.strip() == "55"', 'result.stdout.strip() == "56"')
DISPUTE = "DISPUTE check_prints_the_sum: the numbers from 1 to 10 add up to 55, not 56"
UPHELD = json.dumps({"reason": "1 + … + 10 is 55.", "upheld": True})
TURNED_DOWN = json.dumps({"reason": "It stands.", "upheld": False})

WRITES_ONLY = GOOD.replace("print(total)", "print('done')")
PRINTS_ONLY = "```python main.py\nprint(sum(range(1, 11)))\n```\n"


def test_a_check_that_an_empty_program_passes_is_left_out_and_shown(home: Home) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, *[ONE_WORTHLESS] * 3, GOOD)
    done = home.archon("run", OBJECTIVE, "--model", model, "--json")
    assert done.returncode == 0, done.stderr.decode()
    checks = json.loads(done.stdout)["checks"]
    assert checks["names"] == ["check_prints_the_sum", "check_writes_the_sum"]
    assert [refused["name"] for refused in checks["refused"]] == ["check_does_not_crash"]
    assert "refused check check_does_not_crash" in done.stderr.decode()


def test_without_a_check_that_counts_no_code_is_written(home: Home) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, *[WORTHLESS] * 3, GOOD)
    done = home.archon("run", OBJECTIVE, "--model", model, "--json")
    assert done.returncode == 1
    task = json.loads(done.stdout)
    assert (task["reason"], task["rounds"]) == ("no_acceptance_checks", [])


def test_what_an_earlier_round_wrote_is_gone(home: Home) -> None:
    model = write_script(home.root / "script.jsonl", PLAN, CHECKS, WRITES_ONLY, PRINTS_ONLY)
    done = home.archon("run", OBJECTIVE, "--model", model, "--max-iterations", "2", "--json")
    assert done.returncode == 1
    verdicts = [[check["passed"] for check in each["checks"]] for each in json.loads(done.stdout)["rounds"]]
    assert verdicts == [[False, True], [True, False]]


def test_an_upheld_dispute_sends_the_check_back_to_its_author(home: Home) -> None:
    done = home.archon("run", OBJECTIVE, *in_roles(home, planner=[UPHELD], fixer=[CHECKS]), "--json")
    assert done.returncode == 0, done.stderr.decode()
    task = json.loads(done.stdout)
    (dispute,) = task["rounds"][0]["disputes"]
    assert (dispute["check"], dispute["upheld"]) == ("check_prints_the_sum", True)
    assert '"56"' not in task["checks"]["program"]


def test_a_dispute_that_is_turned_down_leaves_the_check_as_it_is(home: Home) -> None:
    other = GOOD.replace("print(total)", "print(total + 1)")
    done = home.archon("run", OBJECTIVE, *in_roles(home, planner=[TURNED_DOWN], fixer=[other]), "--json")
    assert done.returncode == 0, done.stderr.decode()
    task = json.loads(done.stdout)
    assert [each["passed"] for each in task["rounds"]] == [False, True]
    assert '"56"' in task["checks"]["program"]
    assert "turned down: It stands." in done.stderr.decode()


def in_roles(home: Home, *, planner: list[str], fixer: list[str]) -> list[str]:
    """Options that give each role its own script, in which a wrong check is disputed."""
    scripts = {"planner": [PLAN, *planner], "coder": [GOOD], "fixer": [WRONG_CHECKS, DISPUTE, *fixer]}
    return [
        word
        for role, replies in scripts.items()
        for word in ("--model", f"{role}={write_script(home.root / f'{role}.jsonl', *replies)}")
    ]
