"""Sees whether anything that is watched has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Watch:
    def __init__(self, looks: Mapping[str, Callable[[], object]]) -> None:
        self._looks = looks
        self._before = self.look()

    def look(self) -> dict[str, object]:
        return {name: look() for name, look in self._looks.items()}

    def has_changed(self) -> bool:
        return self.look() != self._before
