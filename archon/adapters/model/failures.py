"""What each way of failing means, and what to do about it, for every provider alike."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from math import isfinite
from urllib.parse import urlsplit

from archon.adapters.model.reading import member, parse_object
from archon.adapters.model.route import Route
from archon.domain.errors import (
    ModelError,
    ModelOverloaded,
    ModelRefusedRequest,
    ModelReplyBroken,
    ModelUnauthorized,
    ModelUnreachable,
    RateLimited,
)
from archon.domain.values import JsonObject

LONGEST_QUOTE = 300
"""Characters of a provider's own words that an error repeats."""

_OF_STATUS: dict[int, type[ModelError]] = {
    401: ModelUnauthorized,
    402: ModelUnauthorized,
    403: ModelUnauthorized,
    408: ModelOverloaded,
    409: ModelOverloaded,
    429: RateLimited,
}
_OF_NAME: dict[str, type[ModelError]] = {
    "authentication_error": ModelUnauthorized,
    "permission_error": ModelUnauthorized,
    "billing_error": ModelUnauthorized,
    "invalid_api_key": ModelUnauthorized,
    "insufficient_quota": ModelUnauthorized,
    "invalid_request_error": ModelRefusedRequest,
    "not_found_error": ModelRefusedRequest,
    "request_too_large": ModelRefusedRequest,
    "context_length_exceeded": ModelRefusedRequest,
    "rate_limit_error": RateLimited,
    "rate_limit_exceeded": RateLimited,
    "overloaded_error": ModelOverloaded,
    "timeout_error": ModelOverloaded,
    "api_error": ModelOverloaded,
    "server_error": ModelOverloaded,
}
_SAYS: dict[type[ModelError], str] = {
    ModelUnauthorized: "does not accept the key, or the key may not do this",
    RateLimited: "asks for fewer requests",
    ModelOverloaded: "is overloaded or broken",
    ModelRefusedRequest: "refuses the request",
    ModelReplyBroken: "answered with an error where the reply should be",
}


def of_status(route: Route, status: int, body: str, headers: Mapping[str, str]) -> ModelError:
    """The error for an answer whose status is not 200."""
    said = _error_of(body)
    kind = ModelOverloaded if status >= 500 else _OF_STATUS.get(status, ModelRefusedRequest)
    if kind is RateLimited and _named(said) is ModelUnauthorized:
        kind = ModelUnauthorized  # an empty account answers 429 at OpenAI, and waiting fills no account
    error = _failure(route, kind, f" (HTTP {status})", _words(said), _hint(route, kind, status))
    error.retry_after_s = _retry_after_s(headers)
    return error


def of_error(route: Route, answer: JsonObject) -> ModelError:
    """The error for an error object that came where a reply was due: in a 200, or inside a stream."""
    said = _error_in(answer)
    code = said.get("code")
    kind = _named(said) or ModelReplyBroken
    if isinstance(code, int) and code >= 400:
        kind = ModelOverloaded if code >= 500 else _OF_STATUS.get(code, ModelRefusedRequest)
    return _failure(route, kind, "", _words(said), _hint(route, kind, 200))


def of_other_answer(route: Route, content_type: str, body: str) -> ModelError:
    """The error for a 200 that is no stream."""
    try:
        answer = parse_object(body)
    except ModelReplyBroken:
        answer = {}
    if "error" in answer:
        return of_error(route, answer)
    return _failure(route, ModelReplyBroken, f" ({content_type or 'of no type'})", "", _address_hint(route))


def unreachable(route: Route, what: str) -> ModelUnreachable:
    """The error for a connection that could not be made, or did not hold."""
    parts = urlsplit(route.base_url)
    place = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    hint = route.provider.start_hint or "Look at the network."
    return ModelUnreachable(
        f"{route.provider.label} at {place} {what}.", hint=f"{hint} {_address_hint(route)}".strip()
    )


def cut_off(route: Route) -> ModelUnreachable:
    """The error for a stream that ended before its end mark."""
    return unreachable(route, "broke off in the middle of its answer")


def _failure(route: Route, kind: type[ModelError], how: str, words: str, hint: str) -> ModelError:
    text = f"{route.provider.label} {_SAYS[kind]}{how} for {route.model}"
    # A provider's words about a key may quote parts of it.
    if words and kind is not ModelUnauthorized:
        text += f": {_without_key(route, words)}"
    return kind(text.rstrip(".") + ".", hint=hint)


def _hint(route: Route, kind: type[ModelError], status: int) -> str:
    if kind is ModelUnauthorized:
        variable = route.provider.key_variable or "the key"
        return f"Look at {variable}, at what it may use, and at the account's credit."
    if status == 404:
        return route.provider.missing_model_hint.format(model=route.model)
    if 300 <= status < 400:
        return _address_hint(route)
    return "It may work later." if kind.retryable else ""


def _address_hint(route: Route) -> str:
    variable = route.provider.url_variable
    return f"{variable} says where it is looked for." if variable else ""


def _error_of(body: str) -> JsonObject:
    try:
        return _error_in(parse_object(body))
    except ModelReplyBroken:
        return {"message": body}


def _error_in(answer: JsonObject) -> JsonObject:
    """The provider's error object, however it is wrapped."""
    said = answer.get("error")
    if isinstance(said, str):
        return {"message": said}
    return member(answer, "error") if isinstance(said, dict) else {}


def _named(said: JsonObject) -> type[ModelError] | None:
    for field in ("code", "type"):
        name = said.get(field)
        if isinstance(name, str) and name in _OF_NAME:
            return _OF_NAME[name]
    return None


def _words(said: JsonObject) -> str:
    message = said.get("message")
    return " ".join(message.split()) if isinstance(message, str) else ""


def _without_key(route: Route, words: str) -> str:
    hidden = words.replace(route.key, "[key]") if route.key else words
    return hidden if len(hidden) <= LONGEST_QUOTE else hidden[:LONGEST_QUOTE] + "…"


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds, or the time between the answer's own date and the date it names.

    Source: RFC 9110, section 10.2.3.
    """
    asked = headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        try:
            until, sent = parsedate_to_datetime(asked), parsedate_to_datetime(headers.get("date", ""))
            seconds = (until - sent).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if isfinite(seconds) else None
