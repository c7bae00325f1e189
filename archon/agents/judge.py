"""Decides whether a disputed acceptance check contradicts the objective."""

from __future__ import annotations

from dataclasses import dataclass

from archon.agents.loop import Misunderstood, ask, converse
from archon.agents.prompts import render
from archon.agents.replies.json_object import Rejected, parse_json
from archon.domain.conversation import ModelResponse
from archon.domain.values import JsonObject
from archon.engine.models.calls import Models
from archon.engine.scope import Scope

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"reason": {"type": "string", "minLength": 1}, "upheld": {"type": "boolean"}},
    "required": ["reason", "upheld"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    upheld: bool
    reason: str


async def rule(
    scope: Scope,
    models: Models,
    *,
    objective: str,
    inputs: str,
    program: str,
    code: str,
    output: str,
    check: str,
    message: str,
    reason: str,
) -> Ruling:
    """The planner's model on a dispute: the one who wrote the check is not asked. Raises as `loop.ask`."""
    conversation = converse(
        scope,
        models,
        agent="judge",
        role="planner",
        system=render("judge"),
        schema=SCHEMA,
        thinking=True,
    )
    brief = render(
        "judge_brief",
        objective=objective,
        inputs=inputs,
        program=program,
        code=code,
        output=output,
        check=check,
        message=message,
        reason=reason,
    )
    return await ask(conversation, brief, read_ruling)


def read_ruling(response: ModelResponse) -> Ruling | Misunderstood:
    reply = parse_json(response.text, SCHEMA, finish_reason=response.finish_reason)
    if isinstance(reply, Rejected):
        return Misunderstood(f"{reply.reason} (at {reply.error_path or '/'}).")
    return Ruling(upheld=bool(reply.value["upheld"]), reason=str(reply.value["reason"]))
