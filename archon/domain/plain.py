"""Turns frozen values into JSON and back, by their annotations.

Strings pass through untouched (file names may hold lone surrogates, which validators refuse), fields
that are missing take their defaults, and fields that only a newer version knows are left out.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from archon.domain.values import Json, JsonObject

T = TypeVar("T")

_INTEGERS = range(-(2**63), 2**63)
"""What databases keep."""


class _Codec(NamedTuple):
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def to_plain(value: object) -> JsonObject:
    """The JSON form of a dataclass instance."""
    kind: Any = type(value)
    written: JsonObject = _dataclass(kind).write(value)
    return written


def from_plain(cls: type[T], value: Json) -> T:
    """The inverse of `to_plain`. Raises: ValueError when the value is not of that class."""
    kind: Any = cls
    read: T = _dataclass(kind).read(value)
    return read


@cache
def _codec(hint: Any) -> _Codec:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is object:
        return _Codec(_same, _same)
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _Codec(lambda value: value.value, hint)
    if origin in {Union, types.UnionType}:
        return _union(arguments)
    if origin is tuple:
        item = _codec(arguments[0])
        return _Codec(
            lambda value: [item.write(each) for each in value],
            lambda value: tuple(item.read(each) for each in _checked(list, value)),
        )
    if origin is dict:
        item = _codec(arguments[1])
        return _Codec(
            lambda value: {key: item.write(each) for key, each in value.items()},
            lambda value: {key: item.read(each) for key, each in _checked(dict, value).items()},
        )
    if origin is Literal:
        return _Codec(_same, lambda value: _one_of(arguments, value))
    expected = getattr(hint, "__supertype__", hint)
    return _Codec(_same, lambda value: _checked(expected, value))


@cache
def _dataclass(cls: Any) -> _Codec:
    hints = get_type_hints(cls, localns={"Json": object, "JsonObject": dict})
    codecs = {field.name: _codec(hints[field.name]) for field in fields(cls)}
    required = {f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING}

    def write(value: Any) -> JsonObject:
        return {name: codec.write(getattr(value, name)) for name, codec in codecs.items()}

    def read(value: Any) -> Any:
        given = _checked(dict, value)
        missing = required - given.keys()
        if missing:
            raise ValueError(f"{cls.__name__} without {', '.join(sorted(missing))}")
        return cls(**{name: codecs[name].read(given[name]) for name in codecs if name in given})

    return _Codec(write, read)


def _union(arguments: tuple[Any, ...]) -> _Codec:
    """One kind of value or None; or several dataclasses, told apart by the default of their `type`."""
    kinds = [argument for argument in arguments if argument is not types.NoneType]
    inner = _codec(kinds[0]) if len(kinds) == 1 else _tagged(kinds)
    return _Codec(
        lambda value: None if value is None else inner.write(value),
        lambda value: None if value is None else inner.read(value),
    )


def _tagged(kinds: list[Any]) -> _Codec:
    codecs = {kind.__dataclass_fields__["type"].default: _dataclass(kind) for kind in kinds}

    def read(value: Any) -> Any:
        codec = codecs.get(_checked(dict, value).get("type"))
        if codec is None:
            raise ValueError(f"none of {', '.join(codecs)}")
        return codec.read(value)

    return _Codec(lambda value: codecs[value.type].write(value), read)


def _same(value: Any) -> Any:
    return value


def _one_of(options: tuple[Any, ...], value: Any) -> Any:
    if value not in options:
        raise ValueError(f"{value!r} is none of {options}")
    return value


def _checked(expected: type, value: Any) -> Any:
    if type(value) is int and value not in _INTEGERS:
        raise ValueError("a number of more than 64 bits")
    if expected is float and type(value) is int:
        return float(value)
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise ValueError(f"{type(value).__name__} where {expected.__name__} was expected")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} where a number was expected")
    return value
