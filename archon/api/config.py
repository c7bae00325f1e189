"""What an operator can set about the HTTP door, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_BODY_BYTES = 2_000_000
HEARTBEAT_S = 15.0
"""Silence on a stream after which a comment is sent, so that proxies keep the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiConfig:
    api_key: str | None = None
    """What `X-API-Key` must say; None serves everybody who reaches the machine's loopback address."""
    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may call the API from a browser."""
    largest_body_bytes: int = LARGEST_BODY_BYTES
    heartbeat_s: float = HEARTBEAT_S
