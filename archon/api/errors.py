"""The one table from errors to HTTP statuses, and the document that each becomes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from archon.api.schemas.problem import FieldProblem, ProblemDocument
from archon.domain.errors import (
    ArchonError,
    BudgetExhausted,
    ConfigurationError,
    Conflict,
    InvalidInput,
    LeaseLost,
    ModelError,
    NotFound,
    QueueFull,
    ReplayMismatch,
)

STATUSES: dict[type[ArchonError], HTTPStatus] = {
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    LeaseLost: HTTPStatus.CONFLICT,
    ReplayMismatch: HTTPStatus.CONFLICT,
    QueueFull: HTTPStatus.TOO_MANY_REQUESTS,
    BudgetExhausted: HTTPStatus.PAYMENT_REQUIRED,
    ModelError: HTTPStatus.BAD_GATEWAY,
    ConfigurationError: HTTPStatus.SERVICE_UNAVAILABLE,
    ArchonError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""A kind that is not listed has the status of the kind it is made from."""

RETRY_AFTER_S = 10
"""What a full queue tells callers to wait: about a step of a task."""

MEDIA_TYPE = "application/problem+json"

_SCHEMAS = "#/components/schemas/"

_HTTP_CODES = {
    400: ("malformed_body", "Send JSON in UTF-8, with Content-Type: application/json."),
    404: ("no_such_route", "/docs lists every route."),
    405: ("method_not_allowed", "/docs lists every route with its methods."),
    413: ("too_large", "Send less; no request of this API needs as much."),
}


def status_of(error: ArchonError) -> HTTPStatus:
    """The HTTP status of an error: its own kind's, or that of the nearest kind above it."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def problem_of(error: ArchonError, scope: Scope) -> Response:
    """The answer to a request that ended in an error of the platform."""
    headers = {"Retry-After": str(RETRY_AFTER_S)} if isinstance(error, QueueFull) else {}
    return problem(
        scope, status_of(error), code=error.code, detail=error.message, hint=error.hint, headers=headers
    )


def problem_of_http(error: HTTPException, scope: Scope) -> Response:
    """The answer to a request that HTTP itself has a word for: no such route, too large a body."""
    code, hint = _HTTP_CODES.get(error.status_code, ("http", ""))
    headers = dict(error.headers or {})
    return problem(scope, error.status_code, code=code, detail=f"{error.detail}.", hint=hint, headers=headers)


def problem(
    scope: Scope,
    status: int,
    *,
    code: str,
    detail: str,
    hint: str = "",
    errors: Sequence[FieldProblem] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem document as an answer to the request of that scope."""
    document = ProblemDocument(
        type=f"urn:archon:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        hint=hint,
        instance=quote(scope["path"], errors="replace"),
        request_id=scope.get("state", {}).get("request_id", ""),
        errors=list(errors),
    )
    body = json.dumps(document.model_dump(), ensure_ascii=True)  # names of fields may be no valid Unicode
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def document_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of the errors that a route answers with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}ProblemDocument"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def problem_schemas() -> dict[str, Any]:
    """The OpenAPI schemas that `document_problems` refers to, by name."""
    schema = ProblemDocument.model_json_schema(ref_template=_SCHEMAS + "{model}")
    inner: dict[str, Any] = schema.pop("$defs")
    return inner | {"ProblemDocument": schema}


def answer_errors(app: FastAPI) -> None:
    """Make every error of the app a problem document."""
    app.add_exception_handler(ArchonError, _on_archon_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_fault)


async def _on_archon_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ArchonError)  # noqa: S101 - registered for these alone
    return problem_of(error, request.scope)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for these alone
    errors = [FieldProblem(field=_field(each["loc"]), message=each["msg"]) for each in error.errors()]
    detail = "; ".join(f"{each.field or 'the request'}: {each.message}" for each in errors[:5])
    return problem(
        request.scope,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code=InvalidInput.code,
        detail=f"{detail}.",
        hint="Send JSON with Content-Type: application/json, and the fields that /docs shows for this route.",
        errors=errors,
    )


def _field(loc: Sequence[int | str]) -> str:
    """The place without its first part, which says whether it is in the body, the query or a header."""
    return ".".join(str(part) for part in loc[1:])


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these alone
    return problem_of_http(error, request.scope)


async def _on_fault(request: Request, error: Exception) -> Response:
    """A fault of Archon's own. What it was stands in the log alone."""
    return problem(
        request.scope,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code=ArchonError.code,
        detail=f"A fault in Archon: {type(error).__name__}.",
        hint="The server's log has it under the request's id.",
    )
