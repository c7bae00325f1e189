"""What goes wrong at a door says what a person can do about it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from archon.domain import errors
from archon.domain.errors import ArchonError
from tests.architecture.prose import ROOT

KINDS = {
    name
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, ArchonError) and each is not errors.LeaseLost
}
"""A lost lease is a runner's to read, and no person's."""

DOORS = ["archon/api", "archon/cli", "archon/services", "archon/domain"]
FILES = sorted(file for door in DOORS for file in (ROOT / door).rglob("*.py"))


def hintless(file: Path) -> Iterator[str]:
    """Where the file makes an error without a hint, or with an empty one."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
            hints = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
            if not hints or (isinstance(hints[0], ast.Constant) and not hints[0].value):
                yield f"{file.relative_to(ROOT)}:{node.lineno}"


def test_there_are_errors_to_look_at() -> None:
    assert len(FILES) > 50 and len(KINDS) > 10


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_error_has_a_hint(file: Path) -> None:
    assert list(hintless(file)) == []
