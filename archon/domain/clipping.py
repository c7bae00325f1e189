"""Long texts cut for a model to read, with what is left out counted."""

from __future__ import annotations


def clipped(text: str, limit: int) -> str:
    """Head and tail of a text of more than `limit` characters."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n{_left_out(len(text) - 2 * half)}\n{text[len(text) - half :]}"


def clipped_line(line: str, limit: int) -> str:
    """The first `limit` characters of a line."""
    return line if len(line) <= limit else f"{line[:limit]} {_left_out(len(line) - limit)}"


def _left_out(count: int) -> str:
    return f"[… {count:,} characters left out …]"
