"""Takes an objective, settles everything about it, and writes the task's first event."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, cast

from archon.domain.errors import ConfigurationError, InvalidInput
from archon.domain.manifest import Entry, FileEntry, Manifest
from archon.domain.money import LARGEST_USD, MICROUSD_PER_USD, to_usd
from archon.domain.parameters import Layer
from archon.domain.row import TaskRow
from archon.domain.task import TaskSpec
from archon.domain.values import Digest, JsonObject, OwnerId, TaskId, digest_bytes
from archon.services.check_models import check_models
from archon.services.output_directory import check_output_directory
from archon.services.platform import Platform
from archon.services.resolve_models import choose_models

WORKFLOW = "script"
MOST_ROUNDS = 100
DEFAULT_TURNS = 100
MOST_TURNS = 10_000
MOST_BUDGET_MICROUSD = LARGEST_USD * MICROUSD_PER_USD
LARGEST_INPUT_BYTES = 50_000_000
LEAST_FREE_BYTES = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request as a door hands it over; None means the default."""

    objective: str
    max_rounds: int | None = None
    budget_microusd: int | None = None
    output_directory: Path | None = None
    inputs: Mapping[str, bytes] = field(default_factory=dict)
    """Path in the workspace → content."""
    stdin: str | None = None
    """Which of the inputs is the script's standard input."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Role → model string."""
    parameters: Layer = field(default_factory=dict)
    """Agent → what it asks its model with, over what settings say."""
    use_sandbox: bool = True
    agent_loop: Literal["auto", "always"] = "auto"
    max_turns: int | None = None
    """How often an agent with tools may answer in one piece of work."""
    submitted_by: str = "api"


async def submit_task(
    platform: Platform,
    submission: Submission,
    *,
    roots: Sequence[Path] | None,
    owner: OwnerId | None = None,
) -> TaskRow:
    """Check everything that can be checked before money is spent, then write the task.

    With an `owner` the task is that process's own from the start; otherwise it is queued.

    Raises: InvalidInput; ConfigurationError (no model, no sandbox, no room); QueueFull.
    """
    objective = _objective(submission.objective, platform.limits.max_objective_chars)
    rounds = _within("max_iterations", submission.max_rounds, platform.limits.max_rounds, 1, MOST_ROUNDS)
    budget = _budget(submission.budget_microusd, platform.limits.budget_microusd)
    turns = _within("max_turns", submission.max_turns, DEFAULT_TURNS, 1, MOST_TURNS)
    if submission.agent_loop == "always" and not submission.use_sandbox:
        raise InvalidInput(
            "Agents work with tools in the sandbox, and this task is to have none.",
            hint="Leave agent_loop at auto, or use_sandbox at true.",
        )
    manifest, blobs = _inputs(submission.inputs)
    if submission.stdin is not None and submission.stdin not in submission.inputs:
        raise InvalidInput(
            f"The standard input {submission.stdin} is none of the inputs.", hint="Name one of them."
        )
    output = check_output_directory(
        submission.output_directory or platform.output_directory,
        roots=roots if submission.output_directory else None,
    )
    _check_room(platform.data_directory)
    models = await choose_models(platform, submission.models, submission.parameters, workflow=WORKFLOW)
    await check_models(platform, (choice.name for choice in models.values()))
    isolation = asdict(await platform.sandbox.probe()) if submission.use_sandbox else {}
    spec = TaskSpec(
        objective=objective,
        workflow=WORKFLOW,
        models=models,
        max_rounds=rounds,
        run_timeout_s=platform.limits.run_timeout_s,
        budget_microusd=budget,
        output_directory=str(output),
        inputs=manifest.to_json(),
        stdin=submission.stdin,
        use_sandbox=submission.use_sandbox,
        agent_loop=submission.agent_loop,
        max_turns=turns,
        isolation=cast("JsonObject", isolation | {"warnings": list(isolation.get("warnings", ()))}),
        submitted_by=submission.submitted_by,
        unpriced_token_limit=platform.limits.unpriced_tokens,
    )
    active = None if owner else platform.limits.max_concurrent_tasks + platform.limits.max_queued_tasks
    task_id = TaskId(platform.clock.new_id())
    return await platform.journal.create(task_id, spec, blobs, owner=owner, max_active=active)


def _objective(text: str, longest: int) -> str:
    stripped = text.strip()
    if not stripped:
        raise InvalidInput("The objective is empty.", hint="Say in a sentence what the program should do.")
    if len(stripped) > longest:
        raise InvalidInput(
            f"The objective has {len(stripped):,} characters; {longest:,} are allowed.",
            hint="Shorten it, put data into --input files, or raise MAX_TASK_DESCRIPTION_LENGTH.",
        )
    if "\x00" in stripped or any("\ud800" <= char <= "\udfff" for char in stripped):
        raise InvalidInput("The objective is not plain text.", hint="Remove NUL bytes and broken characters.")
    return stripped


def _within(name: str, value: int | None, default: int, least: int, most: int) -> int:
    chosen = default if value is None else value
    if not least <= chosen <= most:
        raise InvalidInput(
            f"{name} must lie between {least} and {most:,}, not {chosen:,}.",
            hint="Choose a number in between, or leave it out.",
        )
    return chosen


def _budget(value: int | None, default: int) -> int:
    """Micro-dollars."""
    chosen = default if value is None else value
    if not 0 <= chosen <= MOST_BUDGET_MICROUSD:
        raise InvalidInput(
            f"the budget must lie between 0 and {LARGEST_USD:,} USD, not {to_usd(chosen):,.2f}.",
            hint="Choose an amount in between, or leave it out.",
        )
    return chosen


def _inputs(inputs: Mapping[str, bytes]) -> tuple[Manifest, dict[Digest, bytes]]:
    entries: dict[str, Entry] = {}
    blobs: dict[Digest, bytes] = {}
    for path, data in sorted(inputs.items()):
        if len(data) > LARGEST_INPUT_BYTES:
            raise InvalidInput(
                f"The input {path} is larger than {LARGEST_INPUT_BYTES // 1_000_000} MB.",
                hint="Hand over a part of it.",
            )
        sha = digest_bytes(data)
        entries[path] = FileEntry(sha256=sha, size_bytes=len(data))
        blobs[sha] = data
    return Manifest(entries), blobs


def _check_room(directory: Path) -> None:
    free = shutil.disk_usage(directory).free
    if free < LEAST_FREE_BYTES:
        raise ConfigurationError(
            f"Only {free // 1_000_000} MB are free under {directory}.",
            hint=f"Free at least {LEAST_FREE_BYTES // 1_000_000} MB, or set ARCHON_DATA_DIR elsewhere.",
        )
