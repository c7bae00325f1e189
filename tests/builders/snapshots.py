"""Texts that are kept as files, so that a change of a prompt is seen where it is reviewed."""

from __future__ import annotations

import os
from pathlib import Path

SNAPSHOTS = Path(__file__).parents[1] / "unit/agents/snapshots"
REWRITE = "REWRITE_SNAPSHOTS"
"""Set to 1 in the environment, it makes the tests write what they would compare."""


def assert_snapshot(name: str, text: str) -> None:
    """The text is the one that is kept under that name."""
    file = SNAPSHOTS / f"{name}.md"
    if os.environ.get(REWRITE) == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    assert file.exists(), f"There is no {file.name}: {REWRITE}=1 makes it."
    assert text == file.read_text("utf-8"), f"{file.name} differs: {REWRITE}=1 takes the new text."
