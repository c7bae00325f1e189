"""What Anthropic's API takes as blocks: it refuses a text of nothing but blanks, and all that came with it.

Models do write such texts, in front of a call for instance.

Source: github.com/anomalyco/opencode, issue 31259: "text content blocks must contain non-whitespace text".
"""

from __future__ import annotations

from archon.domain.conversation import Message, ModelRequest, Part, SystemBlock, Text


def spoken_blocks(request: ModelRequest) -> list[SystemBlock]:
    """The blocks of the system that say something."""
    return [block for block in request.system if block.text.strip()]


def spoken_parts(message: Message) -> list[Part]:
    """The parts of a message without texts that say nothing."""
    return [part for part in message.parts if not isinstance(part, Text) or part.text.strip()]
