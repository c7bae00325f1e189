"""What an effect comes to: a result, the world's refusal, or a wait for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from archon.domain.events import Charge, Problem
from archon.domain.task import FailureReason, Question
from archon.domain.values import Digest, Json, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """What performing an effect gave, ready to be recorded."""

    result: Json
    charge: Charge | None = None
    manifest: JsonObject | None = None
    blobs: Mapping[Digest, bytes] = field(default_factory=dict)


Perform: TypeAlias = Callable[[], Awaitable[Performed]]


class Refusal(Exception):
    """The world said no. It is recorded, and said again by a resume or a replay."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.message} {problem.hint}".strip())
        self.problem = problem


class Parked(Exception):
    """A branch cannot go on before a person answers.

    Raised inside a branch and turned into a value at its edge, so that no sibling is cancelled.
    """

    def __init__(self, question: Question, *, asked_in: int) -> None:
        super().__init__(question.text)
        self.question = question
        self.asked_in = asked_in
        """The number of the event that asks it, which is its id."""


class Halted(Exception):
    """The run was told to stop, or has lost its task, and begins no further effect."""


class Stopped(Exception):
    """The task is over, with a reason of the closed list."""

    def __init__(self, reason: FailureReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
