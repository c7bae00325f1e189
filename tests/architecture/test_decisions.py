"""Each decision is one page that names its check; some of them are checked right here."""

from __future__ import annotations

import re

import pytest

from tests.architecture.prose import ROOT, Page, page

DECISIONS = [Page(path) for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
SOURCES = [*ROOT.glob("archon/**/*.py")]

each_decision = pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.name)


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [decision.path.name[:4] for decision in DECISIONS]
    assert numbers == [f"{number:04d}" for number in range(1, len(DECISIONS) + 1)]


@each_decision
def test_a_decision_is_one_page_with_its_check(decision: Page) -> None:
    number = int(decision.path.name[:4])
    assert decision.text.startswith(f"# {number}. ")
    assert len(decision.text.splitlines()) <= 40
    for part in ("**Why.**", "**Decision.**", "**What it costs.**"):
        assert part in decision.text
    enforced = decision.text.partition("**Enforced by**")[2]
    assert re.search(r"`(tests/|archon/testing/)", enforced)


@each_decision
def test_a_contract_that_a_decision_names_is_one(decision: Page) -> None:
    contracts = re.findall(r"^name = (.+)$", (ROOT / ".importlinter").read_text("utf-8"), re.MULTILINE)
    enforced = decision.text.partition("**Enforced by**")[2].replace("\n", " ")
    assert set(re.findall(r'contract "([^"]+)"', enforced)) <= set(contracts)


@each_decision
def test_the_architecture_page_lists_it(decision: Page) -> None:
    title = decision.text.splitlines()[0].partition(". ")[2]
    line = f"- [{decision.path.name[:4]}](decisions/{decision.path.name}): {title}"
    assert line in page("docs/architecture.md").text.splitlines()


@pytest.mark.parametrize(
    "library", ["sqlalchemy.ext.asyncio", "sqlalchemy.orm", "aiosqlite", "asyncpg", "langgraph.checkpoint"]
)
def test_what_was_decided_against_is_imported_nowhere(library: str) -> None:
    imports = re.compile(rf"^\s*(from|import) {re.escape(library)}\b", re.MULTILINE)
    assert [source for source in SOURCES if imports.search(source.read_text("utf-8"))] == []
