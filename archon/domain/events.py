"""Everything that can be written in a task's journal. Readers skip kinds that they do not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from archon.domain.task import FailureReason, TaskSpec
from archon.domain.values import Json, JsonObject, OwnerId, TaskId

EffectKind: TypeAlias = Literal["model", "exec", "write", "deliver", "clock", "id", "question", "step"]
Repeat: TypeAlias = Literal["safe", "probe", "ask"]
"""What to do about an effect that may or may not have happened before a crash: do it again; ask the
world first; ask a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error as a recorded value."""

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one attempt of a model call cost, settled against its reservation."""

    reservation_id: str
    cost_microusd: int
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    price_known: bool = True
    unpriced_tokens: int = 0
    """What counts against the ceiling of tokens at an unknown price: those used, or the most it can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    spec: TaskSpec
    kind: Literal["submitted"] = "submitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A runner took the task; the event's epoch is the new one."""

    owner: OwnerId
    kind: Literal["claimed"] = "claimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The fence before an effect: from here on it may have happened."""

    effect: EffectKind
    request: Json
    repeat: Repeat = "safe"
    kind: Literal["started"] = "started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """A model attempt that did not become the call's answer, and what it cost."""

    charge: Charge
    problem: Problem
    kind: Literal["attempted"] = "attempted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """A model is asked again after a wait, because an attempt failed."""

    model: str
    """The model string of who is asked."""
    problem: Problem
    retry: int
    """Which retry of the call comes next, from 1."""
    max_retries: int
    wait_s: float
    """From the event's own time to the retry."""
    kind: Literal["retrying"] = "retrying"


@dataclass(frozen=True, slots=True, kw_only=True)
class FellBack:
    """A model could not be had, retries included; another one is asked in its place."""

    model: str
    problem: Problem
    fallback: str
    """The model string of who takes over."""
    kind: Literal["fell_back"] = "fell_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """An answer is to be given by hand, and is waited for."""

    model: str
    """The model string of who is asked."""
    place: str
    """Where the answer is to be put, such as the path of a file."""
    kind: Literal["awaiting"] = "awaiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    effect: EffectKind
    result: Json
    charge: Charge | None = None
    manifest: JsonObject | None = None
    """The workspace after it; None when unchanged. A step holds the whole listing, any other effect
    the delta from the listing before it."""
    kind: Literal["completed"] = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The world answered no: final, and replayed like a result."""

    effect: EffectKind
    problem: Problem
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """The platform broke: the effect is performed again later."""

    effect: EffectKind
    problem: Problem
    kind: Literal["interrupted"] = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverged:
    """From this key on, what was recorded no longer applies: the program asked for something else."""

    kind: Literal["diverged"] = "diverged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A door's word on a question; `scope` and `key` are the question's."""

    answer: JsonObject
    by: str
    limit_microusd: int | None = None
    """The task's new money limit, where the answer sets one."""
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The runner let the task go: it waits for answers."""

    question: JsonObject
    kind: Literal["waiting"] = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    problem: Problem
    kind: Literal["paused"] = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequested:
    by: str
    kind: Literal["resume_requested"] = "resume_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested:
    by: str
    kind: Literal["cancel_requested"] = "cancel_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    status: Literal["completed", "failed", "cancelled"]
    reason: FailureReason | None = None
    message: str = ""
    kind: Literal["finished"] = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A kind written by a newer version."""

    payload: JsonObject
    kind: Literal["unknown"] = "unknown"


Body: TypeAlias = (
    Submitted
    | Claimed
    | Started
    | Attempted
    | Retrying
    | FellBack
    | Awaiting
    | Completed
    | Failed
    | Interrupted
    | Diverged
    | Answered
    | Waiting
    | Paused
    | ResumeRequested
    | CancelRequested
    | Finished
    | Unknown
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event before it has its place in the journal."""

    body: Body
    scope: str = ""
    """A path of names with visit numbers, such as `repair.2/judge`; empty outside any effect."""
    key: str = ""
    """The numbers of the effect and of every scope it stands in, such as `5.0`."""
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    task_id: TaskId
    seq: int
    epoch: int
    at: datetime
    body: Body
    scope: str = ""
    key: str = ""
    hash: str = ""
