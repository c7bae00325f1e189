"""However a request and a file repeat themselves, an answer comes soon."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from archon.tools.edits.diff import apply_diff
from archon.tools.edits.outcome import Applied, Refused
from archon.tools.edits.replace import replace
from archon.tools.edits.whole_file import write_whole

MANY = 3_000
PAIRS = "a\nb\n" * MANY
LONG = [f"{'ab' * 90}{number}" for number in range(MANY)]
GAPPED = "a\n...\n" * 5


def said(lines: list[str], ending: str) -> str:
    return "".join(f"{line}{ending}\n" for line in lines)


HOSTILE: dict[str, Callable[[], Applied | Refused]] = {
    "lines in another order": lambda: replace(PAIRS, PAIRS, "x\n" + "b\na\n" * MANY + "y\n"),
    "more of the same lines": lambda: replace(PAIRS, PAIRS, "b\nb\na\n" * MANY),
    "words of one line": lambda: replace(
        f"x = “{'a b ' * MANY}”\n", f'x = "{"a b " * MANY}"\n', f'y = "{"b a " * MANY}"\n'
    ),
    "lines hardly alike": lambda: replace(said(LONG, ""), said(LONG, "  "), said(LONG[::-1], " q")),
    "nothing near": lambda: replace(said(LONG[:400], ""), said(LONG[:3], " q"), "z"),
    "line ends": lambda: write_whole("\r\n" + PAIRS, "x\n" + "b\na\n" * MANY),
    "gaps without an end": lambda: replace("a\n" * MANY, f"{GAPPED}b\n", f"c\n{GAPPED[2:]}b\n"),
    "a long hunk": lambda: apply_diff(PAIRS, "@@ -1,1000000 +1,2 @@\n" + " a\n" * 20 * MANY),
    "sections": lambda: apply_diff("a b\n" * MANY, "@@ -1 +1 @@ a b\n-a b\n+c\n"),
    "fences": lambda: apply_diff("a b\n" * MANY, "```\n" * MANY + "-a\n"),
    "hunks": lambda: apply_diff("a\n" * MANY, "@@\n-a\n+b\n" * MANY),
    "comments": lambda: replace("a\n", "a", "<!--" * MANY * 50),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_answer_comes_soon(name: str) -> None:
    started = time.process_time()
    HOSTILE[name]()
    assert time.process_time() - started < 10, "five times what it takes"


def test_what_would_take_too_long_is_refused_with_what_to_do() -> None:
    outcome = HOSTILE["more of the same lines"]()
    assert isinstance(outcome, Refused)
    assert "too long" in outcome.reason
    assert "fewer lines" in outcome.hint
