"""What a model is told about its calls in text that were not executed."""

from __future__ import annotations

UNFENCED = (
    "begin a call that is meant at the start of a line, with no code fence around it and nothing behind it."
)
IGNORED = (
    "What stands behind the imagined result was not executed: stop after your calls and wait for the results."
)
UNSURE = (
    "A call was not executed, nor any behind it, since the text above it may be an imagined result: stop "
    "after your calls and wait for the results."
)
QUOTED = "A call that the words above it present as an example was not executed."
WITHIN = (
    "A call that stands within a quotation, or beside other text in a code fence, was not executed: begin a "
    "call that is meant at the start of a line, outside of everything else."
)


def stray(tag: str) -> str:
    """What is wrong with a tag that stands where no call begins."""
    if tag.startswith("</"):
        return (
            f"{tag!r} closes nothing: where a value holds this tag itself, number both tags of the value, as "
            "in <new:1> … </new:1>; put a tag that is only talked about in `backticks`."
        )
    return (
        f"{tag!r} stands in a line where no call begins: begin a call at the start of a line and end it with "
        "its closing tag; put a tag that is only talked about in `backticks`."
    )
