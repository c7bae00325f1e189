"""The one loop of all agents: ask, understand the reply, and say what was wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from archon.agents.nudges import unusable
from archon.domain.conversation import Message, ModelRequest, ModelResponse, SystemBlock, Tool, user
from archon.domain.task import FailureReason
from archon.domain.values import JsonObject
from archon.engine.models.calls import Conversation, Models
from archon.engine.outcomes import Refusal, Stopped
from archon.engine.scope import Scope

Understood = TypeVar("Understood")

LARGEST_REPLY_TOKENS = 16_384
"""What a reply may take unless a person sets `max_tokens`: all of it is set aside before each call, and what
a strong model may write at most would be a whole budget."""
LONG_REPLY_CHARS = 50_000
"""A longer reply is read in a thread of its own: seconds may pass, and other tasks are to go on."""

MAX_CORRECTIONS = 2
"""How often a reply that breaks its protocol is answered with what was wrong."""


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """What was wrong with a reply, said so that the model can mend it."""

    complaint: str


CUT_OFF = Misunderstood("it was cut off before its end. Be briefer, so that all of it fits.")
"""What is wrong with a reply that ran into its limit, however whole it looks."""

Understand: TypeAlias = Callable[[ModelResponse], Understood | Misunderstood]


def converse(
    scope: Scope,
    models: Models,
    *,
    agent: str,
    role: str,
    system: str,
    schema: JsonObject | None = None,
    tools: tuple[Tool, ...] = (),
    recall: str = "",
    thinking: bool = False,
) -> Conversation:
    """A new conversation of an agent with a model of its own, or else with that of a role.

    `system` is what the agent always is; `recall` is the tool that shows what had to be left out. With
    `thinking` the model thinks before it answers, where it has to be asked for that.

    Raises: NoModelConfigured on first use.
    """
    role = models.role(agent, role)
    choice = models.choice(role)
    thinks = thinking and choice.profile is not None and choice.profile.takes_adaptive_thinking
    return Conversation(
        scope=scope,
        models=models,
        recall=recall,
        request=ModelRequest(
            role=role,
            model=choice.name,
            system=(SystemBlock(text=system, cache=True),),
            messages=(),
            tools=tools,
            output_schema=schema,
            max_output_tokens=min(choice.max_output_tokens, LARGEST_REPLY_TOKENS),
            thinking=thinks,
            agent=agent,
        ),
    )


async def ask(conversation: Conversation, message: str, understand: Understand[Understood]) -> Understood:
    """The agent's answer as a value.

    Raises: Stopped when the reply cannot be understood after two corrections, or the provider refuses
    the request; Parked while the budget waits for a person; ModelError when no model could be had.
    """
    said = message
    complaint = ""
    for _ in range(MAX_CORRECTIONS + 1):
        response = await send(conversation, user(said))
        is_cut = response.finish_reason == "length"
        answer = CUT_OFF if is_cut else await read_aside(understand, response)
        if not isinstance(answer, Misunderstood):
            return answer
        complaint = answer.complaint
        said = unusable(complaint)
    agent = conversation.request.agent
    raise Stopped(
        FailureReason.REPLY_NOT_UNDERSTOOD,
        f"The {agent}'s reply cannot be used, nor its {MAX_CORRECTIONS} corrections: {complaint}",
    )


async def read_aside(
    understand: Understand[Understood], response: ModelResponse
) -> Understood | Misunderstood:
    """What a reply comes to. A long one is read beside the other work of the process."""
    if len(response.text) < LONG_REPLY_CHARS:
        return understand(response)
    return await asyncio.to_thread(understand, response)


async def send(conversation: Conversation, said: Message) -> ModelResponse:
    """The model's answer. Raises: Stopped when the provider or the model refuses; as `ask` does."""
    try:
        response = await conversation.send(said)
    except Refusal as refusal:
        raise Stopped(FailureReason.MODEL_REFUSED, str(refusal)) from refusal
    if response.finish_reason == "refusal":
        raise Stopped(FailureReason.MODEL_REFUSED, f"The model declined: {response.text[:300]}")
    return response
