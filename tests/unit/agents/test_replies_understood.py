"""Each agent understands a good reply, says what is wrong with a bad one, and gives up after two more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.model.scripted import Reply, ScriptedModel
from archon.agents import checker, coder, fixer, judge, planner
from archon.agents.checker import parse_checks
from archon.agents.fixer import Dispute
from archon.agents.loop import Misunderstood
from archon.agents.run_limits import RunLimits
from archon.domain.conversation import ModelResponse
from archon.domain.errors import ModelRefusedRequest
from archon.domain.task import FailureReason
from archon.engine.models.account import Account
from archon.engine.models.calls import Models
from archon.engine.models.retrying import RetryPolicy
from archon.engine.outcomes import Stopped
from archon.engine.scope import Scope
from archon.testing.manual_clock import ManualClock
from tests.builders.platform import OneModel
from tests.builders.replies import CHECKS, GOOD, PRINTS_55, SUM, fenced
from tests.builders.scopes import opened
from tests.builders.specs import SPEC


@dataclass
class Stage:
    """A scope, and a model that says what a test wrote for it."""

    scope: Scope
    models: Models
    model: ScriptedModel

    @property
    def told(self) -> list[str]:
        """The last thing that each request said."""
        return [request.messages[-1].text for request in self.model.requests]


async def stage(*replies: Reply) -> Stage:
    clock = ManualClock()
    journal = MemoryJournal(clock)
    scope = await opened(journal)
    model = ScriptedModel(replies)
    account = Account(run=scope.run, journal=journal, clock=clock)
    models = Models(
        spec=SPEC, source=OneModel(model), account=account, policy=RetryPolicy(max_retries=0), clock=clock
    )
    return Stage(scope, models, model)


async def plan(on: Stage) -> planner.Plan:
    return await planner.make_plan(on.scope, on.models, limits=LIMITS, objective="o", inputs="i")


async def check(on: Stage) -> checker.CheckProgram:
    return await checker.write_checks(
        checker.open_conversation(on.scope, on.models, seconds=120), "brief", standing={}
    )


LIMITS = RunLimits(seconds=60, memory_mb=1024)


async def draft(on: Stage) -> dict[str, str]:
    return (
        await coder.write_draft(on.scope, on.models, limits=LIMITS, objective="o", inputs="i", plan="p")
    ).files


async def repair(on: Stage) -> fixer.Repair:
    conversation = fixer.open_conversation(on.scope, on.models, limits=LIMITS)
    return await fixer.ask_for_repair(conversation, "brief", checks=("check_sum", "check_file"))


async def decide(on: Stage) -> judge.Ruling:
    return await judge.rule(
        on.scope,
        on.models,
        objective="o",
        inputs="i",
        program="p",
        code="k",
        output="s",
        check="c",
        message="m",
        reason="r",
    )


Agent = Callable[[Stage], Awaitable[Any]]


async def test_the_planner_takes_listed_lines_for_steps() -> None:
    made = await plan(await stage("Here is the plan:\n1. Read it.\n2) Add it.\n- Print it."))
    assert made.steps == ("Read it.", "Add it.", "Print it.")
    assert (await plan(await stage("Just do it."))).steps == ("Just do it.",)


async def test_the_checker_is_understood_by_its_functions_and_their_first_lines() -> None:
    text = (
        PRINTS_55
        + "\n\ndef check_plain_name(result):\n    assert 0"
        + '\n\ndef check_(result):\n    """\n    """\n    assert 0'
        + "\n\ndef helper():\n    pass\n\nclass check_class: pass"
        + "\n\ndef check_table(result, log):\n    assert 0\n\ndef check_nothing():\n    pass"
    )
    written = await check(await stage(fenced("checks.py", text)))
    assert written.demands == {
        "check_prints_the_sum": "The sum is printed.",
        "check_plain_name": "plain name",
        "check_": "check_",
    }
    assert written.text.strip() == text


async def test_checks_that_were_not_disputed_stay_as_they_are() -> None:
    first = PRINTS_55 + "\n\ndef check_b(result):\n    assert 'b' in result.stdout"
    standing = {"check_b": (await check(await stage(fenced("checks.py", first)))).bodies["check_b"]}
    dropped = fenced("checks.py", PRINTS_55)
    weakened = fenced("checks.py", PRINTS_55 + "\n\ndef check_b(result):\n    assert result.stdout")
    moved = fenced(
        "checks.py", "def check_b(result):\n    assert 'b' in result.stdout  # the same\n\n" + PRINTS_55
    )
    on = await stage(dropped, weakened, moved)
    conversation = checker.open_conversation(on.scope, on.models, seconds=120)
    written = await checker.write_checks(conversation, "revise", standing=standing)
    assert list(written.demands) == ["check_b", "check_prints_the_sum"]


async def test_a_dispute_after_a_flood_of_newlines_is_read_in_time() -> None:
    flood = "\n" * 100_000 + "DISPUTE check_sum: it asks for more.\nDISPUTE check_file: the same."
    heard = (await repair(await stage(flood))).dispute
    assert heard is not None and (heard.check, heard.reason) == ("check_sum", "it asks for more.")


async def test_the_coder_may_send_several_files_and_a_nameless_one_is_the_program() -> None:
    assert await draft(await stage(f"{GOOD}\n\n{fenced('lib/add.py', 'x = 1')}")) == {
        "main.py": f"{SUM}\n",
        "lib/add.py": "x = 1\n",
    }
    assert await draft(await stage(f"```python\n{SUM}\n```")) == {"main.py": f"{SUM}\n"}


async def test_the_fixer_repairs_with_an_explanation() -> None:
    repaired = await repair(await stage(f"The range stopped early.\n\n{GOOD}"))
    assert (repaired.explanation, repaired.files, repaired.dispute) == (
        "The range stopped early.",
        {"main.py": f"{SUM}\n"},
        None,
    )


@pytest.mark.parametrize(
    "said",
    [
        "DISPUTE check_sum: the objective asks for 54",
        "I looked at it.\n\n**DISPUTE `check_sum` - the objective asks for 54",
        "`DISPUTE check_sum: the objective asks for 54",
        "> DISPUTE check_sum — the objective asks for 54",
    ],
)
async def test_the_fixer_may_dispute_a_failing_check(said: str) -> None:
    disputed = await repair(await stage(said))
    assert disputed.dispute == Dispute(check="check_sum", reason="the objective asks for 54")
    assert disputed.files == {}


async def test_code_beside_a_dispute_counts_as_a_repair() -> None:
    repaired = await repair(await stage(f"DISPUTE check_sum: wrong\n\n{GOOD}"))
    assert repaired.dispute is None and repaired.files


async def test_the_judge_decides_with_a_reason() -> None:
    ruling = await decide(await stage('{"reason": "It asks for 55.", "upheld": false}'))
    assert ruling == judge.Ruling(upheld=False, reason="It asks for 55.")


BAD: list[tuple[Agent, str, str]] = [
    (plan, "", "it is empty"),
    (plan, "  \n ", "it is empty"),
    (check, "I cannot.", "it holds no file"),
    (check, fenced("tests.py", "x = 1"), "no file named checks.py"),
    (check, fenced("checks.py", "def check_x(result:\n    pass"), "not valid Python"),
    (check, fenced("checks.py", f"x = {'-' * 100_000}1"), "not valid Python"),
    (check, fenced("checks.py", "def test_x(result):\n    pass"), "defines no function"),
    (draft, "Sure!", "it holds no file"),
    (draft, fenced("../../x.py", SUM), r"'../../x.py': it leaves the workspace"),
    (draft, fenced("/etc/x.py", SUM), "'/etc/x.py'"),
    (draft, fenced(".git/hooks/x.py", SUM), "git's own folder"),
    (draft, f"```python main.py\n{SUM}\n", "its last block is not closed"),
    (repair, "I do not know.", "it holds no file"),
    (repair, "DISPUTE check_other: it is wrong", "not a failing check; those are: check_sum, check_file"),
    (decide, "Upheld.", "no JSON object"),
    (decide, '{"reason": "Because."}', "upheld"),
    (decide, '{"reason": "", "upheld": true}', "(at /reason)"),
]
GOOD_REPLY: dict[Agent, str] = {
    plan: "1. Do it.",
    check: CHECKS,
    draft: GOOD,
    repair: GOOD,
    decide: '{"reason": "So.", "upheld": true}',
}


@pytest.mark.parametrize(("agent", "bad", "complaint"), BAD)
async def test_a_bad_reply_is_answered_with_what_was_wrong(agent: Agent, bad: str, complaint: str) -> None:
    on = await stage(bad, GOOD_REPLY[agent])
    assert await agent(on)
    first, correction = on.model.requests
    assert complaint in on.told[1]
    assert [message.role for message in correction.messages] == ["user", "assistant", "user"]
    assert correction.messages[:1] == first.messages and correction.system == first.system


@pytest.mark.parametrize("agent", GOOD_REPLY)
async def test_after_two_corrections_the_task_ends_with_the_last_complaint(agent: Agent) -> None:
    bad = ["", " ", "  "] if agent is plan else ["Hm.", "Hm?", "Hm!"]
    on = await stage(*bad, GOOD_REPLY[agent])
    with pytest.raises(Stopped, match="nor its 2 corrections: ") as stopped:
        await agent(on)
    assert stopped.value.reason is FailureReason.REPLY_NOT_UNDERSTOOD
    assert len(on.model.requests) == 3 and on.model.unplayed == 1


@pytest.mark.parametrize("agent", GOOD_REPLY)
async def test_a_reply_that_ran_into_its_limit_is_asked_again_however_whole_it_looks(agent: Agent) -> None:
    cut = ModelResponse(text=GOOD_REPLY[agent], finish_reason="length")
    on = await stage(cut, GOOD_REPLY[agent])
    assert await agent(on)
    assert "cut off before its end" in on.told[1]


@pytest.mark.parametrize("agent", GOOD_REPLY)
async def test_a_model_that_declines_ends_the_task(agent: Agent) -> None:
    for refusal in (
        ModelResponse(text="I will not.", finish_reason="refusal"),
        ModelRefusedRequest("I will not.", hint="Reword it."),
    ):
        with pytest.raises(Stopped, match="I will not") as stopped:
            await agent(await stage(refusal))
        assert stopped.value.reason is FailureReason.MODEL_REFUSED


@pytest.mark.parametrize(
    ("agent", "role", "name"),
    [
        (plan, "planner", "planner"),
        (check, "fixer", "checker"),
        (draft, "coder", "coder"),
        (repair, "fixer", "fixer"),
        (decide, "planner", "judge"),
    ],
)
async def test_an_agent_speaks_with_the_model_of_its_role(agent: Agent, role: str, name: str) -> None:
    on = await stage(GOOD_REPLY[agent])
    await agent(on)
    (request,) = on.model.requests
    assert (request.role, request.agent) == (role, name)
    assert [block.cache for block in request.system] == [True]
    assert (request.output_schema is not None) is (agent is decide)


def test_checks_that_only_warn_are_fine_and_say_nothing(recwarn: pytest.WarningsRecorder) -> None:
    parsed = parse_checks('def check_x(result):\n    assert "\\d" in result.stdout')
    assert not isinstance(parsed, Misunderstood)
    assert len(recwarn) == 0
