"""What a user asked for, with every default resolved, and the one table of task statuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from archon.domain.profile import ModelProfile
from archon.domain.values import JsonObject


class Status(StrEnum):
    """The one table of statuses, for every door."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting_for_input"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in {Status.COMPLETED, Status.FAILED, Status.CANCELLED}


class FailureReason(StrEnum):
    """The closed list of why a task failed; `ADVICE` says what to do about each."""

    ROUNDS_EXHAUSTED = "rounds_exhausted"
    TURNS_EXHAUSTED = "turns_exhausted"
    NO_ACCEPTANCE_CHECKS = "no_acceptance_checks"
    OBJECTIVE_CANNOT_BE_MET = "objective_cannot_be_met"
    REPLY_NOT_UNDERSTOOD = "reply_not_understood"
    MODEL_REFUSED = "model_refused"
    RECORDING_EXHAUSTED = "recording_exhausted"
    INTERNAL = "internal"


ADVICE: dict[FailureReason, str] = {
    FailureReason.ROUNDS_EXHAUSTED: (
        "Look at the last round's failing check; allow more rounds with --max-iterations, "
        "use a stronger model for the fixer, or say the objective more exactly."
    ),
    FailureReason.TURNS_EXHAUSTED: (
        "Allow more turns with --max-turns, or use a stronger model for that role (--model ROLE=NAME)."
    ),
    FailureReason.NO_ACCEPTANCE_CHECKS: (
        "No check could be written that an empty program fails. Say what the result should look like: "
        "an output, a file, a number."
    ),
    FailureReason.OBJECTIVE_CANNOT_BE_MET: (
        "Say the objective so that it can be met here, such as with an input file in place of the network. "
        "If you believe that it can be met as it is, use a stronger planner (--model planner=NAME)."
    ),
    FailureReason.REPLY_NOT_UNDERSTOOD: (
        "The model did not keep to the reply format, even after being told what was wrong. "
        "Use a stronger model for that role (--model ROLE=NAME)."
    ),
    FailureReason.MODEL_REFUSED: "The provider refused the request. Reword it or use another model.",
    FailureReason.RECORDING_EXHAUSTED: (
        "The rehearsal needed a reply that its recording does not hold: the code has changed since. "
        "Record the run again."
    ),
    FailureReason.INTERNAL: "This is a fault in Archon. `archon export ID FILE` writes what a report needs.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Micro-dollars per million tokens."""

    input: int
    output: int
    cache_read: int
    cache_write: int
    is_known: bool = True
    """False when the model's price is unknown and these are its provider's dearest."""


FALLBACK = "fallback"
"""The role whose model stands behind all others."""

FREE = Price(input=0, output=0, cache_read=0, cache_write=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """A role's model as it was resolved when the task was submitted."""

    name: str
    price: Price
    context_tokens: int
    max_output_tokens: int
    why: str
    """How it came to be chosen: a setting's name, a command-line flag, a default."""
    takes_tools: bool = True
    """Whether it is offered tools as its provider defines them; otherwise they are described in words."""
    profile: ModelProfile | None = None
    """What it was known to be able to do then; None in tasks of versions that did not keep it."""
    params: JsonObject = field(default_factory=dict)
    """What it is asked with: by its name, and over that by the agent that has this role."""
    agent_params: JsonObject = field(default_factory=dict)
    """The agent's alone, which a model that stands in is asked with too."""
    measured_at: str = ""
    """The day on which a probe measured that; empty where it was assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """The first event of a task. Nothing that is set or installed later changes it."""

    objective: str
    workflow: str
    models: dict[str, ModelChoice]
    """Role → model, for the roles of its workflow that have one of their own."""
    max_rounds: int
    """How often the script may be run, the first time included."""
    run_timeout_s: float
    """Wall-clock seconds that one run of the script may take."""
    budget_microusd: int
    output_directory: str
    """Absolute; the task writes into `{output_directory}/{task_id}`."""
    inputs: JsonObject = field(default_factory=dict)
    """The workspace before any work: a manifest in its JSON form."""
    stdin: str | None = None
    """The input that is also the script's standard input: a path in `inputs`."""
    use_sandbox: bool = True
    """False: nothing is executed, and the result says so."""
    agent_loop: Literal["auto", "always"] = "auto"
    """Whether programs are written and repaired with tools: always, or only repairs of several files."""
    max_turns: int = 100
    """How many times an agent with tools may answer in one piece of work."""
    isolation: JsonObject = field(default_factory=dict)
    """What the sandbox guaranteed when the task was submitted: the fields of `Guarantees`."""
    mode: Literal["live", "rehearse"] = "live"
    source: str | None = None
    """Rehearsals only: the id of the task whose recording is played."""
    submitted_by: str = "api"
    unpriced_token_limit: int | None = None
    """How many tokens models of unknown price may use in all; None in tasks without such a ceiling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something only a person can answer, bound to what it is about."""

    topic: Literal["budget", "stuck"]
    text: str
    options: tuple[str, ...]
    target: str
    """What the answer applies to, such as the hash of an artifact or the sum asked for."""
