"""Parameters that would carry a secret: tasks keep their parameters, and show them."""

from __future__ import annotations

import re

from archon.domain.values import Json, JsonObject

CARRIERS = frozenset({"extra_headers", "headers", "extra_body", "extra_query", "authorization"})
"""What may carry anything past the program."""
KEYS_BELONG = "tasks keep their parameters, so write a key into the provider's variable"

_WORDS = re.compile(
    r"secret|passw|authori[sz]ation|credential|bearer|keys?(?![a-z])|token(?![a-z])|(?:auth|access)_?tokens"
)
_PASSWORD = re.compile(r"://[^/\s@]*:[^/\s@]+@")
"""Of an address, with its user."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HARMLESS = frozenset({"prompt_cache_key", "bos_token", "eos_token", "pad_token"})
_SCHEMAS = frozenset({"response_format", "format", "json_schema", "schema", "guided_json"})
"""What a reply must be like: names in it are those of the reply."""


def secret_name(name: str, value: Json) -> str:
    """The name of what looks like a secret, at any depth of a parameter; empty where nothing does."""
    if name.lower() in _SCHEMAS:
        return ""
    if _is_secret(name, value):
        return name
    return _within(value)


def _within(value: Json) -> str:
    if isinstance(value, dict):
        return _first(value)
    if isinstance(value, list):
        return next(filter(None, map(_within, value)), "")
    return ""


def _first(value: JsonObject) -> str:
    return next(filter(None, (secret_name(name, each) for name, each in value.items())), "")


def _is_secret(name: str, value: Json) -> bool:
    if isinstance(value, str) and _PASSWORD.search(value):
        return True
    words = _HUMP.sub("_", name).lower().replace("-", "_")
    if words in _HARMLESS:
        return False
    if words in CARRIERS:
        return True
    is_number = value is None or isinstance(value, bool | int | float)
    is_ids = isinstance(value, list) and all(isinstance(each, int) for each in value)
    is_count = "token" in words and (is_number or is_ids)
    return not is_count and bool(_WORDS.search(words))
