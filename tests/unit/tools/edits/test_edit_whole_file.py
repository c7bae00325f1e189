"""A whole file is unwrapped, and refused where it is a part."""

from __future__ import annotations

import pytest

from archon.tools.edits.outcome import Applied, Refused
from archon.tools.edits.whole_file import write_whole

PAGE = "import sys\n\n\ndef main() -> int:\n    print('hello')\n    return 0\n\n\nsys.exit(main())\n"
NEW_PAGE = PAGE.replace("hello", "good day")
GUIDE = "# Guide\n\nRun it:\n\n```sh\nmake run\n```\n\nDone.\n"
NEW_GUIDE = GUIDE.replace("Done", "That is all")


def written(before: str | None, content: str, *, path: str = "page.py") -> str:
    outcome = write_whole(before, content, path=path)
    assert isinstance(outcome, Applied), outcome
    return outcome.text


def refused(before: str | None, content: str, *, path: str = "page.py") -> str:
    outcome = write_whole(before, content, path=path)
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


@pytest.mark.parametrize(
    "content",
    [
        NEW_PAGE,
        f"```python\n{NEW_PAGE}```",
        f"~~~\n{NEW_PAGE}~~~\n",
        f"Here is the file:\n\n```python\n{NEW_PAGE}```\n\nI changed the greeting.\n",
        f"```python\n{NEW_PAGE}```\n\nRun it:\n\n```sh\npython page.py\n```\n",
        NEW_PAGE.rstrip("\n"),
        NEW_PAGE.replace("\n", "\r\n"),
        "\ufeff" + NEW_PAGE,
        NEW_PAGE.replace("\n", "\\n"),
        "".join(f"{n:6}\t{line}\n" for n, line in enumerate(NEW_PAGE.splitlines(), start=1)),
    ],
)
def test_the_content_is_unwrapped_and_written_in_the_files_style(content: str) -> None:
    assert written(PAGE, content) == NEW_PAGE
    assert written("\ufeff" + PAGE.replace("\n", "\r\n"), content) == "\ufeff" + NEW_PAGE.replace(
        "\n", "\r\n"
    )
    assert written(PAGE.rstrip("\n"), content) == NEW_PAGE.rstrip("\n")


def test_each_line_keeps_its_own_end() -> None:
    assert written("a\r\nb\nc\r\n", "a\nb\nx\nc\n") == "a\r\nb\nx\nc\r\n"


@pytest.mark.parametrize(
    "content",
    [
        NEW_GUIDE,
        f"```markdown\n{NEW_GUIDE}```\n",
        f"````md\n{NEW_GUIDE}````\n",
        f"```\n{NEW_GUIDE}```\n",
        f"Here it is:\n\n```markdown\n{NEW_GUIDE}```\n",
    ],
)
def test_the_fences_of_markdown_are_told_from_those_around_it(content: str) -> None:
    assert written(GUIDE, content, path="guide.md") == NEW_GUIDE


def test_a_new_file_is_written() -> None:
    assert written(None, "```python\nx = 1\n```\n") == "x = 1\n"
    assert written(None, "x = 1\n") == "x = 1\n"
    assert written("", "x = 1\n") == "x = 1\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("import sys\n\n# ... rest of the file unchanged ...\n", "placeholder"),
        ("import sys\n\n# (existing code stays the same)\n", "placeholder"),
        ("import sys\n\n\ndef main() -> int:\n    ...\n\n\nsys.exit(main())\n", "placeholder"),
        ("```python\nimport sys\n```\n\nThe rest of the file is unchanged.\n", "placeholder"),
        ("import sys\n\n\ndef main() -> int:\n    pass  # ... as before\n", "placeholder"),
        ("", "empty"),
        ("```python\nimport sys\n", "incomplete"),
        ("```python\na = 1\n```\n\nand\n\n```python\nb = 2\n```\n", "ambiguous"),
        ("--- a/page.py\n+++ b/page.py\n@@ -1 +1 @@\n-import sys\n+import os\n", "not a whole file"),
        (PAGE, "already"),
    ],
)
def test_a_part_is_refused(content: str, said: str) -> None:
    assert said in refused(PAGE, content)


def test_dots_that_the_file_has_itself_may_stay() -> None:
    stub = "class Port(Protocol):\n    def f(self) -> int:\n        ...\n\n    # ... and more\n    x: int\n"
    assert written(stub, stub.replace("int\n", "str\n"), path="port.py") == stub.replace("int\n", "str\n")
