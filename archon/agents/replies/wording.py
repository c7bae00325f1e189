"""What the words around a file's name say: that it is whole, a part of it, or only talked about."""

from __future__ import annotations

import re

from archon.domain.patterns import late

_PART = late(
    r"\b(?:chang(?:e|es|ed|ing)|replac\w+|modif\w+|edit\w*|patch\w*|insert\w*|append\w*|snippet|excerpt|fragment"
    r"|part|section|lines?|function|method|class|only|diff|remov\w+|delet\w+"
    r"|add(?:ed)? (?:this |these |the following )?to)\b",
    re.IGNORECASE,
)
_TALK = late(
    r"\b(?:run|runs|running|execut\w+|outputs?|results?|prints?|printed|shows?|logs?|errors?|traceback|usage|use"
    r"|using|before|old|previous|original|currently|was|imports?|imported|calls?|test(?:ed)? with"
    r"|tests? (?:for|of)|example|e\.g|like)\b",
    re.IGNORECASE,
)
_WHOLE = late(r"\b(?:should |must |will )?(?:now )?(?:looks?|reads?) like(?: this| so)?\b", re.IGNORECASE)
_INSIDE = late(r"\b(?:in|inside|into|within|to|from|at|of)\s*$", re.IGNORECASE)
_SAVING = late(
    r"\b(?:save|saved|put|write|store|stored|goes|place|placed|paste|contents?|version|code|copy)\b",
    re.IGNORECASE,
)

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_EARLIER = (
    r"(?:bad|wrong|incorrect|broken|buggy|faulty|naive|old|original|previous|prior|former|before|insecure|vulnerable"
    r"|outdated)"
)
_OTHER = re.compile(
    rf"^\W*(?:(?:the|an?) )?{_EARLIER}\b(?:[^\w,;]+\w+){{0,3}}\W*$"
    rf"|\b{_EARLIER}\b(?:[^\w,;]+\w+){{0,4}}\s*:\W*$"
    r"|\b(?:would|will|could) (?:be|look|fail|break|have)\b.*:\W*$"
    r"|\bfor comparison\b|\b(?:do not|don['’]t|never|avoid|not)\b[^.:]{0,40}\b(?:this|that|so|it)\s*:\W*$"
    r"|\b(?:instead of|rather than)(?: this| that)?\s*:\W*$",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"\b(?:fix\w*|correct(?:ed|s|ing)?|updat\w+|new|instead,|improv\w+|final|better|replac\w+|rewritten|complete|full"
    r"|chang\w+|modif\w+|resolv\w+|repair\w*|sav\w+|creat\w+|should (?:be|look)|restor\w+)\b",
    re.IGNORECASE,
)


def presents_other(line: str) -> bool:
    """Whether the line above a block presents it as a version that is not meant, such as the one before."""
    last = _SENTENCE.split(line.strip()[-400:])[-1]
    return _OTHER.search(last) is not None and _MEANT.search(last) is None


def speaks_of_part(text: str) -> bool:
    """Whether it announces a change or an excerpt."""
    return _PART.search(text) is not None


def only_talks(text: str) -> bool:
    """Whether it announces something about the file: a run, an output, a use, an old version."""
    return _TALK.search(_WHOLE.sub(" ", text)) is not None


def leads_inside(text: str) -> bool:
    """Whether the words before a name place something in it, and do not save it there as a whole."""
    return _INSIDE.search(text) is not None and _SAVING.search(text) is None
