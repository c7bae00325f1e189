"""What each way of failing means, and what to do about it, for every provider alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from archon.adapters.model.hiding import HIDDEN, hidden, secrets_of
from archon.adapters.model.reading import members, parse_object
from archon.adapters.model.route import Route
from archon.adapters.model.unread import UnreadCall, is_unread_call, written_call
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
LONGEST_TYPE = 80

_OF_STATUS: dict[int, type[ModelError]] = {
    401: ModelUnauthorized,
    402: ModelUnauthorized,
    403: ModelUnauthorized,
    407: ModelUnauthorized,
    408: ModelOverloaded,
    409: ModelOverloaded,
    425: ModelOverloaded,
    429: RateLimited,
    501: ModelRefusedRequest,
    505: ModelRefusedRequest,
    511: ModelUnauthorized,
}
"""Of the rest, 5xx are taken to pass, and all others not to."""
_GATEWAY_GAVE_UP = {504, 524}
"""A gateway stopped waiting; the provider behind it may have gone on, and may charge for it."""
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
_ERROR_FIELDS = {"error", "errors", "detail"}
"""Fields of which one makes an object an error where it is no event."""
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
    if is_unread_call(said):
        return _unread(route, said)
    kind = _kind_of(status)
    if kind is RateLimited and _named(said) is ModelUnauthorized:
        kind = ModelUnauthorized  # an empty account answers 429 at OpenAI, and waiting fills no account
    error = _failure(route, kind, f" (HTTP {status})", _words(said), _hint(route, kind, status))
    error.retry_after_s = _retry_after_s(headers)
    error.may_be_billed = status in _GATEWAY_GAVE_UP
    return error


def is_error(said: JsonObject, *, is_event: bool) -> bool:
    """Whether an object tells of a failure; `is_event` says that it is an event of its protocol otherwise.

    A field for an error that holds nothing is one more field of an event, and a failure without words alone.
    """
    if said.get("error") or said.get("errors") or "error" in (said.get("type"), said.get("object")):
        return True
    has_words = isinstance(said.get("message"), str) or not said.keys().isdisjoint(_ERROR_FIELDS)
    return has_words and not is_event


def of_error(route: Route, answer: JsonObject) -> ModelError:
    """The error for an error object that came where a reply was due: in a 200, or inside a stream."""
    said = _error_in(answer)
    if is_unread_call(said):
        return _unread(route, said)
    kind = _named(said) or ModelReplyBroken
    for field in ("code", "status"):
        if re.fullmatch(r"[45]\d\d", code := str(said.get(field))):
            kind = _kind_of(int(code))
            break
    return _failure(route, kind, "", _words(said), _hint(route, kind, 200))


def of_other_answer(route: Route, content_type: str, body: str) -> ModelError:
    """The error for a 200 that is no stream."""
    try:
        answer = _object_of(body)
    except ModelReplyBroken:
        answer = {}
    if is_error(answer, is_event=False):
        return of_error(route, answer)
    what = content_type[:LONGEST_TYPE] or "something"
    text = f"{route.provider.label} answered with {what} where a stream should be"
    return ModelReplyBroken(f"{text} for {route.model}.", hint=address_hint(route))


def unreachable(route: Route, what: str) -> ModelUnreachable:
    """The error for a connection that could not be made, or did not hold."""
    hint = route.provider.start_hint or "Look at the network."
    return ModelUnreachable(
        f"{route.provider.label} at {place_of(route)} {what}.", hint=f"{hint} {address_hint(route)}".strip()
    )


def cut_off(route: Route) -> ModelUnreachable:
    """The error for a stream that ended before its end mark."""
    return unreachable(route, "broke off in the middle of its answer")


def place_of(route: Route) -> str:
    """The address as it may be shown: without a path, a user or a password."""
    parts = urlsplit(route.base_url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _kind_of(status: int) -> type[ModelError]:
    return _OF_STATUS.get(status, ModelOverloaded if status >= 500 else ModelRefusedRequest)


def _failure(route: Route, kind: type[ModelError], how: str, words: str, hint: str) -> ModelError:
    text = f"{route.provider.label} {_SAYS[kind]}{how} for {route.model}"
    # A provider's words about a key may quote parts of it.
    if words and kind is not ModelUnauthorized:
        text += f": {_without_key(route, words)}"
    return kind(text.rstrip(".") + ".", hint=hint)


def _unread(route: Route, said: JsonObject) -> ModelReplyBroken:
    text, hint = f"{route.provider.label} cannot read a call of a tool that {route.model} made.", "Try again."
    written = written_call(said)
    error = UnreadCall(text, hint=hint, written=written) if written else ModelReplyBroken(text, hint=hint)
    error.may_be_billed = True
    return error


def _hint(route: Route, kind: type[ModelError], status: int) -> str:
    if kind is ModelUnauthorized:
        variable = route.provider.key_variable or "the key"
        if status in {407, 511}:
            return "Look at the user and password of the proxy that HTTP_PROXY or HTTPS_PROXY names."
        return f"Look at {variable}, at what it may use, and at the account's credit."
    if status == 404:
        return route.provider.missing_model_hint.format(model=route.model)
    if status == 413:
        return "Give it less: a shorter objective or smaller inputs."
    if 300 <= status < 400:
        return f"It answers elsewhere, and no key is sent to where it points. {address_hint(route)}".strip()
    return "It may work later." if kind.retryable else ""


def address_hint(route: Route) -> str:
    """Which variable says where the provider is; empty where none does."""
    variable = route.provider.url_variable
    return f"{variable} says where it is looked for." if variable else ""


def _error_of(body: str) -> JsonObject:
    try:
        return _error_in(_object_of(body))
    except ModelReplyBroken:
        return {"message": body}


def _object_of(body: str) -> JsonObject:
    """What a body says; the first of a list, as Gemini puts its errors. Raises: ModelReplyBroken."""
    if not body.lstrip().startswith("["):
        return parse_object(body)
    listed = members(parse_object(f'{{"all": {body}}}'), "all")
    return listed[0] if listed else {}


def _error_in(answer: JsonObject) -> JsonObject:
    """The provider's error object, however it is wrapped, or not at all."""
    said = answer.get("error") or answer.get("errors")
    if isinstance(said, list) and said:
        said = said[0]
    if isinstance(said, dict) and said:
        return said
    words = said if isinstance(said, str) and said else answer.get("message") or answer.get("detail")
    return {**answer, "message": words}


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
    for secret in secrets_of(route):
        words = hidden(words.replace(secret, HIDDEN), secret)
    return words if len(words) <= LONGEST_QUOTE else words[:LONGEST_QUOTE] + "…"


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Milliseconds where they are given, else seconds, else the time from the answer's own date to a date.

    None when nothing is asked that can be understood; never negative.
    Source: RFC 9110, section 10.2.3; `retry-after-ms` is OpenAI's and Azure's.
    """
    asked = headers.get("retry-after", "")
    seconds = _number(headers.get("retry-after-ms", ""), 1000)
    if seconds is None:
        seconds = _number(asked, 1)
    if seconds is None:
        seconds = _seconds_between(headers.get("date", ""), asked)
    return None if seconds is None else max(0.0, seconds)


def _number(text: str, divisor: int) -> float | None:
    """A plain number: what else Python reads as one is nonsense here."""
    if not re.fullmatch(r"\s*-?[0-9]{1,300}(\.[0-9]*)?\s*", text):
        return None
    return float(text) / divisor


def _seconds_between(sent: str, until: str) -> float | None:
    try:
        return (parsedate_to_datetime(until) - parsedate_to_datetime(sent)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
