"""Decodes JSON that stands in a text as JSON's own specification wants it."""

from __future__ import annotations

import json
import math
import re

from archon.domain.values import Json, JsonObject

_FENCED = re.compile(r"\s*(`{3,}|~{3,})[\w ]*\n(?P<content>.*?)\n?\1\s*", re.DOTALL)


def encoded(text: str) -> str | None:
    """The text within a reply that is one JSON string as a whole, perhaps in a fence."""
    fenced = _FENCED.fullmatch(text)
    bare = (fenced["content"] if fenced else text).strip()
    if len(bare) < 2 or bare[0] != '"' or bare[-1] != '"':
        return None
    value = decoded(bare)
    return value if isinstance(value, str) else None


def decoded(text: str) -> Json:
    """The one JSON value that a text spells strictly; None when it does not."""
    try:
        value: Json = json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None
    return value


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON number")


def _finite(spelling: str) -> float:
    value = float(spelling)
    if math.isinf(value):
        raise ValueError(f"{spelling} is too large")
    return value


def _unique(pairs: list[tuple[str, Json]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key is given twice")
    return members
