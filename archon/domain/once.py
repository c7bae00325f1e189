"""What is computed of a value that lives long: once, and for as long as the value lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Place(weakref.ref[T]):
    """A weak reference that knows its value's place, so that one callback serves all of them."""

    __slots__ = ("place",)
    place: int


class Once(Generic[T, R]):
    """A function of frozen values that remembers its results and forgets them with the values.

    Values are told apart by identity, since comparing long ones costs what is to be saved. Their class
    must allow weak references.
    """

    def __init__(self, compute: Callable[[T], R]) -> None:
        self._compute = compute
        self._known: dict[int, tuple[weakref.ref[T], R]] = {}

    def __call__(self, value: T) -> R:
        """What the function gives for the value. Raises: what the function raises."""
        place = id(value)
        known = self._known.get(place)
        if known is None:
            result = self._compute(value)
            # The reference tells of the value's end before its place can be another one's.
            reference = _Place(value, self._forget)
            reference.place = place
            known = self._known[place] = reference, result
        return known[1]

    def _forget(self, reference: _Place[T]) -> None:
        self._known.pop(reference.place, None)  # no names of the module: they are gone when Python ends

    def each(self, values: Iterable[T]) -> list[R]:
        """The same for many values, at a quarter of the price where they are known."""
        known = self._known.get
        return [found[1] if (found := known(id(value))) is not None else self(value) for value in values]
