"""Every path and link in the documentation leads somewhere in this repository, and nowhere else."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from tests.architecture.prose import ROOT, Page, pages

PLACE = re.compile(r"(?<![\w./-])((?:archon|tests|docs|scripts)/[\w./-]*)((?:::\w+)*)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
SOMEBODYS = re.compile(r"(?<![\w.:])/(?:home|root|work|Users|mnt|media|tmp/\w+[._]\w+)/\S*")
"""Folders of one person's machine."""

each_page = pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)


@each_page
def test_every_path_of_the_repository_exists(page: Page) -> None:
    named = {path.rstrip(".-") for path, _ in PLACE.findall(page.text)}
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@each_page
def test_every_test_that_is_named_exists(page: Page) -> None:
    named = [(path, test.split("::")[-1]) for path, test in PLACE.findall(page.text) if test]
    named += [("", code) for code in page.code if re.fullmatch(r"test_\w+", code)]
    assert [test for path, test in named if not _defines(path, test)] == []


def _defines(path: str, name: str) -> bool:
    files = [ROOT / path] if path else [*ROOT.glob("tests/**/*.py"), *ROOT.glob("archon/testing/*.py")]
    return any(re.search(rf"(def|class) {name}\b", file.read_text("utf-8")) for file in files)


@each_page
def test_every_link_leads_to_a_page_and_its_heading(page: Page) -> None:
    links = [link for link in LINK.findall(page.text) if not re.match(r"https?:|mailto:", link)]
    assert [link for link in links if not _leads_somewhere(page.path, link)] == []


def _leads_somewhere(source: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (source.parent / path).resolve() if path else source
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in _anchors(target)


def _anchors(target: Path) -> set[str]:
    """The headings as GitHub turns them into anchors."""
    headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_no_folder_of_somebodys_machine_is_named(page: Page) -> None:
    assert SOMEBODYS.findall(page.text) == []


@each_page
def test_python_in_the_documentation_compiles_and_finds_what_it_imports(page: Page) -> None:
    for language, block in page.blocks:
        if language != "python":
            continue
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("archon"):
                module = importlib.import_module(node.module)
                assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []
