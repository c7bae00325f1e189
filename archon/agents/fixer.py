"""Repairs a program that failed, or disputes the check that failed it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from archon.agents.files_reply import read_files
from archon.agents.loop import Misunderstood, ask, converse
from archon.agents.nudges import used_up
from archon.agents.programmer import ENTRY, Objection, Programming
from archon.agents.prompts import render
from archon.agents.run_limits import RunLimits
from archon.agents.tool_loop import Ending
from archon.agents.unmet import given_as_unmet, read_unmet, said
from archon.domain.conversation import ModelResponse, Tool
from archon.domain.values import JsonObject
from archon.engine.models.calls import Conversation, Models
from archon.engine.scope import Scope

_DISPUTE = re.compile(
    r"^[ \t`*>-]*+DISPUTE[ \t]+`?(check_\w+)`?[ \t]*[:\-–—][ \t]*(.+?)(?=^[ \t`*>-]*+DISPUTE[ \t]|\Z)",
    re.MULTILINE | re.DOTALL,
)
"""The first dispute of a reply: one is heard at a time."""
_EXPLANATION_CHARS = 600
DISPUTE = Tool(
    name="dispute",
    description="Instead of a repair: say that a failing check contradicts the objective. Ends the work.",
    parameters={
        "type": "object",
        "properties": {
            "check": {"type": "string", "description": "The failing check's name."},
            "reason": {"type": "string", "description": "Why it contradicts the objective."},
        },
        "required": ["check", "reason"],
        "additionalProperties": False,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    check: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Files, a dispute, or why no program can meet the objective: one of the three."""

    explanation: str
    files: dict[str, str] = field(default_factory=dict)
    dispute: Dispute | None = None
    unmet: str = ""
    out_of_turns: bool = False
    """Whether its author was cut off before it said that it had ended."""


def open_conversation(scope: Scope, models: Models, *, limits: RunLimits) -> Conversation:
    return converse(
        scope,
        models,
        agent="fixer",
        role="fixer",
        system=render("fixer", **limits.as_variables()),
        thinking=True,
    )


async def ask_for_repair(conversation: Conversation, message: str, *, checks: tuple[str, ...]) -> Repair:
    """The fixer's repair; `checks` are the ones that may be disputed. Raises as `loop.ask` does."""
    return await ask(conversation, message, lambda response: read_repair(response, checks=checks))


async def repair_with_tools(
    work: Programming, brief: str, *, checks: tuple[str, ...], objection: Objection
) -> Repair:
    """The program repaired in the workspace, or a dispute. Raises: as `ToolWork.run` does."""

    async def accept(arguments: JsonObject) -> str:
        return _not_failing(str(arguments["check"]), checks)

    ended = await work.work("fixer", brief, objection, Ending(definition=DISPUTE, accept=accept))
    if ended.name == DISPUTE.name:
        reason = str(ended.arguments["reason"])
        return Repair(explanation=reason, dispute=Dispute(check=str(ended.arguments["check"]), reason=reason))
    if ended.out_of_turns:
        return Repair(explanation=used_up("fixer", ended.turns), out_of_turns=True)
    unmet = given_as_unmet(ended.arguments)
    summary = unmet or str(ended.arguments.get("summary", ""))
    return Repair(explanation=summary[:_EXPLANATION_CHARS], unmet=unmet)


def _not_failing(name: str, checks: tuple[str, ...]) -> str:
    """What is wrong with disputing a check; empty when it may be disputed."""
    if name in checks:
        return ""
    return f"{name} is not a failing check; those are: {', '.join(checks) or 'none'}."


def read_repair(response: ModelResponse, *, checks: tuple[str, ...]) -> Repair | Misunderstood:
    text = said(response.text)
    has_files = "```" in text or "~~~" in text
    found = _DISPUTE.search(text)
    if found and not has_files:
        name, reason = found.group(1), found.group(2).strip()
        if problem := _not_failing(name, checks):
            return Misunderstood(problem)
        return Repair(explanation=reason, dispute=Dispute(check=name, reason=reason))
    unmet = read_unmet(text, is_all=False)
    if unmet and not has_files:
        return Repair(explanation=unmet, unmet=unmet)
    reply = read_files(response, default_name=ENTRY)
    if isinstance(reply, Misunderstood):
        return reply
    explanation = re.split("```|~~~", text, maxsplit=1)[0].strip()[:_EXPLANATION_CHARS]
    return Repair(explanation=explanation, files=dict(reply.files))
