"""The scripts that the documentation shows do what it says."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.architecture.prose import page
from tests.e2e.conftest import Home

PAGE = page("docs/howto/script-a-model.md")
SCRIPTS = [text for language, text in PAGE.blocks if language == "json"]
COMMANDS = [shlex.split(text) for language, text in PAGE.blocks if not language]


@pytest.mark.parametrize("number", range(len(COMMANDS)), ids=["whole files", "tools"])
def test_a_documented_script_is_played(home: Home, number: int) -> None:
    command = COMMANDS[number]
    name = next(word for word in command if word.startswith("scripted/")).removeprefix("scripted/")
    assert f"`{name}`:" in PAGE.text
    (home.root / name).write_text(SCRIPTS[number])
    done = home.archon(*command[1:], "--json")
    assert done.returncode == 0, done.stderr.decode()
    task = json.loads(done.stdout)
    assert task["stdout"] == "55\n"
    assert len(task["rounds"]) == SCRIPTS[number].count('"fixer"')


def test_each_role_plays_a_script_of_its_own_and_goes_on_in_it(home: Home) -> None:
    plan, checks, *work = json.loads(SCRIPTS[1])

    def write(**scripts: list[dict[str, object]]) -> None:
        for role, replies in scripts.items():
            nobodys = [{name: value for name, value in each.items() if name != "role"} for each in replies]
            (home.root / f"{role}.json").write_text(json.dumps(nobodys))

    write(planner=[plan], fixer=[checks], coder=work[:1])
    models = [f"--model={role}=scripted/{role}.json" for role in ("planner", "fixer", "coder")]
    paused = home.archon("run", "Add the numbers", *models, "--agent-loop", "always", "--json")
    assert paused.returncode == 4
    task = json.loads(paused.stdout)
    assert task["message"].startswith("The script coder.json has no reply left for call 2, by the coder.")
    write(coder=work)
    done = home.archon("resume", task["task_id"], "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["stdout"] == "55\n"


def test_the_fields_of_a_reply_are_those_that_the_page_lists() -> None:
    from archon.adapters.model.answer import FIELDS
    from archon.adapters.model.scripted import FOR_WHOM
    from tests.architecture.prose import names

    listed = [names(row[0])[0] for row in PAGE.rows("field", "means")]
    assert listed == [*FIELDS, *FOR_WHOM]
