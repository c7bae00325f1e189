"""The one tree of errors: what went wrong on the platform's side, and what a person can do about it.

ArchonError
├── ConfigurationError      a setting, key or file must be mended by a person   (exit 4)
│   ├── NoModelConfigured
│   ├── SandboxUnavailable
│   └── DatabaseError       read-only, full, locked, or from a newer version
├── InvalidInput            the caller's request is wrong                       (exit 2)
├── NotFound                no such task, file or recording                     (exit 1)
├── Conflict                the task is not in a state that allows this         (exit 1)
├── QueueFull               try again later
├── LeaseLost               another runner has the task; this one must stop
├── ModelError              the model's side; `retryable` says whether to try again
│   ├── ModelUnreachable · RateLimited · ModelOverloaded · ModelReplyBroken   (retryable)
│   └── ModelRefusedRequest · ModelUnauthorized · ModelUntrusted
├── BudgetExhausted         the account cannot cover the next call at its worst
└── ReplayMismatch          a replay asked for something its recording does not hold
"""

from __future__ import annotations


class ArchonError(Exception):
    """An error of the platform: never shown to a model as the output of its work."""

    code = "internal"
    """Stable identifier, part of the public interface."""
    retryable = False
    """Whether the same request may succeed later without anybody changing anything."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        """What to do about it, as one sentence."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ConfigurationError(ArchonError):
    code = "configuration"


class NoModelConfigured(ConfigurationError):
    code = "no_model"


class SandboxUnavailable(ConfigurationError):
    code = "sandbox_unavailable"


class DatabaseError(ConfigurationError):
    code = "database"


class InvalidInput(ArchonError):
    code = "invalid_input"


class NotFound(ArchonError):
    code = "not_found"


class Conflict(ArchonError):
    code = "conflict"


class QueueFull(ArchonError):
    code = "queue_full"
    retryable = True


class LeaseLost(ArchonError):
    code = "lease_lost"


class ModelError(ArchonError):
    code = "model"
    retry_after_s: float | None = None
    """How long the provider asked to wait, in seconds; None when it did not say."""
    may_be_billed = False
    """Whether the provider may charge for the attempt: the request had reached it when it failed."""


class ModelUnreachable(ModelError):
    """No connection, a reset, a time-out, or a stream that broke off.

    One of them is not retryable where the next attempt would end the same way: an answer that took too long.
    """

    code = "model_unreachable"
    retryable = True


class ModelUntrusted(ModelError):
    """Whoever answers cannot prove to be the provider: a certificate that is not to be trusted."""

    code = "model_untrusted"


class RateLimited(ModelError):
    code = "rate_limited"
    retryable = True


class ModelOverloaded(ModelError):
    """5xx and provider-specific overload answers."""

    code = "model_overloaded"
    retryable = True


class ModelUnauthorized(ModelError):
    """The key is missing, wrong or not allowed to use the model."""

    code = "model_unauthorized"


class ModelRefusedRequest(ModelError):
    """400-class answers: the request itself will never be accepted."""

    code = "model_refused_request"


class ModelReplyBroken(ModelError):
    """The provider's answer is not of its own protocol."""

    code = "model_reply_broken"
    retryable = True


class BudgetExhausted(ArchonError):
    code = "budget_exhausted"

    def __init__(self, message: str, *, needed_microusd: int, left_microusd: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.needed_microusd = needed_microusd
        self.left_microusd = left_microusd


class RecordingExhausted(ArchonError):
    """A rehearsal asked for a model call or answer that its recording does not hold."""

    code = "recording_exhausted"


class ReplayMismatch(ArchonError):
    code = "replay_mismatch"
