"""What the HTTP library's exceptions mean: no connection, one that is not to be trusted, one that broke."""

from __future__ import annotations

import os
import re
import socket
import ssl
from typing import TypeVar
from urllib.parse import urlsplit

import anyio

from archon.adapters.model.failures import address_hint, cut_off, place_of, unreachable
from archon.adapters.model.lean_httpx import httpx
from archon.adapters.model.reading import broken
from archon.adapters.model.route import Route
from archon.adapters.model.timeouts import Timeouts
from archon.domain.errors import ModelError, ModelUnauthorized, ModelUnreachable, ModelUntrusted

Cause = TypeVar("Cause", bound=BaseException)

EXPIRED, NOT_YET_VALID = 10, 9
OTHER_NAME = (62, 64)
"""OpenSSL's numbers, X509_V_ERR_…, of certificates whose time or whose name is not right."""
OF_THE_LINE = (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream)
"""What breaks below the HTTP library and is not put in its words, such as a record of TLS that is none."""
NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")


def of_exception(route: Route, error: Exception, timeouts: Timeouts) -> ModelError:
    """The error for a request that had no answer, or an answer that had no end."""
    if isinstance(error, httpx.ProxyError):
        return _of_proxy(route, str(error))
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol):
        return _unconnected(route, error)
    failure: ModelError
    if isinstance(error, httpx.DecodingError):
        failure = broken("it cannot be unpacked")
    elif isinstance(error, httpx.TimeoutException):
        failure = unreachable(route, f"was silent for {timeouts.read_s:g} s")
        failure.hint += " LLM_SILENCE_SECONDS sets how long is waited."
    else:
        failure = cut_off(route)
    failure.may_be_billed = True
    return failure


def endless(route: Route, timeouts: Timeouts) -> ModelUnreachable:
    """The error for an answer that took too long, however much of it came. The next would be as slow."""
    failure = unreachable(route, f"had not ended its answer after {timeouts.answer_s:g} s")
    failure.hint = "Set LLM_ANSWER_SECONDS higher if the model is that slow, or use another model."
    failure.retryable = False
    failure.may_be_billed = True
    return failure


def no_such_name(route: Route) -> ModelUnreachable:
    """The error for a host name that cannot be one."""
    failure = unreachable(route, "cannot be reached: that is no name of a host")
    failure.retryable = False
    return failure


def _unconnected(route: Route, error: Exception) -> ModelError:
    distrust = _cause(error, ssl.SSLCertVerificationError)
    if distrust is not None:
        return _untrusted(route, f"is not to be trusted: {distrust.verify_message}", _cure(route, distrust))
    fault = _cause(error, ssl.SSLError)
    if fault is not None and fault.reason in NO_TLS:
        return _untrusted(
            route, "does not speak TLS", f"Its address may begin with http://. {address_hint(route)}"
        )
    if _cause(error, socket.gaierror) is not None:
        return _with_proxy(route, unreachable(route, "cannot be reached: its name is not known here"))
    return _with_proxy(route, unreachable(route, "cannot be reached"))


def _untrusted(route: Route, what: str, hint: str) -> ModelUntrusted:
    return ModelUntrusted(f"{route.provider.label} at {place_of(route)} {what}.", hint=hint.strip())


def _cure(route: Route, distrust: ssl.SSLCertVerificationError) -> str:
    if distrust.verify_code in {EXPIRED, NOT_YET_VALID}:
        return "Look at this machine's clock; where it is right, the server needs a new certificate."
    if distrust.verify_code in OTHER_NAME:
        return f"Its certificate is another host's: look at the address. {address_hint(route)}"
    return "If you trust who signed it, such as your company's proxy, set SSL_CERT_FILE to their certificate."


def _of_proxy(route: Route, said: str) -> ModelError:
    """The error for a proxy that makes no tunnel; nothing has reached the provider."""
    found = re.match(r"\d{3}", said)
    status = int(found[0]) if found else 0
    what = f"cannot be reached: the proxy refuses (HTTP {status})" if status else "cannot be reached by proxy"
    if status in {401, 403, 407}:
        label, place = route.provider.label, place_of(route)
        return ModelUnauthorized(
            f"{label} at {place} {what}.",
            hint="Look at the user, password and rules of the proxy that HTTPS_PROXY names.",
        )
    failure = unreachable(route, what)
    failure.retryable = not 400 <= status < 500
    return _with_proxy(route, failure)


def _with_proxy(route: Route, failure: ModelUnreachable) -> ModelUnreachable:
    """The same, with the proxy as one more thing to look at where there is one."""
    variables = (f"{urlsplit(route.base_url).scheme}_proxy", "all_proxy")
    used = [name.upper() for name in variables if os.environ.get(name) or os.environ.get(name.upper())]
    if used and urlsplit(route.base_url).hostname not in {"localhost", "127.0.0.1", "::1"}:
        failure.hint = f"{failure.hint} {used[0]} names a proxy: look at it, too.".strip()
    return failure


def _cause(error: BaseException, kind: type[Cause]) -> Cause | None:
    """The nearest cause of that kind."""
    at: BaseException | None = error
    while at is not None and not isinstance(at, kind):
        at = at.__cause__ or at.__context__
    return at
