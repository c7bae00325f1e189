"""What `script` knows while it runs; all of it comes back from the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypedDict

from archon.domain.manifest import Manifest
from archon.workflows.script.results import CheckResult, DisputeResult, RunResult


@dataclass(slots=True, kw_only=True)
class Round:
    """One version of the program, its run and its verdict."""

    number: int
    code: dict[str, str]
    explanation: str = ""
    """What the fixer said about it; empty for the draft."""
    cut_off: str = ""
    """That its author was stopped at the limit of turns; empty when it was not."""
    manifest: Manifest
    """The workspace before the run: the inputs and the code."""
    run: RunResult | None = None
    check: CheckResult | None = None
    disputes: list[DisputeResult] = field(default_factory=list)


class State(TypedDict):
    """What the graph itself decides by."""

    next: Literal["draft", "run", "check", "repair", "finish", "give_up"]
