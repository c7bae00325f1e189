"""Refuses bodies that are larger than any honest request."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from archon.api.errors import problem_of_http


class BodyLimit:
    """Looks at the announced length first, and counts what comes all the same."""

    def __init__(self, app: ASGIApp, *, largest_bytes: int) -> None:
        self._app = app
        self._largest = largest_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._announced(scope) > self._largest:
            answer = problem_of_http(self._refusal(), scope)
            await answer(scope, receive, send)
        else:
            await self._app(scope, self._counted(receive), send)

    def _refusal(self) -> HTTPException:
        return HTTPException(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {self._largest:,} bytes"
        )

    def _announced(self, scope: Scope) -> int:
        length = Headers(scope=scope).get("content-length", "")
        return int(length) if length.isascii() and length.isdigit() else 0

    def _counted(self, receive: Receive) -> Receive:
        left = self._largest

        async def counting() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise self._refusal()
            return message

        return counting
