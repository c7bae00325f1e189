"""Which calls of models a task has had answered, as its journal tells."""

from __future__ import annotations

from archon.domain.conversation import AnsweredCall
from archon.domain.events import Completed, Started
from archon.engine.history import Entry, History, format_key


def answered_calls(history: History) -> tuple[AnsweredCall, ...]:
    """Those whose answer still holds, in the order in which they were asked."""
    roles: dict[str, str] = {}
    answered = []
    for entry in history.entries.values():
        agent, role = _asked(entry)
        if role:
            roles[agent] = role
        outcome = entry.outcome.body if entry.outcome else None
        match outcome:
            case Completed(result={"asked": str(model)}) if agent:
                key = format_key(entry.key)
                answered.append(AnsweredCall(role=roles.get(agent, ""), agent=agent, key=key, model=model))
    return tuple(answered)


def _asked(entry: Entry) -> tuple[str, str]:
    """Agent and role of a model's call; no agent for another effect, no role where a conversation goes on."""
    started = entry.started.body if entry.started else None
    match started:
        case Started(effect="model", request={"agent": str(agent), "head": {"role": str(role)}}):
            return agent, role
        case Started(effect="model", request={"agent": str(agent)}):
            return agent, ""
        case _:
            return "", ""
