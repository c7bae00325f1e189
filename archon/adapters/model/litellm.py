"""The long tail of providers, through LiteLLM: an extra, imported when a model of its is first asked.

Source: docs.litellm.ai, "Streaming", "Exception mapping" and "Drop unsupported params".
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from archon.adapters.model import failures
from archon.adapters.model.draft import Draft
from archon.adapters.model.hiding import hide_in, secrets_of
from archon.adapters.model.openai import END_MARK, OPENAI, OpenAIReply
from archon.adapters.model.reading import broken
from archon.adapters.model.route import Route
from archon.adapters.model.timeouts import Timeouts
from archon.adapters.model.wire import spelled, within
from archon.domain.conversation import Delta, ModelRequest, ModelResponse, TextDelta
from archon.domain.errors import ModelError, ModelUnreachable

QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
}
"""So that importing it asks no network, and reads no `.env`."""


MOST_CAUSES = 12
SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
NEVER_SENT = {"ConnectError", "ConnectTimeout", "ClientConnectorError"}
"""Causes that end a call before anything was sent."""


@dataclass(frozen=True, kw_only=True)
class LiteLLMModel:
    """A model that LiteLLM finds by its own name for it, and with its own variables for keys."""

    route: Route
    timeouts: Timeouts = field(default_factory=Timeouts)

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """As the port says."""
        request = within(request, self.route)
        # It takes seconds of CPU to import, in which the process has to show that it lives.
        litellm = await asyncio.to_thread(library)
        reply = OpenAIReply(Draft(route=self.route))
        stream: Any = None
        try:
            stream = await litellm.acompletion(**self._asked(request))
            async for chunk in stream:
                if text := reply.take(chunk.model_dump_json()):
                    yield TextDelta(text=text)
            response = _response(reply, stream, request)
        except ModelError as error:
            error.may_be_billed = True
            hide_in(error, _secrets(self.route))
            raise
        except Exception as error:  # noqa: BLE001 - whatever a provider's code raises is put in our words
            raise _failure(self.route, error, is_answered=stream is not None) from None
        finally:
            if stream is not None:
                await stream.aclose()
        yield response

    def _asked(self, request: ModelRequest) -> dict[str, Any]:
        """Its own retries are off: they would hide from the budget what is asked."""
        asked: dict[str, Any] = json.loads(spelled(OPENAI, request, self.route))
        place = {"api_base": self.route.base_url} if self.route.base_url else {}
        quiet = {"num_retries": 0, "max_retries": 0, "drop_params": True, "no-log": True}
        return {**asked, **place, **quiet, "timeout": self.timeouts.read_s}


@cache
def library() -> Any:
    """The library, set to ask nobody but the provider, to say nothing, and to try nothing again."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.num_retries = 0
    return litellm


def _response(reply: OpenAIReply, stream: Any, request: ModelRequest) -> ModelResponse:
    """The whole reply. Where the provider did not count the library guesses, and less than an upper bound."""
    reply.take(END_MARK)
    if not any(getattr(chunk, "usage", None) for chunk in getattr(stream, "chunks", ())):
        reply.draft.usage = None
    return reply.draft.response(request)


def _failure(route: Route, error: Exception, *, is_answered: bool) -> ModelError:
    """The library's errors by what they come from, since it calls a lost connection many names."""
    causes = _causes(error)
    failure: ModelError
    if "Timeout" in causes:
        failure = _unreachable(route, "was silent for too long")
    elif is_answered or "APIConnectionError" in causes:
        failure = _unreachable(route, "broke off its answer" if is_answered else "cannot be reached")
    elif status := _status(error):
        failure = failures.of_status(route, status, _body(error), _headers(error))
    else:
        failure = broken(f"LiteLLM failed with {type(error).__name__}")
    was_sent = isinstance(failure, ModelUnreachable) and not causes & NEVER_SENT
    failure.may_be_billed = is_answered or was_sent
    hide_in(failure, _secrets(route))
    return failure


def _secrets(route: Route) -> tuple[str, ...]:
    """It finds the providers' keys in variables of its own: whatever is called like one is hidden."""
    named = (value for name, value in os.environ.items() if SECRET_NAME.search(name))
    return (*secrets_of(route), *named)


def _unreachable(route: Route, what: str) -> ModelUnreachable:
    hint = "Look at the network, and at what LiteLLM is told of its address."
    return ModelUnreachable(f"{route.model} {what} (through LiteLLM).", hint=hint)


def _causes(error: BaseException | None) -> set[str]:
    """The names of the error and of all that it came from."""
    names: set[str] = set()
    while error is not None and len(names) < MOST_CAUSES:
        names.add(type(error).__name__)
        error = getattr(error, "original_exception", None) or error.__cause__ or error.__context__
    return names


def _body(error: Exception) -> str:
    message = str(getattr(error, "message", "")).removeprefix(f"litellm.{type(error).__name__}: ")
    return json.dumps({"error": {"message": message}})


def _headers(error: Exception) -> Mapping[str, str]:
    return getattr(getattr(error, "response", None), "headers", None) or {}


def _status(error: Exception) -> int:
    """The status of the provider's answer; 0 where there was none."""
    status = getattr(error, "status_code", 0)
    return int(status) if isinstance(status, int | str) and str(status).isdigit() else 0
