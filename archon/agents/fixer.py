"""Repairs a program that failed, or disputes the check that failed it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from archon.agents.coder import ENTRY
from archon.agents.files_reply import read_files
from archon.agents.loop import Misunderstood, ask, converse
from archon.agents.prompts import render
from archon.agents.run_limits import RunLimits
from archon.domain.conversation import ModelResponse
from archon.engine.models.calls import Conversation, Models
from archon.engine.scope import Scope

_DISPUTE = re.compile(
    r"^[ \t`*>-]*+DISPUTE[ \t]+`?(check_\w+)`?[ \t]*[:\-–—][ \t]*(.+?)(?=^[ \t`*>-]*+DISPUTE[ \t]|\Z)",
    re.MULTILINE | re.DOTALL,
)
"""The first dispute of a reply: one is heard at a time."""
_EXPLANATION_CHARS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    check: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Either files or a dispute, never both."""

    explanation: str
    files: dict[str, str] = field(default_factory=dict)
    dispute: Dispute | None = None


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


def read_repair(response: ModelResponse, *, checks: tuple[str, ...]) -> Repair | Misunderstood:
    found = _DISPUTE.search(response.text)
    if found and "```" not in response.text:
        name, reason = found.group(1), found.group(2).strip()
        if name not in checks:
            return Misunderstood(f"{name} is not a failing check; those are: {', '.join(checks) or 'none'}.")
        return Repair(explanation=reason, dispute=Dispute(check=name, reason=reason))
    reply = read_files(response, default_name=ENTRY)
    if isinstance(reply, Misunderstood):
        return reply
    explanation = response.text.split("```", 1)[0].strip()[:_EXPLANATION_CHARS]
    return Repair(explanation=explanation, files=dict(reply.files))
