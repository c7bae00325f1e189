"""A block's claim to be a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Source: TypeAlias = Literal["fence", "label", "comment", "first line", "heading", "sentence"]
"""Where the name stood, from the surest place to the loosest."""


@dataclass(frozen=True, slots=True)
class Claim:
    path: str
    """As the reply spells it: not checked, perhaps unsafe."""
    source: Source
    is_part: bool = False
    """Whether the words around the name speak of a change or an excerpt, not of the whole file."""
