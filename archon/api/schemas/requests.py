"""What callers may send. Unknown fields are errors: a misspelt limit must not be no limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from archon.domain.errors import InvalidInput
from archon.domain.money import microusd
from archon.services.submit_task import Submission

_STRICT = ConfigDict(extra="forbid", strict=True)

_ROUNDS = Field(
    default=None, description="How often the script may be run, the first time included.", examples=[3]
)
_BUDGET = Field(
    default=None,
    description="What the task may cost in US dollars; at the ceiling it waits and asks.",
    examples=[0.5],
    allow_inf_nan=False,
)
_LOOP: Any = Field(
    default="auto",
    description="Whether programs are written and repaired with tools: always, or only repairs of "
    "several files.",
)
_TURNS = Field(
    default=None, description="How often an agent with tools may answer in one piece of work.", examples=[100]
)
_OUTPUT = Field(
    default=None,
    description="Absolute path below ARCHON_OUTPUT_ROOTS; the files go to a subfolder of the task's id.",
    examples=[None],
)


class RunRequest(BaseModel):
    """An objective for which a script is wanted."""

    model_config = _STRICT

    objective: str = Field(
        description="What the script should do.",
        examples=["Print the first ten prime numbers, one on each line."],
    )
    max_iterations: int | None = _ROUNDS
    budget_usd: float | None = _BUDGET
    output_directory: str | None = _OUTPUT
    agent_loop: Literal["auto", "always"] = _LOOP
    max_turns: int | None = _TURNS

    def submission(self) -> Submission:
        """Raises: InvalidInput."""
        return Submission(
            objective=self.objective,
            max_rounds=self.max_iterations,
            budget_microusd=_microusd(self.budget_usd),
            output_directory=_absolute(self.output_directory),
            agent_loop=self.agent_loop,
            max_turns=self.max_turns,
        )


class TaskRequest(BaseModel):
    """A task to be worked on."""

    model_config = _STRICT

    task_description: str = Field(
        description="What is wanted.", examples=["Print the first ten prime numbers, one on each line."]
    )
    max_iterations: int | None = _ROUNDS
    use_sandbox: bool = Field(
        default=True, description="False: the code is written, nothing is executed, and the result says so."
    )
    budget_usd: float | None = _BUDGET
    output_directory: str | None = _OUTPUT
    agent_loop: Literal["auto", "always"] = _LOOP
    max_turns: int | None = _TURNS

    def submission(self) -> Submission:
        """Raises: InvalidInput."""
        return Submission(
            objective=self.task_description,
            max_rounds=self.max_iterations,
            budget_microusd=_microusd(self.budget_usd),
            output_directory=_absolute(self.output_directory),
            agent_loop=self.agent_loop,
            max_turns=self.max_turns,
            use_sandbox=self.use_sandbox,
        )


class ResumeRequest(BaseModel):
    """How a task may go on."""

    model_config = _STRICT

    max_budget_usd: float | None = Field(
        default=None,
        description="The new ceiling in US dollars, all that was spent included.",
        examples=[1.0],
        allow_inf_nan=False,
    )

    @property
    def budget_microusd(self) -> int | None:
        """Raises: InvalidInput."""
        return _microusd(self.max_budget_usd)


class ReplyRequest(BaseModel):
    """A person's answer."""

    model_config = _STRICT

    question: int = Field(
        description="Which question is answered: the task's `question_id`, which is also the number of the "
        "event that asks it.",
        examples=[17],
    )
    reply: str = Field(
        description="What to tell the agent that asked.",
        examples=["The dates are day first. Read them with %d/%m/%Y."],
    )


def _microusd(usd: float | None) -> int | None:
    if usd is None:
        return None
    try:
        return microusd(usd)
    except ValueError as error:
        raise InvalidInput(f"The budget is {error}.", hint="Write US dollars, such as 0.5.") from None


def _absolute(path: str | None) -> Path | None:
    if path is None:
        return None
    if not Path(path).is_absolute():
        raise InvalidInput(
            "The output directory is not an absolute path.", hint="Write it from / on, or leave it out."
        )
    return Path(path)
