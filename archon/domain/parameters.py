"""Parameters of model calls as settings say them: by model, by agent, and by the call itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isfinite
from typing import NoReturn, TypeAlias, cast

from archon.domain.parameter_secrets import CARRIERS, KEYS_BELONG, secret_name
from archon.domain.values import Json, JsonObject

Layer: TypeAlias = Mapping[str, JsonObject]
"""Parameters by what they are for: the beginning of a model string, or an agent."""

KNOWN = frozenset(
    {
        "temperature",
        "top_p",
        "max_tokens",
        "num_ctx",
        "response_format",
        "seed",
        "thinking",
        "effort",
        "stop",
    }
)
"""Names that mean the same for every provider. Any other one is a provider's own, and passed on as it is."""
FIXED = frozenset(
    {
        "model",
        "messages",
        "system",
        "stream",
        "stream_options",
        "tools",
        "max_completion_tokens",
        "num_predict",
        "n",
        "api_key",
    }
    | CARRIERS
)
"""What makes a request the one that was asked for, and the one that money was set aside for."""
LONGEST_STOPS = 4


def read_layer(text: str) -> dict[str, JsonObject]:
    """A layer from its JSON, such as `{"ollama/": {"temperature": 0.1}}`.

    Raises: ValueError that says what is wrong, and where.
    """
    try:
        given = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        json.dumps(given, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("it holds half a character") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error.msg} at character {error.pos + 1}") from None
    if not isinstance(given, dict):
        raise ValueError("it is JSON, but no object")
    for name, parameters in given.items():
        if not isinstance(parameters, dict):
            raise ValueError(f"what {name!r} has is no object of parameters")
        for parameter, value in parameters.items():
            check_parameter(name, parameter, value)
    return cast("dict[str, JsonObject]", given)


def read_value(text: str) -> Json:
    """A parameter's value as people write it: JSON where it is that, or else the text itself."""
    try:
        value: Json = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ValueError:
        return text
    return value


def merged(*layers: JsonObject) -> JsonObject:
    """All parameters of the layers; where several have one, the last counts."""
    return {name: value for layer in layers for name, value in layer.items()}


def passed_on(parameters: JsonObject) -> JsonObject:
    """The provider's own parameters among these."""
    return {name: value for name, value in parameters.items() if name not in KNOWN | FIXED}


def stops(parameters: JsonObject) -> list[Json]:
    """The texts that end a reply, however they were given."""
    stop = parameters.get("stop", [])
    return stop if isinstance(stop, list) else [stop]


def check_parameter(place: str, name: str, value: Json) -> None:
    """Look at one parameter; `place` is what it is for. Raises: ValueError that says what is wrong."""
    if name in FIXED:
        said = _INSTEAD.get(name, "the program says it itself")
        raise ValueError(f"{name!r} of {place!r} cannot be set: {said}")
    if secret := secret_name(name, value):
        raise ValueError(f"{secret!r} of {place!r} cannot be set: {KEYS_BELONG}")
    if name in _SHAPES:
        fits, wanted = _SHAPES[name]
        if not fits(value):
            raise ValueError(f"{name!r} of {place!r} is {json.dumps(value)[:40]}, and must be {wanted}")


_INSTEAD = {
    "max_completion_tokens": "write max_tokens",
    "num_predict": "write max_tokens",
    **dict.fromkeys({"api_key", *CARRIERS}, KEYS_BELONG),
}


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_number(value: Json, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_whole(value: Json, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_stop(value: Json) -> bool:
    texts = value if isinstance(value, list) else [value]
    return 0 < len(texts) <= LONGEST_STOPS and all(isinstance(each, str) and each for each in texts)


_SHAPES: dict[str, tuple[Callable[[Json], bool], str]] = {
    "temperature": (lambda value: _is_number(value, 0, 2), "a number from 0 to 2"),
    "top_p": (lambda value: _is_number(value, 0, 1), "a number from 0 to 1"),
    "max_tokens": (lambda value: _is_whole(value, 1, 100_000_000), "a whole number above 0"),
    "num_ctx": (lambda value: _is_whole(value, 256, 100_000_000), "a whole number from 256 on"),
    "seed": (lambda value: _is_whole(value, -(2**63), 2**63 - 1), "a whole number"),
    "response_format": (lambda value: isinstance(value, dict), "an object"),
    "thinking": (lambda value: isinstance(value, bool | dict), "true, false or the provider's own object"),
    "effort": (lambda value: isinstance(value, str) and bool(value), "a word such as low, medium or high"),
    "stop": (_is_stop, f"a text, or up to {LONGEST_STOPS} in a list"),
}
