"""A line that stands for others is told from one that is meant."""

from __future__ import annotations

import time

import pytest

from archon.domain.changes import is_change
from archon.domain.placeholders import doctest_lines, placeholder, placeholder_at_end

SURE = [
    "# ...",
    "# [...]",
    "[...]",
    "# ... rest unchanged ...",
    "# (existing code stays the same)",
    "# previous code...",
    "# imports as before",
    "# remaining methods here",
    "# code omitted for brevity",
    "# --- snip ---",
    "// (rest unchanged)",
    "-- ... other tables stay as they are ...",
    "{/* ... existing code ... */}",
    "<!-- ... rest of the page ... -->",
    "# rest of the function",
    "# rest of your code here",
    "# The rest of the code remains the same",
    "... rest unchanged ...",
    "(rest of the code unchanged)",
    "# and the rest of the tests stays as before",
]
PERHAPS = [
    "# remaining entries",
    "# rest of the items",
    "# ... then that",
    "# Remaining tests",
    "# existing keys",
]
MEANT = [
    "# drop the remaining items",
    "# Load existing users",
    "# take the rest of the line",
    "# Loading...",
    "def f(self): ...",
    "... print(x)",
    "...more,",
    "# Same-origin requests only",
    "# use the existing entry if there is one",
]


@pytest.mark.parametrize(("lines", "sureness"), [(SURE, "surely"), (PERHAPS, "perhaps"), (MEANT, None)])
def test_placeholders_are_told_apart(lines: list[str], sureness: str | None) -> None:
    assert {line: placeholder(line, "a.js") for line in lines} == dict.fromkeys(lines, sureness)


def test_the_language_decides_about_dots_and_headings() -> None:
    assert placeholder("...", "a.go") == "surely"
    assert placeholder("...", "a.py") == "perhaps"
    assert placeholder("# Existing code", "a.md") is None


def test_a_comment_behind_code_may_stand_for_something() -> None:
    assert placeholder_at_end("f()  # ... as before") == "surely"
    assert placeholder_at_end("<Row {/* existing code */} />") == "surely"
    assert placeholder_at_end("f()  # as before") is None


def test_examples_of_the_interpreter_are_known_by_their_prompt() -> None:
    lines = [">>> for x in y:", "...     print(x)", "...", "1", "", "..."]
    assert doctest_lines(lines) == {0, 1, 2, 3}


@pytest.mark.parametrize("part", ["# rest of a ", "<!--", "/*", " #", "# existing ", "is the same ", "... "])
def test_long_lines_take_no_time(part: str) -> None:
    started = time.process_time()
    for count in (4, 16, 48, 100_000):
        placeholder(part * count)
        placeholder_at_end(part * count)
    assert time.process_time() - started < 1


DIFF = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize(
    ("content", "path", "change"),
    [
        (DIFF, "x.py", True),
        (f"I changed it:\n\n{DIFF}", "x.js", True),
        ("<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n", "x.js", True),
        (DIFF, "x.diff", False),
        (f"# How\n\n```diff\n{DIFF}```\n", "x.md", False),
        (f'SAMPLE = """\n{DIFF}"""\n', "x.py", False),
        ("a = 1\n", "x.py", False),
    ],
)
def test_a_change_is_told_from_a_file_with_an_example_of_one(content: str, path: str, change: bool) -> None:
    assert is_change(content, path) is change
