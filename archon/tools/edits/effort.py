"""Comparing texts costs steps, and how many is bounded: a request of a model must not keep a processor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from typing import TypeAlias, TypeVar

from archon.tools.edits.outcome import Refused

T = TypeVar("T", bound=Hashable)
Opcode: TypeAlias = tuple[str, int, int, int, int]
"""A kind of difference, and from where to where it goes in the one and in the other."""

_MOST_STEPS = 6_000_000
"""A second or two of a usual processor; requests that are no attack take thousands."""

TOO_MUCH = Refused(
    reason="the request and the file repeat themselves too much: comparing them would take too long",
    hint="Edit fewer lines at once, quote them exactly, or write the whole file.",
)


class TooMuchEffortError(Exception):
    """The steps of a request are used up. It never leaves the package: the request is refused."""


@dataclass(slots=True)
class Effort:
    """What one request may still cost."""

    left: int = _MOST_STEPS
    """Steps of the innermost loops."""

    def spend(self, steps: int) -> None:
        """Raises: TooMuchEffortError when no step is left."""
        self.left -= steps
        if self.left < 0:
            raise TooMuchEffortError

    def matcher(self, one: Sequence[T], other: Sequence[T]) -> SequenceMatcher[T]:
        """A matcher whose methods raise TooMuchEffortError rather than go on for ever."""
        return _Matcher(self, one, other)

    def opcodes(self, one: Sequence[T], other: Sequence[T]) -> list[Opcode]:
        """What differs between the two, from 0, as `SequenceMatcher.get_opcodes` gives it."""
        most = min(len(one), len(other))
        head = next((at for at in range(most) if one[at] != other[at]), most)
        tail = next((at for at in range(most - head) if one[-1 - at] != other[-1 - at]), most - head)
        stop, other_stop = len(one) - tail, len(other) - tail
        middle = self.matcher(one[head:stop], other[head:other_stop]).get_opcodes()
        return [
            ("equal", 0, head, 0, head),
            *((tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in middle),
            ("equal", stop, len(one), other_stop, len(other)),
        ]


class _Matcher(SequenceMatcher[T]):
    def __init__(self, effort: Effort, one: Sequence[T], other: Sequence[T]) -> None:
        effort.spend(len(one) + len(other))
        self._effort = effort
        often = Counter(other)
        self._partners = [often[each] for each in one]
        """How often each item of the one stands in the other."""
        super().__init__(None, one, other, autojunk=False)

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> Match:
        """As its parent does, after counting what its parent's loop will do."""
        partners = self._partners[alo:ahi]
        self._effort.spend(len(partners) + sum(partners))
        return super().find_longest_match(alo, ahi, blo, bhi)
