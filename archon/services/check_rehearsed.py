"""What a recording may ask of a rehearsal: no more than anybody could submit here."""

from __future__ import annotations

from archon.domain.errors import InvalidInput
from archon.domain.manifest import FileEntry, Manifest
from archon.domain.task import TaskSpec
from archon.domain.values import JsonObject
from archon.services.name_models import required_roles
from archon.services.submit_task import (
    LARGEST_INPUT_BYTES,
    MOST_BUDGET_MICROUSD,
    MOST_ROUNDS,
    MOST_TURNS,
)
from archon.workflows.registry import NAMES

LONGEST_RUN_S = 86_400
"""The most that the setting of a script's time allows."""


def check_rehearsed(spec: TaskSpec) -> None:
    """Look at what a rehearsal takes over from its recording, which anybody may have written.

    Raises: InvalidInput.
    """
    demands = {
        f"the workflow {spec.workflow!r}, which is not known": spec.workflow in NAMES,
        "no model for one of its roles": spec.models.keys() >= required_roles(spec.workflow),
        f"{spec.max_rounds} rounds": 1 <= spec.max_rounds <= MOST_ROUNDS,
        f"{spec.max_turns} turns": 1 <= spec.max_turns <= MOST_TURNS,
        f"the loop {spec.agent_loop!r}": spec.agent_loop == "auto" or spec.use_sandbox,
        f"runs of {spec.run_timeout_s} seconds": 0 < spec.run_timeout_s <= LONGEST_RUN_S,
        "a budget that no task may have": 0 <= spec.budget_microusd <= MOST_BUDGET_MICROUSD,
        "a standard input that is none of its inputs": spec.stdin is None or spec.stdin in spec.inputs,
    }
    for demand, is_allowed in demands.items():
        if not is_allowed:
            raise _refused(demand)
    _check_inputs(spec.inputs)


def _check_inputs(inputs: JsonObject) -> None:
    try:
        entries = Manifest.from_json(inputs).entries
    except ValueError as error:
        raise _refused("inputs that are no files") from error
    for path, entry in entries.items():
        if not isinstance(entry, FileEntry) or not 0 <= entry.size_bytes <= LARGEST_INPUT_BYTES:
            raise _refused(f"the input {path!r}, which is no file of a size that is taken")
        if not _is_inside(path):
            raise _refused(f"the input {path!r}, which lies outside the workspace")


def _is_inside(path: str) -> bool:
    """Whether it names a place below the workspace, and none that tools there obey, such as git's."""
    parts = path.split("/")
    return "\0" not in path and all(parts) and not {".", "..", ".git"} & set(parts)


def _refused(demand: str) -> InvalidInput:
    return InvalidInput(f"The recording asks for {demand}.", hint="It cannot be rehearsed here.")
