"""A diff goes to the places that its lines name, all of it, or nowhere."""

from __future__ import annotations

import difflib

import pytest

from archon.tools.edits.diff import apply_diff
from archon.tools.edits.outcome import Applied, Refused

NOTES = """# Notes

## Morning

- wake up
- drink water

## Evening

- read
- drink water

## Night

- sleep
"""
AFTER = NOTES.replace("- read\n", "- read a book\n- write\n")
QUERIES = """-- people
SELECT name
FROM people
WHERE age > 17;

-- pets
SELECT name
FROM pets
WHERE age > 1;
"""


def diff_of(before: str, after: str, *, context: int = 3, path: str = "notes.md") -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"a/{path}",
        f"b/{path}",
        n=context,
    )
    return "".join(lines)


def applied(text: str, diff: str, *, path: str = "notes.md") -> str:
    outcome = apply_diff(text, diff, path=path)
    assert isinstance(outcome, Applied), outcome
    return outcome.text


def refused(text: str, diff: str, *, path: str = "notes.md") -> str:
    outcome = apply_diff(text, diff, path=path)
    assert isinstance(outcome, Refused), outcome
    return f"{outcome.reason} {outcome.hint}"


DIFF = diff_of(NOTES, AFTER)
HEADER = DIFF[DIFF.index("@@") : DIFF.index("\n", DIFF.index("@@"))]
BODY = DIFF[DIFF.index("\n", DIFF.index("@@")) + 1 :]


@pytest.mark.parametrize(
    "diff",
    [
        pytest.param(DIFF, id="exact"),
        pytest.param(DIFF.replace(HEADER, "@@ -1,99 +1,2 @@"), id="wrong counts"),
        pytest.param(DIFF.replace(HEADER, "@@ -90,7 +90,8 @@"), id="wrong numbers"),
        pytest.param(DIFF.replace(HEADER, "@@"), id="no numbers"),
        pytest.param(DIFF.replace(HEADER, "@@ ... @@"), id="dots for numbers"),
        pytest.param("@@ @@\n" + BODY, id="no file names"),
        pytest.param(BODY, id="no header at all"),
        pytest.param("-- read\n+- read a book\n+- write\n", id="changed lines alone"),
        pytest.param(DIFF.replace("a/notes", "notes").replace("b/notes", "notes"), id="no prefixes"),
        pytest.param("diff --git a/notes.md b/notes.md\nindex 1..2 100644\n" + DIFF, id="git"),
        pytest.param("```diff\n" + DIFF + "```\n", id="fence"),
        pytest.param("Here it is:\n\n```diff\n" + DIFF + "```\n\n- I added a line\n", id="talk and fence"),
        pytest.param("Here it is:\n\n" + DIFF, id="talk before"),
        pytest.param(DIFF + "\nThis adds a line.\n", id="talk after"),
        pytest.param(DIFF + "\n\n", id="blank lines after"),
        pytest.param(DIFF.replace("\n", "\r\n"), id="other line ends"),
        pytest.param(DIFF.replace("\n \n", "\n\n"), id="blank context without marker"),
        pytest.param(DIFF.replace("\n ##", "\n##"), id="context without marker"),
        pytest.param(DIFF.replace("Evening\n", "Evening  \n"), id="trailing blanks"),
        pytest.param(DIFF + "-- \n2.39\n", id="signature of a mail"),
        pytest.param(
            "*** Begin Patch\n*** Update File: notes.md\n@@\n" + BODY + "*** End Patch\n", id="patch format"
        ),
        pytest.param(DIFF.replace("\n", "\\n").rstrip("n").rstrip("\\"), id="escaped"),
    ],
)
def test_a_diff_is_applied_by_its_lines(diff: str) -> None:
    assert applied(NOTES, diff) == AFTER
    assert applied(NOTES.replace("\n", "\r\n"), diff) == AFTER.replace("\n", "\r\n")
    assert applied("intro\n" + NOTES, diff) == "intro\n" + AFTER


def test_a_shifted_indentation_is_bridged() -> None:
    text = "def f():\n    a = 1\n    return a\n"
    assert applied(text, "@@\n  def f():\n-     a = 1\n+     a = 2\n      return a\n") == text.replace(
        "1", "2"
    )


@pytest.mark.parametrize(
    ("diff", "said"),
    [
        ("", "no hunk"),
        ("--- a/notes.md\n+++ b/notes.md\n", "no hunk"),
        ("@@ -1,2 +1,2 @@\n # Notes\n \n", "nothing"),
        (DIFF.replace("-- read", "-- reed"), "not found"),
        (DIFF.replace(" ## Evening", " ## Afternoon"), "not found"),
        (DIFF.replace("notes.md", "other.md"), "other.md"),
        (DIFF.replace("+++ b/notes.md", "+++ /dev/null"), "deletes"),
        (DIFF.replace("--- a/notes.md", "--- /dev/null"), "exists"),
        (DIFF.replace("+++ b/notes.md", "+++ b/renamed.md"), "renames"),
        ("diff --git a/notes.md b/b.md\nrename from notes.md\nrename to b.md\n" + DIFF, "renames"),
        ("@@\n-- drink water\n+- drink tea\n", "ambiguous"),
        ("@@ -3 +3,2 @@\n+- run\n", "no line of the file"),
        ("@@\n-- read\n+... rest unchanged ...\n", "placeholder"),
        ("@@\n-- read\n+- write\n@@\n-- read\n+- draw\n", "same place"),
        (DIFF + "@@ -20,2 +20,2 @@\n-- missing\n+- there\n", "hunk 2 of 2"),
    ],
)
def test_a_diff_without_a_sure_place_is_refused_whole(diff: str, said: str) -> None:
    assert said in refused(NOTES, diff)


def test_a_diff_that_is_applied_already_says_so() -> None:
    assert "already" in refused(AFTER, DIFF)
    insertion = diff_of("a\nb\n", "a\nb\nc\n")
    assert "already" in refused("a\nb\nc\n", insertion)


def test_numbers_decide_among_several_places() -> None:
    diff = "@@ -11 +11 @@\n-- drink water\n+- drink tea\n"
    first, last = NOTES.index("water"), NOTES.rindex("water")
    assert applied(NOTES, diff) == NOTES[:last] + "tea" + NOTES[last + 5 :]
    assert applied(NOTES, diff.replace("11", "6")) == NOTES[:first] + "tea" + NOTES[first + 5 :]
    far = "title\n" + NOTES.replace("## Evening", "more\n\n\n\n## Evening")
    assert applied(far, diff.replace("11", "6")).index("tea") < far.index("more"), (
        "off by one, and nothing near"
    )


def test_an_offset_that_another_hunk_shows_moves_the_numbers() -> None:
    text = "intro\n" * 5 + NOTES
    diff = "@@ -10 +10 @@\n-- read\n+- write\n@@ -11 +11 @@\n-- drink water\n+- drink tea\n"
    last = text.rindex("water")
    assert applied(text, diff) == (text[:last] + "tea" + text[last + 5 :]).replace("- read", "- write")


def test_the_section_decides_among_several_places() -> None:
    text = "def a():\n    x()\n    y()\n\ndef b():\n    x()\n    y()\n"
    diff = "@@ def b():\n     x()\n-    y()\n+    z()\n"
    assert applied(text, diff) == "def a():\n    x()\n    y()\n\ndef b():\n    x()\n    z()\n"
    assert "ambiguous" in refused(text, diff.replace("@@ def", "@@ -2,2 +2,2 @@ def"))


def test_equal_hunks_take_equal_places_in_turn() -> None:
    hunk = "@@\n-- drink water\n+- drink tea\n"
    assert applied(NOTES, hunk + hunk) == NOTES.replace("water", "tea")


def test_hunks_may_share_context_and_come_in_any_order() -> None:
    diff = "@@\n ## Evening\n \n-- read\n+- write\n@@\n-# Notes\n+# Days\n \n@@\n ## Evening\n \n"
    assert applied(NOTES, diff) == NOTES.replace("- read", "- write").replace("# Notes", "# Days")


def test_a_removed_line_that_looks_like_a_header_is_removed() -> None:
    after = QUERIES.replace("-- pets\n", "")
    assert applied(QUERIES, diff_of(QUERIES, after)) == after
    changed = QUERIES.replace("-- pets\n", "++ pets\n")
    assert applied(QUERIES, diff_of(QUERIES, changed)) == changed


@pytest.mark.parametrize(
    ("before", "after"),
    [("a\nb", "a\nc"), ("a\nb", "a\nc\n"), ("a\nb\n", "a\nc"), ("a\nb", "a\nb\n"), ("a\nb\n", "a\nb")],
)
def test_the_mark_for_a_missing_line_end_is_obeyed(before: str, after: str) -> None:
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    mark = "\n\\ No newline at end of file\n"
    diff = "".join(line if line.endswith("\n") else line + mark for line in lines)
    assert applied(before, diff) == after


def test_a_new_file_is_filled() -> None:
    diff = diff_of("", "a = 1\nb = 2\n", path="new.py").replace("a/new.py", "/dev/null")
    assert applied("", diff, path="new.py") == "a = 1\nb = 2\n"


def test_only_the_hunks_of_the_file_are_applied() -> None:
    other = diff_of("x\n", "y\n", path="other.md")
    outcome = apply_diff(NOTES, other + DIFF, path="notes.md")
    assert isinstance(outcome, Applied)
    assert outcome.text == AFTER
    assert "other files" in outcome.note
    assert applied(NOTES, DIFF.replace("notes.md", "docs/notes.md"), path="docs/notes.md") == AFTER
    assert applied(NOTES, DIFF, path="docs/notes.md") == AFTER


def test_a_diff_of_markdown_may_hold_fences() -> None:
    text = "# A\n\n```sh\nmake\n```\n\nEnd.\n"
    after = text.replace("make\n", "make all\n").replace("End", "The end")
    diff = diff_of(text, after)
    assert applied(text, "```diff\n" + diff + "```\n") == after
    lost = "\n".join(line[1:] if line.startswith(" ") else line for line in diff.split("\n"))
    outcome = apply_diff(text, "```diff\n" + lost + "```\n", path="notes.md")
    assert isinstance(outcome, Refused) or outcome.text == after


def test_context_that_is_left_out_stays() -> None:
    text = "def f():\n    a = 1\n    b = 2\n    return a\n"
    diff = "@@\n def f():\n-    a = 1\n+    a = 3\n     ...\n-    return a\n+    return b\n"
    assert applied(text, diff, path="f.py") == "def f():\n    a = 3\n    b = 2\n    return b\n"


@pytest.mark.parametrize(
    "names",
    [
        ("original", "modified"),
        ("Old file", "New file"),
        ("notes.md (original)", "notes.md (updated)"),
        ("notes.md 2024-05-01 10:00:00.000 +0000", "notes.md 2024-05-02 10:00:00.000 +0000"),
    ],
)
def test_headers_may_say_which_side_or_when(names: tuple[str, str]) -> None:
    diff = f"--- {names[0]}\n+++ {names[1]}\n@@ -1 +1 @@\n-a\n+b\n"
    assert applied("a\n", diff) == "b\n"


def test_a_header_with_a_time_still_names_its_file() -> None:
    diff = "--- other.md 2024-05-01 10:00:00\n+++ other.md 2024-05-02 10:00:00\n@@ -1 +1 @@\n-a\n+b\n"
    assert "another file" in refused("a\n", diff)
