"""The tree is as the documentation draws it, and as readable as it promises to be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = sorted((ROOT / "archon").rglob("*.py"))
SAYS_NOTHING = {"utils", "util", "common", "helpers", "helper", "core", "base", "manager", "misc", "lib"}


def drawings() -> list[str]:
    """The code blocks of the documentation that draw the tree: those whose first line is `archon/`."""
    fence = re.compile(r"```\w*\n(archon/.*?)```", re.DOTALL)
    return [block for page in PAGES for block in fence.findall(page.read_text("utf-8"))]


def drawn(drawing: str) -> set[str]:
    """The paths in a drawing: a folder at the margin, what is in it below with two blanks before it."""
    paths: set[str] = set()
    folder = ""
    for line in drawing.splitlines():
        name = line.split()[0]
        folder = folder if line.startswith("  ") else name
        paths.add(folder + name if line.startswith("  ") else name)
    return paths


def there(folder: str) -> set[str]:
    """What stands in a folder and is worth drawing: folders with modules in them, and modules."""
    children = list((ROOT / folder).iterdir())
    folders = {f"{folder}{each.name}/" for each in children if each.is_dir() and any(each.rglob("*.py"))}
    modules = {f"{folder}{each.name}" for each in children if each.suffix == ".py"}
    return folders | modules - {f"{folder}__init__.py", f"{folder}conftest.py"}


def test_the_documentation_draws_the_tree() -> None:
    assert drawings()


@pytest.mark.parametrize("drawing", drawings(), ids=["drawing"] * len(drawings()))
def test_all_that_is_drawn_is_there(drawing: str) -> None:
    assert sorted(path for path in drawn(drawing) if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("drawing", drawings(), ids=["drawing"] * len(drawings()))
@pytest.mark.parametrize("folder", ["archon/", "tests/"])
def test_all_that_is_there_is_drawn(folder: str, drawing: str) -> None:
    assert sorted(there(folder) - drawn(drawing)) == []


def test_init_modules_are_empty() -> None:
    assert [module for module in MODULES if module.name == "__init__.py" and module.stat().st_size] == []


def test_every_name_says_what_is_inside() -> None:
    assert [
        module for module in MODULES if SAYS_NOTHING & {module.stem, *module.relative_to(ROOT).parts}
    ] == []


def test_no_module_is_longer_than_300_lines() -> None:
    assert [module for module in MODULES if len(module.read_text("utf-8").splitlines()) > 300] == []
