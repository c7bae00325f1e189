"""Keeps keys out of what people read: a provider may repeat one, or the larger part of it."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from archon.adapters.model.route import Route
from archon.domain.errors import ModelError

SHORTEST_RUN = 8
"""Characters in a row that give a key away; fewer are in many a word."""
LONGEST_TEXT = 4096
HIDDEN = "[key]"


def secrets_of(route: Route) -> tuple[str, ...]:
    """What must not be read in an error of a route: its key, and the password of its address."""
    try:
        password = urlsplit(route.base_url).password
    except ValueError:
        password = None
    return tuple(filter(None, (route.key, password)))


def hide_in(error: ModelError, secrets: Iterable[str]) -> None:
    """Take the secrets out of all that an error says."""
    for secret in secrets:
        error.message, error.hint = hidden(error.message, secret), hidden(error.hint, secret)
    error.args = (error.message,)


def hidden(text: str, secret: str) -> str:
    """The beginning of a text without any run of the secret, in capitals or not. A short secret stays."""
    if len(secret) < SHORTEST_RUN:
        return text
    text = text[:LONGEST_TEXT]
    small, known = _small(text), _runs(_small(secret))
    pieces, kept, at = [], 0, 0
    while at < len(text):
        end = at
        while small[end : end + SHORTEST_RUN] in known:
            end += 1
        if end > at:
            pieces += [text[kept:at], HIDDEN]
            kept = at = end + SHORTEST_RUN - 1
        else:
            at += 1
    return "".join([*pieces, text[kept:]])


def _runs(secret: str) -> set[str]:
    return {secret[at : at + SHORTEST_RUN] for at in range(len(secret) - SHORTEST_RUN + 1)}


def _small(text: str) -> str:
    """In small letters, with each still at its place."""
    return "".join(small if len(small := each.lower()) == 1 else each for each in text)
