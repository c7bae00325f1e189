"""Replies that carry whole files, as the agents that write code read them."""

from __future__ import annotations

from archon.agents.loop import Misunderstood
from archon.agents.replies.files import FilesReply, parse_files
from archon.domain.conversation import ModelResponse


def read_files(response: ModelResponse, *, default_name: str) -> FilesReply | Misunderstood:
    """The files of a reply, or what to tell the model about it."""
    reply = parse_files(response.text, default_name=default_name)
    if reply.is_cut:
        return Misunderstood("its last block is not closed. Send each file whole and closed by its fence.")
    if reply.refused:
        names = "; ".join(f"{file.path!r}: {file.reason}" for file in reply.refused)
        return Misunderstood(
            f"these files could not be taken: {names}. Send each file whole, under a plain relative name."
        )
    if not reply.files:
        return Misunderstood(
            f"it holds no file. Put each file into a fenced block whose fence names it, such as "
            f"```python {default_name}"
        )
    return reply
