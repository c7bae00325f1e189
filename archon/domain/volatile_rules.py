"""What varies in a message from run to run, and what is written in its place.

The kinds follow those by which error trackers group messages (Sentry's parametrisation: uuid, hex, date,
duration, ip and the like), but for short numbers and quoted words: these tell faults apart. So does a short
port that was connected to, as it is the service's; those that a system hands out have five digits.
"""

from __future__ import annotations

import re

_UNITS = r"(?:ns|us|µs|ms|s|secs?|seconds?|mins?|minutes?|hours?|h)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?"
_ZONE = r"(?: ?(?:Z\b|UTC\b|GMT\b|CES?T\b|[+-]\d\d:?\d\d\b))*"
_ANY = r"pid|ppid|process|thread|worker|line|lineno|column|col|char|position|offset"
_LONG = r"task|job|run|id|request|session|bytes?|seed"


def _rule(pattern: str, replacement: str, flags: int = 0) -> tuple[re.Pattern[str], str]:
    return re.compile(pattern, flags), replacement


TIMES = (
    _rule(rf"\b\d{{4}}[-/]\d\d[-/]\d\d(?:[T ]{_CLOCK}{_ZONE})?", "<time>"),
    _rule(rf"\b{_DAY},? \d{{1,2}}[ -]{_MONTH}[ -]\d{{2,4}}(?: {_CLOCK}{_ZONE})?", "<time>"),
    _rule(rf"\b{_DAY} {_MONTH} \d{{1,2}}(?: \d{{4}})? {_CLOCK}{_ZONE}(?: \d{{4}}\b)?", "<time>"),
    _rule(r"\bdatetime\.(?:datetime|date|time)\([\d, ]+\)", "<time>"),
    _rule(r"\b\d{8}T\d{6}Z?\b", "<time>"),
    _rule(r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b", "<time>"),
    _rule(r"(<time>[,:]? )\[?\d{2,7}\]?(?= )", r"\1<n>"),
    _rule(rf"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)? ?{_UNITS}\b", "<time>"),
)
NAMES = (
    _rule(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "<uuid>"),
    _rule(r"\b0x[0-9a-fA-F]{4,}", "<address>"),
    *TIMES,
    _rule(r"\b(?=[0-9a-f]{0,40}[a-f])(?=[0-9a-f]{0,40}\d)[0-9a-f]{8,}\b", "<hex>"),
    _rule(r"\b(?=[A-Za-z_]{0,80}\d\w{0,80}[A-Za-z]\d)(?=[a-z\d_]{0,80}[A-Z])(?=[A-Z\d_]{0,80}[a-z])\w{20,}\b",
          "<token>"),
    _rule(r"(?:\b[0-9a-f]{8}|<hex>)-[0-9a-f]{1,4}\.\.\.(?:[0-9a-f-]*<hex>|[0-9a-f-]*)", "<uuid>"),
    _rule(r"\btmp[a-z0-9_]{6,}\b", "<temporary>"),
    _rule(r"\bgw\d+\b", "gw<n>"),
    _rule(r"\b(Thread|Task|Process|\w{1,20}PoolWorker|ThreadPoolExecutor)((?:-\d+)+)(?::\d+)?\b", r"\1-<n>"),
)  # fmt: skip
NUMBERS = (
    _rule(r"\bline 1 column 1 \(char 0\)", "at the start"),
    _rule(rf"\b({_ANY})(\W{{1,3}})\d+\b", r"\1\2<n>", re.IGNORECASE),
    _rule(rf"\b({_LONG})(\W{{1,3}})\d{{4,}}\b", r"\1\2<n>", re.IGNORECASE),
    _rule(r"(?<=[\w\])]):\d+:\d+\b", ":<n>:<n>"),
    _rule(r"(?<= )\(\d+:\d+\)", "(<n>:<n>)"),
    _rule(r"\b(line|col|column|endline|endcolumn)=\d+", r"\1=<n>", re.IGNORECASE),
    _rule(r"(\.[A-Za-z]\w{0,5}|\b[Mm]akefile):\d+\b", r"\1:<n>"),
    _rule(r"(?<!REFUSED )(?<![\d.])((?:\d{1,3}(?:\.\d{1,3}){3}|localhost|::1\]?)['\"]?[:,] ?)\d+", r"\1<n>"),
    _rule(r"\b\d+ (?=(?:Killed|Terminated|Aborted|Segmentation fault)\b)", "<n> "),
    _rule(r"==\d+==", "==<n>=="),
    _rule(r"\d+\.\d{3,}(?:e[+-]?\d+)?", "<n>"),
    _rule(r"(?<!\d)(?<!\d\.)\d{5,}(?:\.\d+)?", "<n>"),
)
RULES = (*NAMES, *NUMBERS)
