"""Splits a reply into its fenced blocks and the lines between them.

Fences follow CommonMark 0.31 (section 4.5), and bridge what models do beyond it: Markdown files fenced
no longer than the blocks inside them, and Python files whose strings hold fences. Where an end cannot
be told, the block says so. Thinking aloud between blocks is passed over, whatever blocks it holds; what
looks like it within a block belongs to the block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from archon.agents.replies.block_ends import BlockEnds, End, Ending
from archon.agents.replies.fence_lines import Fence, fence_here, next_fence
from archon.agents.replies.thoughts import ThoughtFinder

_LABEL_LINES = 3
"""How far above the fence that overruns a block its own label is looked for."""


@dataclass(frozen=True, slots=True)
class Block:
    info: str
    """What stands behind the opening fence, such as `python main.py`."""
    lead: tuple[str, ...]
    """The lines between the block before and this one."""
    content: str
    ending: Ending = "closed"

    @property
    def language(self) -> str:
        """The first word of the info string in lower case, without a path behind a colon."""
        word = re.match(r"\{?\.?([\w+#-]+)(?=$|[\s:{},])", self.info)
        return word[1].lower() if word else ""


@dataclass(frozen=True, slots=True)
class Split:
    blocks: tuple[Block, ...]
    """In order. Content keeps its line ends, without a list's indentation."""
    said: str
    """What stands outside of the blocks and the thinking."""
    is_endless: bool
    """Whether thinking begins that never ends, so that no block behind its start is one."""


def split_blocks(text: str) -> Split:
    """Every fenced block of a reply that no thinking holds."""
    return _Splitter(text).run()


@dataclass(slots=True)
class _Splitter:
    text: str
    position: int = 0
    lead: list[str] = field(default_factory=list)
    """What stands between the last block and the position, as far as thinking divides it."""
    said: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    thoughts: ThoughtFinder = field(default_factory=ThoughtFinder)
    ends: BlockEnds = field(init=False)

    def __post_init__(self) -> None:
        self.ends = BlockEnds(self.text)

    def run(self) -> Split:
        opening = next_fence(self.text, 0)
        while (opening := self._behind_thoughts(opening)) and not self.thoughts.is_endless:
            self._block(opening)
            opening = next_fence(self.text, self.position)
        rest = "".join((*self.lead, self.text[self.position :]))
        return Split(tuple(self.blocks), "".join((*self.said, rest)), self.thoughts.is_endless)

    def _behind_thoughts(self, opening: Fence | None) -> Fence | None:
        """The next opening fence, given the next fence; the position is behind the thoughts before it."""
        while thought := self.thoughts.find(
            self.text, self.position, opening.start if opening else len(self.text)
        ):
            if thought.is_all_before:
                self._forget()
            else:
                self.lead.append(self.text[self.position : thought.start])
            self.position = thought.end
            is_passed = opening is not None and opening.start < self.position
            opening = next_fence(self.text, self.position) if is_passed else opening
            opening = fence_here(self.text, self.position) or opening
        return opening

    def _forget(self) -> None:
        self.blocks.clear()
        self.lead.clear()
        self.said.clear()

    def _block(self, opening: Fence) -> None:
        lead = "".join((*self.lead, self.text[self.position : opening.start]))
        lines = tuple(line.rstrip("\r") for line in lead.removesuffix("\n").split("\n")) if lead else ()
        end = self.ends.find(opening, lines)
        if end.ending in ("overrun", "cut") and (
            thought := self.thoughts.find_end(self.text, opening.end, end.position)
        ):
            self._forget()
            self.position = thought.end
            return
        content = _content(self.text, opening, end)
        self.blocks.append(Block(opening.info, lines, content, end.ending))
        self.said.append(lead)
        self.lead = [_last_lines(content)] if end.ending == "overrun" else []
        self.position = end.next


def _content(text: str, opening: Fence, end: End) -> str:
    content = text[opening.end + 1 : end.position]
    if opening.indent:
        margin = f"^(?:\t{{1,{max(1, opening.indent // 4)}}}| {{0,{opening.indent}}})"
        content = re.sub(margin, "", content, flags=re.MULTILINE)
    if end.ending != "cut" or not content:
        return content
    head, line_break, last = content.removesuffix("\n").rpartition("\n")
    if last.rstrip().endswith(opening.mark):
        last = last.rstrip().removesuffix(opening.mark)
    return f"{head}{line_break}{last}\n"


def _last_lines(content: str) -> str:
    return "".join(content[-2_000:].splitlines(keepends=True)[-_LABEL_LINES:])
