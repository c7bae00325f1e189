"""What an agent is told about its edits, and what it can insist on."""

from __future__ import annotations

from pathlib import Path

import pytest

from archon.tools.agent_tool import ToolContext
from archon.tools.edit_file import EDIT
from archon.tools.write_file import WRITE
from tests.builders.workspaces import context_with, use

MAIN = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"
DIFF = (
    "@@ -1,2 +1,2 @@\n def one():\n-    return 1\n+    return 10\n"
    "@@ -5,2 +5,2 @@\n def two():\n-    return 2\n+    return 20\n"
)
BLOCKS = (
    "<<<<<<< SEARCH\n    return 1\n=======\n    return 10\n>>>>>>> REPLACE\n\n"
    "<<<<<<< SEARCH\n:start_line:6\n-------\n    return 2\n=======\n    return 20\n>>>>>>> REPLACE\n"
)
CLINE = BLOCKS.replace("<<<<<<< SEARCH", "------- SEARCH").replace(">>>>>>> REPLACE", "+++++++ REPLACE")
PATCH = (
    "*** Begin Patch\n*** Update File: main.py\n@@ def one():\n-    return 1\n+    return 10\n"
    "@@ def two():\n-    return 2\n+    return 20\n*** End Patch\n"
)
DONE = MAIN.replace("return 1", "return 10").replace("return 2", "return 20")


async def workspace(folder: Path) -> ToolContext:
    return await context_with(folder, {"main.py": MAIN})


@pytest.mark.parametrize("diff", [DIFF, BLOCKS, CLINE, PATCH, f"```diff\n{DIFF}```\n", f"```\n{BLOCKS}```\n"])
async def test_several_pieces_are_changed_at_once(tmp_path: Path, diff: str) -> None:
    context = await workspace(tmp_path)
    assert (await use(EDIT, context, path="main.py", diff=diff)).startswith("Edited main.py.")
    assert await context.text("main.py") == DONE
    assert context.written == {"main.py"}


@pytest.mark.parametrize("diff", [DIFF, BLOCKS, PATCH])
@pytest.mark.parametrize(("wrong", "said"), [("return 2\n", "of 2"), ("return 1\n", "of 2")])
async def test_of_several_pieces_all_are_changed_or_none(
    tmp_path: Path, diff: str, wrong: str, said: str
) -> None:
    context = await workspace(tmp_path)
    answer = await use(EDIT, context, path="main.py", diff=diff.replace(wrong, "return 3\n"))
    assert answer.startswith("failed: Nothing was changed: ") and said in answer
    assert "nearest text" in answer
    assert await context.text("main.py") == MAIN


@pytest.mark.parametrize(
    "diff",
    [
        "<<<<<<< SEARCH\n    return 1\n=======\n    return 3\n",
        "<<<<<<< SEARCH\n    return 1\n>>>>>>> REPLACE\n",
        "<<<<<<< SEARCH\n    return 1\n=======\na\n=======\nb\n>>>>>>> REPLACE\n",
        BLOCKS.replace("return 2", "return 1").replace(":start_line:6\n-------\n", ""),
        "<<<<<<< SEARCH\n=======\nx\n>>>>>>> REPLACE\n",
    ],
)
async def test_blocks_without_one_meaning_change_nothing(tmp_path: Path, diff: str) -> None:
    context = await workspace(tmp_path)
    assert "Nothing was changed" in await use(EDIT, context, path="main.py", diff=diff)
    assert await context.text("main.py") == MAIN


async def test_one_of_the_two_forms_is_needed_and_the_other_may_be_empty(tmp_path: Path) -> None:
    context = await workspace(tmp_path)
    assert "not both" in await use(EDIT, context, path="main.py", old="1", new="2", diff=DIFF)
    assert "needs old and new" in await use(EDIT, context, path="main.py", old="return 1")
    assert "needs old and new" in await use(EDIT, context, path="main.py")
    assert "Edited" in await use(EDIT, context, path="main.py", old="return 1", new="return 3", diff="")
    changed = DIFF.replace("1\n", "3\n")
    assert "Edited" in await use(EDIT, context, path="main.py", old="", new="", diff=changed)


async def test_a_doubtful_line_is_written_when_it_is_sent_again(tmp_path: Path) -> None:
    context = await workspace(tmp_path)
    call = {"path": "main.py", "old": "def two():\n", "new": "# ... existing code ...\ndef two():\n"}
    assert "send the same again" in await use(EDIT, context, **call)
    assert "placeholder" in await use(EDIT, context, **{**call, "new": "# ... other code ...\ndef two():\n"})
    assert await use(EDIT, context, **call) == "Edited main.py."
    assert "existing code" in await context.text("main.py")


async def test_no_insisting_deletes_a_line(tmp_path: Path) -> None:
    context = await workspace(tmp_path)
    call = {"path": "main.py", "old": "def one():\n    return 1\n", "new": "# ... existing code ...\n"}
    for _ in range(3):
        assert "placeholder" in await use(EDIT, context, **call)
        assert "placeholder" in await use(WRITE, context, path="main.py", content="# rest unchanged\n")
    assert await context.text("main.py") == MAIN


async def test_a_file_is_emptied_when_that_is_said_twice(tmp_path: Path) -> None:
    context = await workspace(tmp_path)
    assert "empty" in await use(WRITE, context, path="main.py", content="")
    assert await context.text("main.py") == MAIN
    assert await use(WRITE, context, path="main.py", content="") == "Wrote main.py, 0 lines."
    assert await context.text("main.py") == ""
    assert "Wrote" in await use(WRITE, context, path="new.py", content=""), "a new file may be empty at once"
