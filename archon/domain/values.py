"""Identifiers, JSON values and hashing that every other value is made of."""

from __future__ import annotations

import hashlib
import json
from typing import NewType, TypeAlias

TaskId = NewType("TaskId", str)
OwnerId = NewType("OwnerId", str)
Digest = NewType("Digest", str)
"""Lower-case hexadecimal SHA-256."""

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"


def canonical(value: Json) -> bytes:
    """One spelling per JSON value: sorted keys, no blanks, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def digest(value: Json) -> Digest:
    """The hash of a JSON value's canonical spelling."""
    return digest_bytes(canonical(value))


def digest_bytes(data: bytes) -> Digest:
    return Digest(hashlib.sha256(data).hexdigest())
