"""Reading a provider's JSON without trusting it: what is not as the protocol says is an error."""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import NoReturn, cast

from archon.domain.errors import ModelReplyBroken
from archon.domain.values import Json, JsonObject

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


LARGEST_COUNT = 1_000_000_000
"""No answer has more tokens; a larger number is a fault of whoever counted."""


def broken(what: str) -> ModelReplyBroken:
    """The error for an answer that is not of its provider's protocol."""
    return ModelReplyBroken(
        f"The provider's answer is not of its own protocol: {what}.",
        hint="Try again; if it stays so, look at the provider's address.",
    )


def parse_object(text: str) -> JsonObject:
    """The JSON object that a text spells. Raises: ModelReplyBroken."""
    try:
        value = _READER.decode(text)
        if _SURROGATE_ESCAPE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise broken("malformed JSON") from None
    if not isinstance(value, dict):
        raise broken("JSON that is no object")
    return cast("JsonObject", value)


def parse_arguments(text: str) -> JsonObject:
    """The object that a tool call's text spells. Raises: ModelReplyBroken in words for who wrote the text.

    No name may stand in it twice: which of the two counts is anybody's guess.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_refuse_twice, parse_constant=_refuse_constant, parse_float=_finite
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" starting at")
        raise ModelReplyBroken(f"{what}, {_place(text, error.pos)}") from None
    except UnicodeEncodeError:
        raise ModelReplyBroken("a text in it holds half of a surrogate pair") from None
    except RecursionError:
        raise ModelReplyBroken("it is nested too deeply") from None
    except ValueError as error:
        raise ModelReplyBroken(str(error)) from None
    if not isinstance(value, dict):
        raise ModelReplyBroken("it is no object")
    return cast("JsonObject", value)


def _place(text: str, at: int) -> str:
    """Where in a text something is wrong, with what stands there."""
    if at >= len(text.rstrip()):
        return "at its end"
    return f"at character {at + 1}, after {text[max(0, at - 30) : at]!r}"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    """JSON has no infinity, and no number that is too large for this machine may become one."""
    if not isfinite(number := float(text)):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


_READER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
"""Made once: an answer is read in dozens of pieces."""


def _refuse_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:60]!r} stands in it twice")
    return value


def string(parent: JsonObject, name: str) -> str:
    """A text; empty when it is missing or null. Raises: ModelReplyBroken."""
    value = parent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise broken(f"{name} is no text")
    return value


def integer(parent: JsonObject, name: str) -> int | None:
    """A number of things; None when it is missing or null. Raises: ModelReplyBroken."""
    value = parent.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_COUNT:
        raise broken(f"{name} is no count")
    return value


def count(parent: JsonObject, name: str) -> int | None:
    """The same, and None for what is no number of tokens: no reply is lost for how it was counted."""
    try:
        return integer(parent, name)
    except ModelReplyBroken:
        return None


def member(parent: JsonObject, name: str) -> JsonObject:
    """An object; empty when it is missing or null. Raises: ModelReplyBroken."""
    return _object(parent.get(name), name)


def members(parent: JsonObject, name: str) -> list[JsonObject]:
    """A list of objects; empty when it is missing or null. Raises: ModelReplyBroken."""
    value = parent.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise broken(f"{name} is no list")
    return [_object(each, name) for each in value]


def _object(value: Json, name: str) -> JsonObject:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise broken(f"{name} is no object")
    return value
