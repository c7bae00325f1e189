"""Everything that can be wrong with a request is said before any money is spent."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from archon.domain.errors import (
    ArchonError,
    ConfigurationError,
    InvalidInput,
    NoModelConfigured,
    QueueFull,
    SandboxUnavailable,
)
from archon.domain.events import Submitted
from archon.domain.execution import Guarantees, SandboxSpec
from archon.domain.task import Status
from archon.domain.values import digest_bytes
from archon.ports.sandbox import Sandbox
from archon.services.platform import Platform, RoleModels
from archon.services.submit_task import (
    LARGEST_INPUT_BYTES,
    MOST_BUDGET_MICROUSD,
    MOST_ROUNDS,
    Submission,
    submit_task,
)
from tests.builders.platform import SCRIPTED, bodies, build_platform, scripted
from tests.builders.specs import DEAR


class NoSandbox:
    """A machine without one."""

    name = "none"

    async def probe(self) -> Guarantees:
        raise SandboxUnavailable("There is no bwrap.", hint="apt install bubblewrap")

    async def create(self, spec: SandboxSpec) -> Sandbox:
        raise SandboxUnavailable("There is no bwrap.", hint="apt install bubblewrap")


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return build_platform(tmp_path, scripted(), price=DEAR, max_objective_chars=1_000)


async def submitted(platform: Platform, **fields: Any) -> Submitted:
    """The first event of a task that executes nothing, unless asked to."""
    wanted: dict[str, Any] = {"objective": "Do it.", "use_sandbox": False} | fields
    row = await submit_task(platform, Submission(**wanted), roots=None)
    (first,) = await bodies(platform, row.id)
    assert isinstance(first, Submitted)
    return first


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"objective": ""}, "The objective is empty"),
        ({"objective": " \n\t\u3000 "}, "The objective is empty"),
        ({"objective": "x" * 1_000_000}, "has 1,000,000 characters; 1,000 are allowed"),
        ({"objective": "Do\x00it"}, "not plain text"),
        ({"objective": "Do \ud800 it"}, "not plain text"),
        ({"max_rounds": 0}, f"max_iterations must lie between 1 and {MOST_ROUNDS}, not 0"),
        ({"max_rounds": -3}, f"between 1 and {MOST_ROUNDS}"),
        ({"max_rounds": 10**30}, f"between 1 and {MOST_ROUNDS}"),
        ({"budget_microusd": -1}, "the budget must lie between"),
        ({"budget_microusd": MOST_BUDGET_MICROUSD + 1}, "the budget must lie between"),
        ({"models": {"painter": SCRIPTED}}, "There is no role 'painter'"),
        ({"inputs": {"a": b"x"}, "stdin": "b"}, "b is none of the inputs"),
        ({"inputs": {"a": bytes(LARGEST_INPUT_BYTES + 1)}}, "larger than 50 MB"),
        ({"output_directory": Path("a\x00b")}, "no usable path"),
        ({"output_directory": Path("x" * 5_000)}, "cannot be written: File name too long"),
    ],
)
async def test_a_wrong_request_is_refused_and_leaves_no_task(
    platform: Platform, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(ArchonError) as refused:
        await submitted(platform, **fields)
    assert isinstance(refused.value, InvalidInput | ConfigurationError)
    assert said in str(refused.value)
    assert await platform.journal.rows() == []


async def test_defaults_are_settled_in_the_first_event(platform: Platform) -> None:
    spec = (await submitted(platform, objective="  Do it. \n")).spec
    assert spec.objective == "Do it."
    assert (spec.max_rounds, spec.budget_microusd, spec.run_timeout_s) == (3, 500_000, 10.0)
    assert spec.output_directory == str(platform.output_directory)
    assert {role: (c.name, c.price, c.why) for role, c in spec.models.items()} == {
        role: (SCRIPTED, DEAR, f"MODEL_{role.upper()}") for role in ("planner", "coder", "fixer")
    }
    assert (spec.workflow, spec.mode, spec.submitted_by) == ("script", "live", "api")


async def test_what_the_sandbox_guarantees_is_recorded(platform: Platform) -> None:
    spec = (await submitted(platform, use_sandbox=True)).spec
    found = asdict(await platform.sandbox.probe())
    own = {"user": spec.isolation["user"]}  # as root each sandbox has another
    assert spec.isolation == found | {"warnings": list(found["warnings"])} | own


async def test_inputs_are_kept_by_their_content(platform: Platform) -> None:
    spec = (await submitted(platform, inputs={"b.txt": b"two", "a.txt": b"one"}, stdin="a.txt")).spec
    assert list(spec.inputs) == ["a.txt", "b.txt"]
    assert spec.inputs["a.txt"] == [digest_bytes(b"one"), 3, 0]
    assert await platform.journal.blob(digest_bytes(b"two")) == b"two"


async def test_a_missing_sandbox_is_told_before_a_task_is_made(platform: Platform) -> None:
    without = replace(platform, sandbox=NoSandbox())
    with pytest.raises(SandboxUnavailable, match="apt install bubblewrap"):
        await submitted(without, use_sandbox=True)
    assert await platform.journal.rows() == []
    assert (await submitted(without)).spec.isolation == {"warnings": []}


async def test_a_missing_key_is_told_before_a_task_is_made(platform: Platform) -> None:
    keyless = replace(platform, roles=RoleModels(planner="gpt-4o", coder=SCRIPTED, fixer=SCRIPTED))
    with pytest.raises(NoModelConfigured, match="OPENAI_API_KEY"):
        await submitted(keyless)
    assert await platform.journal.rows() == []


async def test_a_full_queue_takes_no_more_but_a_task_of_ones_own_is_never_queued(tmp_path: Path) -> None:
    full = build_platform(tmp_path, scripted(), max_concurrent_tasks=1, max_queued_tasks=1)
    await submitted(full)
    await submitted(full)
    with pytest.raises(QueueFull):
        await submitted(full)
    mine = Submission(objective="Do it.", use_sandbox=False)
    row = await submit_task(full, mine, roots=None, owner=full.owners.id)
    assert (row.status, row.lease_owner, row.lease_epoch) == (Status.RUNNING, full.owners.id, 1)


async def test_a_caller_over_the_network_may_only_name_folders_under_the_roots(
    platform: Platform, tmp_path: Path
) -> None:
    roots = [tmp_path / "output"]
    inside = Submission(objective="x", use_sandbox=False, output_directory=tmp_path / "output/mine")
    row = await submit_task(platform, inside, roots=roots)
    first = (await bodies(platform, row.id))[0]
    assert first.spec.output_directory == str(tmp_path / "output/mine")
    outside = replace(inside, output_directory=tmp_path / "output/../other")
    with pytest.raises(InvalidInput, match="ARCHON_OUTPUT_ROOTS"):
        await submit_task(platform, outside, roots=roots)
    default = replace(inside, output_directory=None)
    await submit_task(platform, default, roots=[])
