"""What was said in a conversation, and what is computed of all of it without looking at all of it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from archon.domain.conversation import Message

S = TypeVar("S")


class Said(tuple[Message, ...]):
    """The messages of a conversation. One that grew out of another still has what was computed of that.

    It equals the tuple of the same messages, and may stand wherever that may.
    """

    computed: dict[object, tuple[int, Any]]
    """By `Fold`: of how many of the messages, and what."""

    def __new__(cls, messages: tuple[Message, ...] = ()) -> Said:
        made = super().__new__(cls, messages)
        made.computed = {}
        return made

    @classmethod
    def of(cls, messages: tuple[Message, ...]) -> Said:
        """The messages themselves where they are a conversation already."""
        return messages if isinstance(messages, cls) else cls(messages)

    def and_then(self, *new: Message) -> Said:
        """The conversation with more said at its end. This one stays as it is."""
        grown = Said((*self, *new))
        grown.computed = dict(self.computed)
        return grown


class Fold(Generic[S]):
    """A function of messages that goes through them in order, each of a growing conversation once.

    `grow` makes the value for more messages from the value for those before, which it leaves unchanged, and
    the new ones.
    """

    def __init__(self, start: S, grow: Callable[[S, tuple[Message, ...]], S]) -> None:
        self._start = start
        self._grow = grow

    def __call__(self, messages: tuple[Message, ...]) -> S:
        """The value for all the messages. Raises: what `grow` raises."""
        if not isinstance(messages, Said):
            return self._grow(self._start, messages)
        count, value = cast("tuple[int, S]", messages.computed.get(self, (0, self._start)))
        if count < len(messages):
            value = self._grow(value, messages[count:])
            messages.computed[self] = len(messages), value
        return value
