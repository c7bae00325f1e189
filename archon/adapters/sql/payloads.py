"""Payloads as text in which long strings are named by their hash and kept as blobs.

`{"$blob": sha256}` stands for a string; an object that is spelled like a marker itself is wrapped as
`{"$literal": object}`, so every payload reads back as it was written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from archon.domain.values import Digest, Json, JsonObject, digest_bytes

LONG_CHARS = 512
"""Strings above this length become blobs."""
_BLOB = "$blob"
_LITERAL = "$literal"


@dataclass(frozen=True, slots=True)
class Packed:
    text: str
    strings: Mapping[Digest, bytes]
    """What the text names, by its hash."""


def pack(payload: JsonObject) -> Packed:
    text = _dump(payload)
    if len(text) <= LONG_CHARS and not _has_marker(text):
        return Packed(text, {})
    strings: dict[Digest, bytes] = {}
    return Packed(_dump(_shorten(payload, strings)), strings)


def named(text: str) -> frozenset[Digest]:
    """The hashes that a packed text names."""
    return frozenset(_names(json.loads(text))) if _has_marker(text) else frozenset()


def unpack(text: str, string: Callable[[Digest], bytes]) -> JsonObject:
    """The inverse of `pack`; `string` finds what the text names."""
    payload = json.loads(text)
    return cast("JsonObject", _inflate(payload, string) if _has_marker(text) else payload)


def _dump(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


def _has_marker(text: str) -> bool:
    return '"$' in text


def _shorten(value: Json, strings: dict[Digest, bytes]) -> Json:
    if isinstance(value, str):
        if len(value) <= LONG_CHARS:
            return value
        data = value.encode("utf-8", "surrogatepass")
        sha256 = digest_bytes(data)
        strings[sha256] = data
        return {_BLOB: sha256}
    if isinstance(value, list):
        return [_shorten(item, strings) for item in value]
    if isinstance(value, dict):
        shortened: JsonObject = {key: _shorten(item, strings) for key, item in value.items()}
        return {_LITERAL: shortened} if _is_marker(value) else shortened
    return value


def _is_marker(value: JsonObject) -> bool:
    return len(value) == 1 and (_BLOB in value or _LITERAL in value)


def _inflate(value: Json, string: Callable[[Digest], bytes]) -> Json:
    match value:
        case {"$blob": str(sha256), **rest} if not rest:
            return string(Digest(sha256)).decode("utf-8", "surrogatepass")
        case {"$literal": dict(literal), **rest} if not rest:
            return {key: _inflate(item, string) for key, item in literal.items()}
        case dict():
            return {key: _inflate(item, string) for key, item in value.items()}
        case list():
            return [_inflate(item, string) for item in value]
    return value


def _names(value: Json) -> Iterator[Digest]:
    match value:
        case {"$blob": str(sha256), **rest} if not rest:
            yield Digest(sha256)
        case {"$literal": dict(literal), **rest} if not rest:
            for item in literal.values():
                yield from _names(item)
        case dict():
            for item in value.values():
                yield from _names(item)
        case list():
            for item in value:
                yield from _names(item)
