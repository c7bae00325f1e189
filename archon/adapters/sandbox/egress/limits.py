"""How long and how much the proxy waits for, so that nothing in it lasts for ever."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    connections: int = 64
    """How many are served at once; more of them wait in the listener's queue."""
    head_s: float = 10.0
    """For a request's header to arrive whole."""
    greeting_s: float = 10.0
    """For a TLS greeting to arrive whole, from its first byte on."""
    resolve_s: float = 10.0
    connect_s: float = 10.0
    """For all addresses of a host together."""
    idle_s: float = 300.0
    """For how long nothing may move in either direction."""
    half_closed_s: float = 60.0
    """The same once one side has ended its part: often it is gone."""
    linger_s: float = 5.0
    """For how long what a client still sends is read away, so that it gets to read the answer."""
