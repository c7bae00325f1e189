"""Who may call: everybody with the key, or, where none is set, programs on this machine."""

from __future__ import annotations

import hmac
from http import HTTPStatus

from fastapi import Security
from fastapi.security import APIKeyHeader
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from archon.api.documents import STATIC
from archon.api.errors import problem

HEADER = "X-API-Key"
OPEN_PATHS = frozenset({"/health", "/healthz", "/readyz", "/docs", "/openapi.json"})
"""Served without a key, as are the scripts of /docs: they tell nothing about tasks, and change nothing."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

documented_key = Security(APIKeyHeader(name=HEADER, auto_error=False, description="The server's API_KEY."))
"""For OpenAPI alone: the key is looked at before a request is read, by `RequireKey`."""


class RequireKey:
    """Refuses callers without the key before anything of their request is read.

    Without a key only requests addressed to a loopback name are served, so that no page in a browser
    reaches the API by a name of its own that points here (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, *, api_key: str | None) -> None:
        self._app = app
        self._key = api_key.encode() if api_key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_open(scope["path"]) or self._may(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif self._key is None:
            answer = problem(
                scope,
                HTTPStatus.FORBIDDEN,
                code="not_addressed_here",
                detail="Without an API key only requests to localhost are served.",
                hint="Use http://127.0.0.1, or set API_KEY on the server.",
            )
            await answer(scope, receive, send)
        else:
            answer = problem(
                scope,
                HTTPStatus.UNAUTHORIZED,
                code="wrong_key",
                detail="The API key is missing or wrong.",
                hint=f"Send the server's API_KEY in the header {HEADER}.",
                headers={"WWW-Authenticate": f'ApiKey header="{HEADER}"'},
            )
            await answer(scope, receive, send)

    def _may(self, headers: Headers) -> bool:
        if self._key is None:
            return _name(headers.get("host", "")) in LOOPBACK_NAMES
        return hmac.compare_digest(headers.get(HEADER, "").encode(), self._key)


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(f"{STATIC}/")


def _name(host: str) -> str:
    """A `Host` header without its port."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()
