"""A whole file of code is written as it is meant: without talk, numbers and entities that came along."""

from __future__ import annotations

import pytest

from archon.tools.edits.outcome import Applied, Refused
from archon.tools.edits.replace import replace
from archon.tools.edits.whole_file import write_whole

PROGRAM = "import os\n\n\ndef name() -> str:\n    return os.name\n"


@pytest.mark.parametrize(
    ("path", "before", "content", "named"),
    [
        ("a.py", PROGRAM, f"Here is the updated file:\n\n{PROGRAM}\nx = 1\n", "talk"),
        ("a.py", None, f"Here is the file:\n\n{PROGRAM}", "talk"),
        ("a.py", PROGRAM, f"{PROGRAM}\nx = 1\n\nI changed name().\n", "talk"),
        ("a.py", PROGRAM, "The file was written as you asked.\n", "talk"),
        ("a.ts", "export const a = 1;\n", "Sure! Here's the new file:\n\nexport const a = 2;\n", "talk"),
        ("a.sql", "SELECT 1;\n", "SELECT 2;\n\nThis query now returns two instead of one.\n", "talk"),
        ("a.json", '{"a": 1}\n', 'Updated:\n{"a": 2}\n', "talk"),
        ("a.py", None, "1\timport os\n2\tx = 1\n", "line numbers"),
        ("a.py", PROGRAM, PROGRAM.replace("->", "-&gt;"), "web page"),
    ],
)
def test_what_came_along_with_the_file_is_not_written(
    path: str, before: str | None, content: str, named: str
) -> None:
    outcome = write_whole(before, content, path=path)
    assert isinstance(outcome, Refused)
    assert named in outcome.reason


@pytest.mark.parametrize(
    ("path", "before", "content"),
    [
        ("a.py", None, '"""Here is what it does:\n\nit names the system that it runs on.\n"""\n'),
        ("a.py", None, '"""\nHere is a text that ends the file.\n"""\n'),
        ("a.py", None, 'def f(s: str) -> str:\n    return s.replace("&", "&amp;")\n'),
        ("a.md", None, "Here is the updated file:\n\nIt ends with a sentence of words.\n"),
        ("a.yml", "Here is a key:\n  - a\n", "Here is a key:\n  - b\n"),
        ("a.yml", None, "1: https\n2: ssh\n"),
        ("a.html", None, "<p>\na &amp; b\n"),
        ("a.json", None, "// a comment\n{}\n"),
    ],
)
def test_what_is_part_of_the_file_is_written(path: str, before: str | None, content: str) -> None:
    assert write_whole(before, content, path=path) == Applied(text=content)


def test_what_came_along_is_written_when_it_is_sent_again_and_nothing_goes() -> None:
    outcome = write_whole("a: 1\n", "Here is the new key:\na: 1\n", path="a.yml")
    assert isinstance(outcome, Refused)
    assert outcome.if_meant == Applied(text="Here is the new key:\na: 1\n")


def test_a_fence_that_is_indented_with_all_of_its_text_is_taken_off() -> None:
    assert write_whole("x = 1\n", "   ```python\n   x = 2\n   ```", path="a.py") == Applied(text="x = 2\n")


def test_entities_inside_quotes_of_new_are_meant_and_a_whole_line_of_them_is_not() -> None:
    text = "    return s\n"
    new = '    return s.replace("&", "&amp;").replace("<", "&lt;")\n'
    assert replace(text, text, new, path="a.py") == Applied(text=new)
    assert isinstance(replace(text, text, "    return s &lt; t\n", path="a.py"), Refused)
