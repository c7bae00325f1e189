"""What a case of the suite is: something served, and the one way in which the call may end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from archon.domain.conversation import BrokenCall, FinishReason, ModelResponse
from archon.domain.errors import ModelError
from archon.domain.values import JsonObject
from archon.testing.model_cases.protocol import ALL, SpokenProtocol
from archon.testing.model_contract import TEXT
from archon.testing.model_script import ServedReply

Served: TypeAlias = ServedReply | Callable[[SpokenProtocol], ServedReply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The call ends with this whole reply."""

    text: str = TEXT
    calls: tuple[tuple[str, JsonObject], ...] = ()
    finish: FinishReason = "stop"
    usage_is_estimated: bool | None = None
    """None where it does not matter."""
    faults: tuple[str, ...] = ()
    """What is said to be wrong with each call that cannot be read."""

    def hold(self, response: ModelResponse) -> None:
        assert response.text == self.text
        assert tuple((call.name, call.arguments) for call in response.tool_calls) == self.calls
        assert len({call.id for call in response.tool_calls if call.id}) == len(self.calls)
        broken = [call for call in response.tool_calls if isinstance(call, BrokenCall)]
        assert [call for call in broken if call.arguments or not call.raw] == []
        assert all(said in call.fault for said, call in zip(self.faults, broken, strict=True))
        assert response.finish_reason == self.finish
        assert self.usage_is_estimated in {None, response.usage.is_estimated}
        usage = response.usage
        counts = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
        assert min(counts) >= 0 and usage.total_tokens > 0
        assert response.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Fails:
    """The call ends with this error, and no reply."""

    kind: type[ModelError]
    is_billed: bool | None = None
    """Whether the attempt may cost something; None where it does not matter."""
    is_retryable: bool | None = None
    """None for what is usual for the kind."""
    says: str = ""
    hints: str = ""
    asks_s: float | None = None
    """The wait that the provider is understood to ask for."""

    def hold(self, error: ModelError) -> None:
        assert type(error) is self.kind, repr(error)
        assert error.retryable == self.retryable
        assert self.is_billed in {None, error.may_be_billed}
        assert self.says in error.message
        assert self.hints in error.hint
        assert error.retry_after_s == self.asks_s
        assert "\n" not in str(error) and len(str(error)) < 700

    @property
    def retryable(self) -> bool:
        return self.kind.retryable if self.is_retryable is None else self.is_retryable


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    promise: str
    """What is served and what comes of it, as a sentence that is the test's name."""
    served: Served
    ends: Answers | Fails
    only: tuple[SpokenProtocol, ...] = ALL
    """The protocols in which this can happen."""
    is_hurried: bool = False
    """Whether it is asked by a model that has little patience."""

    def __str__(self) -> str:
        return self.promise

    def reply(self, protocol: SpokenProtocol) -> ServedReply:
        """What is served, as often as it is asked for."""
        served = self.served if isinstance(self.served, ServedReply) else self.served(protocol)
        return replace(served, repeats=True)
