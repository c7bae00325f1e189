"""Answers that are no stream: what each status means, what is read of its words, how long it asks to wait."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial

from archon.domain.errors import (
    ModelError,
    ModelOverloaded,
    ModelRefusedRequest,
    ModelReplyBroken,
    ModelUnauthorized,
    RateLimited,
)
from archon.domain.values import JsonObject
from archon.testing.model_cases.case import Answers, Case, Fails
from archon.testing.model_cases.protocol import ALL, MARK, OPENAI, WITH_EVENTS, SpokenProtocol
from archon.testing.model_contract import TEXT
from archon.testing.model_script import ServedReply

STATUSES: dict[int, type[ModelError]] = {
    301: ModelRefusedRequest,
    307: ModelRefusedRequest,
    400: ModelRefusedRequest,
    401: ModelUnauthorized,
    402: ModelUnauthorized,
    403: ModelUnauthorized,
    404: ModelRefusedRequest,
    407: ModelUnauthorized,
    408: ModelOverloaded,
    413: ModelRefusedRequest,
    422: ModelRefusedRequest,
    429: RateLimited,
    500: ModelOverloaded,
    501: ModelRefusedRequest,
    502: ModelOverloaded,
    503: ModelOverloaded,
    504: ModelOverloaded,
    524: ModelOverloaded,
    529: ModelOverloaded,
}
BILLED = {504, 524}
"""A gateway gave up waiting: what is behind it may have answered, and charge for it."""
HINTS = {301: "no key is sent", 407: "proxy", 413: "shorter", 401: "credit", 503: "later"}
BODIES = {
    "JSON": '{"error": {"message": "the reason"}}',
    "a page": "<html>\n<title>the reason</title>" + "x" * 100_000,
    "nothing": "",
    "broken JSON": '{"error": {"message": "the reason',
    "a list": '["the reason"]',
    "an odd error": '{"error": {"message": {"a": ["the reason"]}, "code": [429], "type": 3}}',
}
WAITS: dict[str, tuple[dict[str, str], float | None]] = {
    "7 seconds": ({"retry-after": "7"}, 7.0),
    "half a second": ({"retry-after": "0.5"}, 0.5),
    "milliseconds": ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
    "a year": ({"retry-after": "31536000"}, 31_536_000.0),
    "a moment ago": ({"retry-after": "-1"}, 0.0),
    "no number": ({"retry-after": "nan"}, None),
    "infinity": ({"retry-after": "1e999"}, None),
    "a number that is longer than any": ({"retry-after": "9" * 400}, None),
    "a number with a line in it": ({"retry-after": "1_0"}, None),
    "an age": ({"retry-after": "9" * 300}, float("9" * 300)),
    "soon": ({"retry-after": "soon"}, None),
    "broken milliseconds": ({"retry-after-ms": "soon", "retry-after": "3"}, 3.0),
    "nothing": ({}, None),
    "a date": (
        {"date": "Mon, 01 Jun 2026 10:00:00 GMT", "retry-after": "Mon, 01 Jun 2026 10:00:30 GMT"},
        30.0,
    ),
    "a date that is past": (
        {"date": "Mon, 01 Jun 2026 10:00:00 GMT", "retry-after": "Mon, 01 Jun 2020 10:00:00 GMT"},
        0.0,
    ),
    "a date that is none": ({"retry-after": "Mon, 99 Jun 99999 10:00:30 GMT"}, None),
}


ERRORS: dict[str, tuple[JsonObject, type[ModelError], str]] = {
    "that is empty": ({"error": {}}, ModelReplyBroken, ""),
    "that is an empty text": ({"error": ""}, ModelReplyBroken, ""),
    "that is a text": ({"error": "not today"}, ModelReplyBroken, "not today"),
    "in a list": ({"error": [{"message": "not today"}]}, ModelReplyBroken, "not today"),
    "among several": ({"errors": [{"code": 429, "message": "not today"}]}, RateLimited, "not today"),
    "that is null beside its words": ({"error": None, "message": "not today"}, ModelReplyBroken, "not today"),
    "by its type alone": ({"type": "error"}, ModelReplyBroken, ""),
    "by its type, unwrapped": ({"type": "error", "message": "not today"}, ModelReplyBroken, "not today"),
    "as vLLM writes it": (
        {"object": "error", "message": "not today", "type": "BadRequestError", "code": 400},
        ModelRefusedRequest,
        "not today",
    ),
    "as a framework writes it": ({"detail": "not today"}, ModelReplyBroken, "not today"),
    "with a status for its name": ({"status": 503, "message": "not today"}, ModelOverloaded, "not today"),
    "whose name is no text": ({"error": {"type": ["a"], "code": {}}}, ModelReplyBroken, ""),
}
"""Ways of providers and gateways to say that something failed, where a reply should be."""


def _statuses() -> Iterator[Case]:
    for status, kind in STATUSES.items():
        words = "" if kind is ModelUnauthorized else "the reason"
        yield Case(
            promise=f"{status} is {kind.code}",
            served=ServedReply(
                status=status, body=BODIES["JSON"], headers={"location": "http://127.0.0.1:9/"}
            ),
            ends=Fails(
                kind=kind,
                is_billed=status in BILLED,
                says=words,
                hints=HINTS.get(status, ""),
            ),
        )


def _bodies() -> Iterator[Case]:
    for what, body in BODIES.items():
        for status, kind in ((429, RateLimited), (500, ModelOverloaded), (400, ModelRefusedRequest)):
            yield Case(
                promise=f"{status} counts with {what} for its words",
                served=ServedReply(status=status, body=body, headers={"content-type": "text/html"}),
                ends=Fails(kind=kind, says=f"HTTP {status}"),
            )
    yield Case(
        promise="a status counts where its words break off",
        served=ServedReply(status=503, body=BODIES["JSON"], cut_after_bytes=9),
        ends=Fails(kind=ModelOverloaded),
    )
    yield Case(
        promise="a status counts where its words never come",
        served=ServedReply(status=503, body=BODIES["JSON"], hang_after_bytes=9),
        ends=Fails(kind=ModelOverloaded),
        is_hurried=True,
    )
    yield Case(
        promise="the words of an error are unpacked",
        served=ServedReply(status=500, body=BODIES["JSON"], packing="gzip"),
        ends=Fails(kind=ModelOverloaded, says="the reason"),
    )
    yield Case(
        promise="the words of an error without end are left",
        served=ServedReply(status=500, stream="x", packing="gzip", forever="x" * 2**20),
        ends=Fails(kind=ModelOverloaded, says="…"),
    )


def _waits() -> Iterator[Case]:
    for what, (headers, seconds) in WAITS.items():
        yield Case(
            promise=f"a wait of {what} is understood",
            served=ServedReply(status=429, body="{}", headers=headers),
            ends=Fails(kind=RateLimited, asks_s=seconds),
        )


def _no_streams() -> Iterator[Case]:
    for what, body, content_type, says in (
        ("an error", '{"error": {"message": "not today"}}', "application/json", "not today"),
        ("a whole reply", '{"id": "whole", "choices": []}', "application/json", "application/json where"),
        ("a login page", "<html>login</html>", "text/html", "text/html where"),
        ("nothing", "", "text/plain", "text/plain where"),
        ("a stream by another name", 'data: {"choices": []}\n\n', "text/plain", "text/plain where"),
    ):
        yield Case(
            promise=f"a 200 with {what} is no reply",
            served=ServedReply(body=body, headers={"content-type": content_type}),
            ends=Fails(kind=ModelReplyBroken, is_billed=False, says=says),
        )
    yield Case(
        promise="a 200 with an error that has a name is that error",
        served=ServedReply(body='{"error": {"type": "rate_limit_error", "message": "m"}}'),
        ends=Fails(kind=RateLimited),
    )
    yield Case(
        promise="an empty account is not waited for",
        served=ServedReply(status=429, body='{"error": {"code": "insufficient_quota", "message": "m"}}'),
        ends=Fails(kind=ModelUnauthorized, hints="credit"),
        only=WITH_EVENTS,
    )


def _errors_of_any_form() -> Iterator[Case]:
    for form, (said, kind, words) in ERRORS.items():
        yield Case(
            promise=f"a 200 with an error {form} is that error",
            served=ServedReply(body=json.dumps(said)),
            ends=Fails(kind=kind, is_billed=False, says=words),
        )
        yield Case(
            promise=f"an error {form} inside a stream is that error",
            served=partial(_broken_by, said),
            ends=Fails(kind=kind, is_billed=True, says=words),
        )
    yield Case(
        promise="an error of a choice is that error",
        served=partial(
            _broken_by,
            {"choices": [{"error": {"code": 502, "message": "not today"}, "finish_reason": "error"}]},
        ),
        ends=Fails(kind=ModelOverloaded, is_billed=True, says="not today"),
        only=(OPENAI,),
    )
    yield Case(
        promise="a field for errors that holds none is no error",
        served=_beside({"error": None}),
        ends=Answers(text=MARK),
    )


def _broken_by(said: JsonObject, protocol: SpokenProtocol) -> ServedReply:
    return ServedReply(stream=protocol.around(lambda at: at + protocol.event(said)))


def _beside(fields: JsonObject) -> Callable[[SpokenProtocol], ServedReply]:
    """A whole reply whose one event of text has these fields, too."""

    def served(protocol: SpokenProtocol) -> ServedReply:
        more = json.dumps(fields)[1:-1]
        return ServedReply(stream=protocol.around(lambda at: f"{{{more}, ".join(at.split("{", 1))))

    return served


def _errors_inside() -> Iterator[Case]:
    for protocol in ALL:
        for name, kind in protocol.stream_errors.items():
            yield Case(
                promise=f"the event {name} inside a stream is {kind.code}",
                served=ServedReply(text=TEXT, stream_error=name),
                ends=Fails(kind=kind, is_billed=True),
                only=(protocol,),
            )


ANSWERS = (
    *_statuses(),
    *_bodies(),
    *_waits(),
    *_no_streams(),
    *_errors_of_any_form(),
    *_errors_inside(),
)
