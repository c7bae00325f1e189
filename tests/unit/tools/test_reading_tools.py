"""What agents are shown of a workspace: numbered lines, listings, matches, and what to do instead."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from archon.domain.values import Digest, JsonObject
from archon.engine.outcomes import Performed
from archon.tools.agent_tool import SHOWN_CHARS, ToolContext
from archon.tools.list_files import LIST, MOST_ENTRIES
from archon.tools.read_file import MOST_LINES, READ
from archon.tools.search_files import MOST_HITS, SEARCH
from tests.builders.workspaces import context_with, use

FILES = {
    "main.py": "import helpers\n\nprint(helpers.total())\n",
    "lib/helpers.py": "def total():\n    return 6\n",
}


async def test_lines_are_shown_behind_their_numbers(tmp_path: Path) -> None:
    context = await context_with(tmp_path, FILES)
    assert await use(READ, context, path="main.py") == (
        "main.py, lines 1 to 3 of 3:\n1\timport helpers\n2\t\n3\tprint(helpers.total())"
    )


async def test_a_range_is_shown_alone(tmp_path: Path) -> None:
    context = await context_with(tmp_path, {"n.txt": "".join(f"{n}\n" for n in range(1, 101))})
    assert await use(READ, context, path="n.txt", start=98, end=500) == (
        "n.txt, lines 98 to 100 of 100:\n98\t98\n99\t99\n100\t100"
    )
    assert "lines 101 to 100 are none" in await use(READ, context, path="n.txt", start=101)
    assert "lines 9 to 3 are none" in await use(READ, context, path="n.txt", start=9, end=3)


async def test_a_long_file_says_where_to_read_on(tmp_path: Path) -> None:
    context = await context_with(tmp_path, {"n.txt": "x\n" * (MOST_LINES + 7), "wide.txt": "y" * 100_000})
    shown = await use(READ, context, path="n.txt")
    assert f"[… 7 more lines; read on from line {MOST_LINES + 1} …]" in shown
    wide = await use(READ, context, path="wide.txt")
    assert len(wide) < SHOWN_CHARS and "98,000 characters left out" in wide


async def test_paths_may_be_spelled_as_in_the_sandbox(tmp_path: Path) -> None:
    context = await context_with(tmp_path, FILES)
    for spelling in ("./main.py", "/workspace/main.py", "lib/../main.py"):
        shown = await use(READ, context, path=spelling)
        assert ("lines 1 to 3" in shown) == (".." not in spelling)


async def test_a_path_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("canary")
    context = await context_with(tmp_path, FILES)
    for path in ("../secret.txt", str(tmp_path / "secret.txt"), "/etc/passwd", "~/x", "a\0b"):
        said = await use(READ, context, path=path)
        assert said.startswith("failed: ") and "canary" not in said


async def test_a_missing_file_is_answered_with_what_may_be_meant(tmp_path: Path) -> None:
    context = await context_with(tmp_path, FILES)
    assert "There is lib/helpers.py." in await use(READ, context, path="helpers.py")
    assert "There is main.py." in await use(READ, context, path="mian.py")
    assert "lib is a folder" in await use(READ, context, path="lib")


async def test_listings_show_sizes_and_go_into_folders(tmp_path: Path) -> None:
    context = await context_with(tmp_path, FILES)
    assert await use(LIST, context) == "lib/helpers.py (26 bytes)\nmain.py (39 bytes)"
    assert await use(LIST, context, path="./lib/") == "lib/helpers.py (26 bytes)"
    assert await use(LIST, context, path="/workspace") == await use(LIST, context)
    assert (await use(LIST, context, path="nowhere")).startswith("failed: ")


async def test_a_long_listing_says_how_much_is_left_out(tmp_path: Path) -> None:
    context = await context_with(tmp_path, {f"f{n:04}.txt": "" for n in range(MOST_ENTRIES + 3)})
    assert (await use(LIST, context)).endswith("[… 3 more; name a folder to see its files …]")


async def test_matches_are_shown_with_their_place(tmp_path: Path) -> None:
    context = await context_with(tmp_path, FILES)
    assert await use(SEARCH, context, pattern=r"total\(") == (
        "lib/helpers.py:1: def total():\nmain.py:3: print(helpers.total())"
    )
    assert await use(SEARCH, context, pattern="total", path="lib") == "lib/helpers.py:1: def total():"
    assert await use(SEARCH, context, pattern="total", path="m*.py") == "main.py:3: print(helpers.total())"
    assert "No line of 2 files matches" in await use(SEARCH, context, pattern="nothing")


async def test_a_pattern_that_is_none_is_explained(tmp_path: Path) -> None:
    context = await context_with(tmp_path, FILES)
    assert "no regular expression" in await use(SEARCH, context, pattern="total(")
    assert "Put \\ before" in await use(SEARCH, context, pattern="[")


async def test_many_matches_are_cut_and_said_to_be(tmp_path: Path) -> None:
    context = await context_with(tmp_path, {"n.txt": "x\n" * (MOST_HITS + 50)})
    assert f"more than {MOST_HITS} lines match" in await use(SEARCH, context, pattern="x")


async def test_no_pattern_takes_for_ever(tmp_path: Path) -> None:
    context = await context_with(tmp_path, {"n.txt": "a" * 100_000 + "!\n"})
    start = time.process_time()
    await use(SEARCH, context, pattern="(a+)+$")
    await use(SEARCH, context, pattern="(a|aa)+b")
    assert time.process_time() - start < 5


async def test_what_is_no_text_is_named_by_its_size(tmp_path: Path) -> None:
    context = await context_with(tmp_path)
    (tmp_path / "workspace" / "data.bin").write_bytes(b"\0\1\2")
    (tmp_path / "workspace" / "latin.txt").write_bytes("é".encode("latin-1"))
    delta, blobs = await context.scope.workspace.look()
    assert delta is not None
    await _record(context, delta, blobs)
    assert "data.bin is not text (3 bytes)" in await use(READ, context, path="data.bin")
    assert "latin.txt is not text (1 bytes)" in await use(READ, context, path="latin.txt")
    assert "No line of 2 files" in await use(SEARCH, context, pattern="\x01")


async def _record(context: ToolContext, delta: JsonObject, blobs: Mapping[Digest, bytes]) -> None:
    async def perform() -> Performed:
        return Performed(result=None, manifest=delta, blobs=blobs)

    await context.scope.effect("exec", {}, perform)


async def test_lines_are_counted_as_edits_count_them(tmp_path: Path) -> None:
    context = await context_with(tmp_path, {"a.py": "\x0c\na = 0\u2028\nb = 0\n", "n: 1.txt": "x\n"})
    assert (await use(READ, context, path="a.py")).startswith("a.py, lines 1 to 3 of 3:")
    assert await use(SEARCH, context, pattern="b = 0", path="a.py") == "a.py:3: b = 0"
    assert "lines 1 to 1 of 1" in await use(READ, context, path="n: 1.txt")
