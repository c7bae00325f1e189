"""How much of a conversation its model is told: all of it while that fits, and less from then on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archon.domain.conversation import Measured, Message, ModelRequest, ModelResponse
from archon.domain.credible import is_prompt_credible, read_tokens
from archon.domain.task import ModelChoice
from archon.domain.token_estimate import estimate_head, estimate_messages, estimate_request
from archon.domain.tokens import count_message
from archon.engine.context.compact import Compacted, compact
from archon.engine.context.left_out import LeftOut
from archon.engine.context.names import TURNS
from archon.engine.context.turns import call_id_of, said_by_tool

LARGEST_REPLY_SHARE = 4
"""A reply is never left more room than the context's size divided by this."""


@dataclass
class Window:
    """Decides by the messages and by what providers counted alone: both are in the journal, so that a
    resume or a replay decides the same."""

    choice: ModelChoice
    recall: str = ""
    """The tool by which the model can see again what was left out; empty where it has none."""
    _originals: dict[str, str] = field(default_factory=dict, init=False)
    _gone: list[str] = field(default_factory=list, init=False)

    def look(self, request: ModelRequest) -> Compacted | None:
        """What to say instead of the request's messages; None where it fits, or nothing of it may go."""
        reply = min(
            request.max_output_tokens,
            self.choice.max_output_tokens,
            self.choice.context_tokens // LARGEST_REPLY_SHARE,
        )
        room = self.choice.context_tokens - reply
        needed = estimate_request(request).tokens
        if needed <= room:
            return None
        head, messages = estimate_head(request), estimate_messages(request.messages)
        if needed > head + messages:  # the provider counts more than the estimate: so it will again
            room = room * (head + messages) // needed
        compacted = compact(request.messages, room=room - head, recall=self.recall)
        return compacted if compacted.left_out else None

    def take(self, left_out: LeftOut) -> None:
        """Remember what was left out. The first to be left out by a name is the original."""
        self._originals = {**left_out.originals, **self._originals}
        self._gone += left_out.gone

    def original(self, name: str, messages: Sequence[Message]) -> str | None:
        """What the model was once told by that name, or still is; None for no name of this conversation."""
        if name in self._originals:
            return self._originals[name]
        if name == TURNS and self._gone:
            return "\n".join(self._gone)
        for message in messages:
            for part in message.parts:
                if name and call_id_of(part) == name and (said := said_by_tool(part)) is not None:
                    return said
        return None

    def measured(self, request: ModelRequest, answer: Message, response: ModelResponse) -> Measured | None:
        """How long the request and its answer are; None unless its own provider said so, credibly."""
        usage = response.usage
        if usage.is_estimated or response.asked not in {"", self.choice.name}:
            return None
        if not is_prompt_credible(request, usage):
            return None
        said = min(usage.output_tokens, count_message(answer))  # what it thought is not said again
        return Measured(messages=len(request.messages) + 1, tokens=read_tokens(usage) + said)
