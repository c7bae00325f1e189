"""What the words around a call say: that it is an example, or that what follows is an imagined result."""

from __future__ import annotations

import re

_DOING = r"(?:call|use|using|write|writing|run|running|send|sending|do|doing|execut\w+|make|issue)"
_NOT = (
    r"(?:do not|don['’]t|never|avoid|must not|mustn['’]t|should not|shouldn['’]t|will not|won['’]t|cannot"
    r"|can not|can['’]t|would not|wouldn['’]t|could not|couldn['’]t|not (?:going|want|allowed|supposed) to"
    r"|(?:refuse|decline) to)"
)
_SOURCE = (
    r"(?:documentation|docs|instructions?|prompt|manual|readme|issue|task|user|person|file|log|page|message"
    r"|comment|text|he|she|they)"
)
_SAYS = r"(?:says?|said|shows?|reads?|contains?|wrote|writes|tells?|told|asks?|asked|mentions?|suggests?)"
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|(?:an?|the|this|some|following|usage|as) examples?\b"
    r"|examples?\s*(?:of|:)|syntax|schema"
    r"|(?:right|correct|wrong|bad|incorrect|invalid|dangerous|forbidden|expected|proper|same)"
    r" (?:\w+ )?(?:format|form|way|call|version|shape|attempt|use|usage)"
    r"|(?:format|shape) (?:is|of|for)|template|placeholder"
    r"|(?:you|one|users?|they|which) (?:can|could|would|should|may|might|must)\b"
    r"|(?:it|that|this) (?:could|would)\b"
    r"|(?:would|could) (?:look|have|call|run|use|write|send)|would be\s*:|looks? like (?:this|so|that)\b"
    r"|how (?:to|you|one|calls?|a call)|instead of|rather than|hypothetical\w*|suppose|imagine"
    rf"|{_NOT} (?:\w+ )?{_DOING}\b|not (?:like )?(?:this|that|so)\s*:"
    rf"|(?:{_SOURCE}|[\w/-]+\.\w{{1,4}}) {_SAYS}\b[^,;]{{0,60}}$"
    r"|pseudo-?code|(?:zum|par|por) (?:beispiel|exemple|ejemplo)"
    r"|(?:shall|should|may|can|could) (?:i|we)\b[^?]{0,80}\?\W*$|(?:do you want|would you like)\b"
    r"|(?:if|once|when|after|as soon as) you (?:\w+ )?(?:confirm|approve|agree|allow|want|say)\b"
    r"|(?:previously|earlier|before this|already),? (?:i|we) \w+\b[^,;]{0,40}$"
    r"|(?:i|we) (?:already |just )?(?:ran|called|executed|sent) (?:this|that|it|these)\b[^,;]{0,40}$"
    r"|(?:previous|last|earlier|former|first|old) (?:call|attempt|message|reply|turn|command)\s*(?:was|:))"
    r"|^\W*(?:bad|wrong|incorrect|no|don['’]t|never|before|old)\W*$",
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
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_ORDER = (
    r"(?:and|then|next|now|also|so|finally|lastly|first(?:ly)?|second(?:ly)?|third(?:ly)?|afterwards?"
    r"|after (?:that|this)|in addition"
    r"|additionally|at the same time|meanwhile|again|once (?:that|this) is done)"
)
_PERCEIVED = (
    r"(?:can\s+)?(?:see|saw|got|get|found|find|notice|observe|confirm|have(?!\s+to)|had|was|were|understand|know|did"
    r"|ran|wrote|made|(?!need\b)\w+ed)\b"
)
_ANNOUNCED = re.compile(
    rf"""
    \W*(?:(?:step\s*\d{{1,2}}\b|\d{{1,2}}\s*[.):](?:\s|$))\W*)?(?:{_ORDER}\b\W*)*
    (?:$
    |(?:i|we)(?:['’](?:ll|m)\b|\s+(?:(?:also|now|then|next|just|first|still)\s+)?(?!{_PERCEIVED})[a-z])
    |let(?:['’]s)?\b|to\ [a-z]|please\b
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LEADING = re.compile(
    r"(?!.*\b(?:lines? \d|standard (?:error|output)))[^\t=(){};<>]*[:\uff1a][*_` ]*", re.IGNORECASE
)
"""Words that end in a colon, and are no code and no heading of a tool's own."""
_OTHERWISE = re.compile(
    r"\W*(?:or|alternatively|otherwise|else|failing that|if|unless|in case|should (?:that|this|it))\b",
    re.IGNORECASE,
)
"""Words that leave it open whether the next call is meant, as long as the result before is not known."""
_THIS = r"(?:that|this|it|these|those|the above)"
_TAKEN_BACK = re.compile(
    r"(?:^|[.!?]\s)\W*(?:actually\W+)?(?:(?:wait|no)(?:[,.!–—-]|\s*$)|scratch that|oops\b|never ?mind"
    rf"|strike that|on second thought|(?:ignore|disregard|forget|skip) {_THIS}\b"
    rf"|(?:do not|don['’]t) (?:run|execute|do|call|send) {_THIS}\b"
    rf"|(?:shall|should|may|can) i (?:really )?{_DOING} {_THIS}\b[^?]{{0,40}}\?"
    rf"|{_THIS}(?: calls?)? (?:is|was|were|are|would be) (?:only |just |merely )?"
    r"(?:an? example|examples|not (?:a real|real|meant|what i|to be)|a mistake|wrong|hypothetical|dangerous"
    r"|(?:what|how) (?:i|you|one|we) (?:would|could|should|might))"
    r"|i (?:will|would|did|do|am|shall) not (?:really |actually |going to )?"
    rf"(?:do|run|execute|call|send|mean) {_THIS}\b)",
    re.IGNORECASE,
)
_OUTPUT_LANGUAGES = frozenset(
    {"", "text", "txt", "plaintext", "console", "terminal", "output", "stdout", "log"}
)


def calls_it_example(above: str) -> bool:
    """Whether the words above a call, their lines joined, present it as anything but a call that is meant.

    It is their last sentence that speaks of what follows.
    """
    last = _SENTENCE.split(above[-400:].strip())[-1]
    return _EXAMPLE.search(last) is not None


def announces(line: str) -> bool:
    """Whether a line between two calls only leads to the next one, sentence by sentence.

    Anything else may be what the model takes for the result of the call before.
    """
    sentences = _SENTENCE.split(line.strip())
    if any(map(_OTHERWISE.match, sentences)):
        return False
    if _LEADING.fullmatch(sentences[-1]) and not imagines_result(sentences[-1]):
        sentences.pop()
    return all(_ANNOUNCED.match(sentence) for sentence in sentences)


def takes_back(line: str) -> bool:
    """Whether a line behind a call says that it is not meant."""
    return _TAKEN_BACK.search(line[:400]) is not None


def imagines_result(line: str) -> bool:
    """Whether a line behind a call pretends to be what the tool answers, or another's turn."""
    return _IMAGINED.match(line[:400]) is not None


def shows_output(language: str) -> bool:
    """Whether a fenced block behind a call may be an imagined output."""
    return language in _OUTPUT_LANGUAGES
