"""Turns an objective into a short plan."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archon.agents.loop import Misunderstood, ask, converse
from archon.agents.prompts import render
from archon.agents.run_limits import RunLimits
from archon.agents.unmet import read_unmet, said
from archon.domain.conversation import ModelResponse
from archon.engine.models.calls import Models
from archon.engine.scope import Scope

_NUMBERED = re.compile(r"^\s{0,3}(?:\d{1,2}[.)]|[-*])\s+(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    text: str
    steps: tuple[str, ...]
    unmet: str = ""
    """Why no program can meet the objective; empty when one can."""


async def make_plan(scope: Scope, models: Models, *, limits: RunLimits, objective: str, inputs: str) -> Plan:
    """The planner's plan for the objective. Raises as `loop.ask` does."""
    conversation = converse(
        scope,
        models,
        agent="planner",
        role="planner",
        system=render("planner", **limits.as_variables()),
        thinking=True,
    )
    return await ask(conversation, render("planner_brief", objective=objective, inputs=inputs), read_plan)


def read_plan(response: ModelResponse) -> Plan | Misunderstood:
    """Any text is a plan; numbered or listed lines are its steps."""
    text = said(response.text).strip()
    if not text:
        return Misunderstood("it is empty.")
    steps = tuple(match.strip() for match in _NUMBERED.findall(text))
    return Plan(text=text, steps=steps or (text,), unmet=read_unmet(text, is_all=True))
