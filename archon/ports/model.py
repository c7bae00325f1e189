"""Something that answers: a provider's API, a script of replies, a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

from archon.domain.conversation import Delta, ModelRequest
from archon.domain.profile import ModelProfile


class Model(Protocol):
    def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """Stream the answer: any number of `TextDelta`, then exactly one `ModelResponse` as the last item.

        The whole response holds the whole text; a consumer that needs no stream may ignore the
        deltas. Closing the iterator early (or cancelling) closes the connection; what was streamed
        may still be billed. A stream that ends without its provider's end mark is an error, never a
        shorter answer. Calls are independent and may run concurrently.

        Raises: ModelError and its kinds; `retryable` says whether the same request may be sent again.
        """
        ...


@runtime_checkable
class TokenCounter(Protocol):
    """A model that may also be able to say how long a request is. Not every model has it."""

    async def count_tokens(self, request: ModelRequest) -> int | None:
        """Tokens of input as the provider counts them, without an answer; None where it offers no count.

        Costs nothing. Raises: ModelError and its kinds.
        """
        ...


@runtime_checkable
class Attended(Protocol):
    """A model for which somebody answers by hand."""

    async def place_of_answer(self, request: ModelRequest) -> str:
        """Where the answer is to be put, once the request lies beside it; empty when it is there already.

        Raises: ModelError.
        """
        ...


@runtime_checkable
class Checked(Protocol):
    """A model that can be looked at before it is asked, for nothing."""

    def check(self) -> None:
        """Raises: ConfigurationError when it could not answer any request."""
        ...


class ModelSource(Protocol):
    def open(self, name: str, profile: ModelProfile | None = None) -> Model:
        """The model that a model string such as `ollama/gemma:2b` names. Does no I/O.

        With a `profile` the model is asked for what that says it can do, whatever is known of it now.

        Raises: NoModelConfigured when nothing serves that name or its key is missing.
        """
        ...
