"""What of a journal still holds: the one function every reader but the cashier goes through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from archon.domain.events import Answered, Completed, Diverged, Event, Failed, Interrupted, Started

Key: TypeAlias = tuple[int, ...]
"""The numbers of an effect and of every scope it stands in. Tuples sort in program order."""

Outcome: TypeAlias = Completed | Failed


def parse_key(key: str) -> Key:
    return tuple(int(part) for part in key.split("."))


def format_key(key: Key) -> str:
    return ".".join(map(str, key))


@dataclass(slots=True)
class Entry:
    """Everything that holds about one key."""

    scope: str
    key: Key
    hash: str
    started: Event | None = None
    outcome: Event | None = None
    answers: list[Event] = field(default_factory=list)


class History:
    """The entries of a journal that still hold, by key; kept current by applying each new event."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.entries: dict[Key, Entry] = {}
        self._last: Key = ()
        """No key is greater."""
        for event in events:
            self.apply(event)

    def apply(self, event: Event) -> None:
        match event.body:
            case Started():
                self._entry(event).started = event
            case Completed() | Failed():
                self._entry(event).outcome = event
            case Answered():
                self._entry(event).answers.append(event)
            case Diverged():
                self._void(parse_key(event.key))
            case _:
                return

    def get(self, key: Key) -> Entry | None:
        return self.entries.get(key)

    def holds_inside(self, key: Key) -> bool:
        """Whether something holds in the scope that was opened at `key`."""
        if key >= self._last:
            return False
        return any(len(other) > len(key) and other[: len(key)] == key for other in self.entries)

    def holds_from(self, key: Key) -> bool:
        """Whether something holds in the scope of `key`, at it or later."""
        if key > self._last:
            return False
        scope = key[:-1]
        return any(other >= key and other[: len(scope)] == scope for other in self.entries)

    def _entry(self, event: Event) -> Entry:
        key = parse_key(event.key)
        self._last = max(self._last, key)
        entry = self.entries.get(key)
        if entry is None:
            entry = self.entries[key] = Entry(event.scope, key, event.hash)
        return entry

    def _void(self, start: Key) -> None:
        """Drop everything from `start` on in program order, and the results of the steps around it."""
        for key in [key for key in self.entries if key >= start]:
            del self.entries[key]
        for length in range(1, len(start)):
            enclosing = self.entries.get(start[:length])
            if enclosing is not None:
                enclosing.outcome = None


def live(events: Iterable[Event]) -> list[Event]:
    """The events that still hold, in order.

    Left out are voided entries, interrupted tries and the starts that a later start of the same
    effect replaced. Money alone counts all events.
    """
    everything = list(events)
    entries = History(everything).entries.values()
    holding = {id(e) for entry in entries for e in (entry.started, entry.outcome, *entry.answers) if e}
    return [e for e in everything if id(e) in holding or not _concerns_an_effect(e)]


def _concerns_an_effect(event: Event) -> bool:
    return isinstance(event.body, Started | Completed | Failed | Interrupted | Diverged | Answered)
