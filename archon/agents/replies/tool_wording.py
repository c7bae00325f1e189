"""What the words around a call say: that it is an example, or that what follows is an imagined result."""

from __future__ import annotations

import re

_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|(?:an?|the|this|some|following|usage) examples?\b"
    r"|examples?\s*(?:of|:)|syntax"
    r"|(?:right|correct|wrong|expected|proper|same) (?:format|form|way)"
    r"|format (?:is|of|for)|template|placeholder"
    r"|(?:you|one|users?|they|it|that|this|which) (?:can|could|would|should|may|might|must)\b|would look"
    r"|how (?:to|you|one)|instead of|rather than|hypothetical\w*|suppose|imagine"
    r"|(?:do not|don't|never|avoid|must not|should not) (?:call|us(?:e|ing)|writ(?:e|ing)|run|send|do)\b)",
    re.IGNORECASE,
)
_RESULT_WORD = r"(?:observations?|results?|outputs?|responses?|returns?|returned|stdout|stderr|exit[ _]code)"
_IMAGINED = re.compile(
    rf"""
    [\s\#>*_`(\[<-]*
    (?:(?:tool|function|command|call|expected|simulated|actual|the|its|here\ is|this\ is)[\s_-]+){{0,3}}
    {_RESULT_WORD}\b[^.\n]{{0,60}}[:>\]]
  | \s*</?(?:tool|function|call)?_?(?:results?|responses?|observations?|outputs?)_*[\s>]
  | \s*\[/?(?:TOOL_RESULTS|INST)\]
  | \s*<\|(?:im_start|start_header_id|start|user|tool|system|observation|assistant)\b
  | \s*<｜(?:tool▁outputs?▁begin|User)
  | \s*<start_of_turn>
  | [\s*]*(?:user|human|tool|system|assistant|function|ipython)\**\s*:
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OUTPUT_LANGUAGES = frozenset(
    {"", "text", "txt", "plaintext", "console", "terminal", "output", "stdout", "log"}
)


def calls_it_example(line: str) -> bool:
    """Whether the line above a call presents it as an example, not as a call."""
    return _EXAMPLE.search(line[-400:]) is not None


def imagines_result(line: str) -> bool:
    """Whether a line behind a call pretends to be what the tool answers, or another's turn."""
    return _IMAGINED.match(line[:400]) is not None


def shows_output(language: str) -> bool:
    """Whether a fenced block behind a call may be an imagined output."""
    return language in _OUTPUT_LANGUAGES
