"""What keeps a task's code apart from the machine, as callers see it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from archon.domain.values import JsonObject


class Isolation(BaseModel):
    """What the sandbox really keeps apart, as it was found by trying."""

    model_config = ConfigDict(extra="ignore")

    provider: str = Field(examples=["bubblewrap"])
    isolated: bool = Field(description="False only where the operator lets code run bare.")
    filesystem: str
    network: str
    processes: str
    user: str
    limits: str
    warnings: list[str] = []


def isolation(guarantees: JsonObject) -> Isolation | None:
    """None for a task that executes nothing."""
    return Isolation.model_validate(guarantees) if "provider" in guarantees else None


def warnings(use_sandbox: bool, found: Isolation | None) -> list[str]:
    """What a reader of the result must know about how it came to be."""
    if not use_sandbox:
        return ["Nothing was executed: the task was submitted with use_sandbox false."]
    if found is None:
        return []
    bare = [] if found.isolated else ["The code ran without a sandbox: ARCHON_UNSAFE_NO_SANDBOX is set."]
    return [*bare, *found.warnings]
