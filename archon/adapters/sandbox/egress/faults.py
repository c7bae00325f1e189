"""The three ways in which a conversation with the proxy ends early, and how text from inside is shown."""

from __future__ import annotations

_SHOWN = 200


def shown(text: str) -> str:
    """Text that hostile code wrote, as at most 200 characters of printable ASCII."""
    plain = "".join(char if " " <= char <= "~" else f"\\x{ord(char):02x}" for char in text[: _SHOWN + 1])
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 3] + "..."


class Refused(Exception):
    """Something that is not allowed, or written so that it cannot be judged."""

    def __init__(self, target: str, reason: str, *, status: int = 403, last_words: bytes = b"") -> None:
        """`target` is what was asked for, as it was written; `reason` one sentence without raw text of it;
        `last_words` what a client is told that speaks no HTTP any more."""
        super().__init__(reason)
        self.target = shown(target)
        self.reason = reason
        self.status = status
        self.last_words = last_words


class Unreachable(Exception):
    """Something allowed that could not be reached, or gave no answer; the text says why."""


class Cut(Exception):
    """The other side ended its message in the middle, or went away."""
