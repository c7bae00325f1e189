"""What an agent's own tools can be led to by what lies in its workspace: nothing outside of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archon.tools.agent_tool import ToolContext
from archon.tools.edit_file import EDIT
from archon.tools.list_files import LIST
from archon.tools.read_file import READ
from archon.tools.run_shell import RUN
from archon.tools.search_files import SEARCH
from archon.tools.write_file import WRITE
from tests.builders.scopes import sandboxes_end_with_their_test  # noqa: F401 - a fixture
from tests.builders.workspaces import context_with, use

SECRET = "canary-7f3a"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the workspace, with a canary in it."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_text(f"{SECRET}\n")
    return folder


@pytest.fixture
async def context(tmp_path: Path) -> ToolContext:
    """Tools in an empty workspace."""
    return await context_with(tmp_path)


@pytest.mark.parametrize("link", ["file", "folder"])
async def test_links_lead_no_tool_out_of_the_workspace(
    context: ToolContext, tmp_path: Path, outside: Path, link: str
) -> None:
    target = outside / "secret.txt" if link == "file" else outside
    (tmp_path / "bare").symlink_to(target)
    assert SECRET in (tmp_path / "bare" / ("" if link == "file" else "secret.txt")).read_text(), (
        "it works bare"
    )
    assert "led" in await use(RUN, context, command=f"ln -s {target} led && ls")
    path = "led" if link == "file" else "led/secret.txt"
    for said in (
        await use(READ, context, path=path),
        await use(SEARCH, context, pattern="canary"),
        await use(EDIT, context, path=path, old=SECRET, new="changed"),
    ):
        assert SECRET not in said
    assert await use(LIST, context) == f"led → {target}"
    await use(WRITE, context, path=path, content="changed")
    assert (outside / "secret.txt").read_text() == f"{SECRET}\n"


async def test_a_folder_in_the_way_is_an_answer_and_no_crash(context: ToolContext) -> None:
    await use(WRITE, context, path="a.txt", content="x")
    assert "failed: " in await use(WRITE, context, path="a.txt/b.txt", content="y")
    assert await use(RUN, context, command="ls") == "a.txt\n"
    await use(RUN, context, command="mkdir -p d/e")
    assert "failed: " in await use(WRITE, context, path="d", content="y")


async def test_a_name_for_git_is_refused(context: ToolContext) -> None:
    for path in (".git/hooks/pre-commit", ".GIT/config", "d/.git/x"):
        assert "git's own folder" in await use(WRITE, context, path=path, content="x")
