"""A placeholder never takes the place of text, and a line that only looks like one is no obstacle."""

from __future__ import annotations

import pytest

from archon.tools.edits.diff import apply_diff
from archon.tools.edits.outcome import Applied, Refused
from archon.tools.edits.replace import replace
from archon.tools.edits.whole_file import write_whole

CART = """class Cart:
    def add(self, item: str) -> None:
        self.items.append(item)
        self.count += 1

    def first(self) -> str:
        return self.items[0]
"""
ADD = "        self.items.append(item)\n        self.count += 1\n"
DOCTEST = "".join(
    f"        {line}\n"
    for line in ('"""Show.', "", ">>> for x in [1]:", "...     print(x)", "...", "1", '"""')
)
OVERLOADS = """    @overload
    def first(self) -> str: ...
    @overload
    def first(self, n: int) -> str: ...
    def first(self, n: int = 0) -> str:
"""


def changed(old: str, new: str, *, text: str = CART, path: str = "cart.py") -> Applied | Refused:
    return replace(text, old, new, path=path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (ADD, DOCTEST + ADD),
        (ADD, "        # remaining entries\n        for item in items:\n            self.count += 1\n"),
        (ADD, "        # ... then count\n        self.items += [item]\n        self.count += 1\n"),
        (ADD, "        self.items += [item]  # rest of the items\n        self.count += 1\n"),
        ("class Cart:\n", "class Base(Protocol):\n    def f(self) -> int:\n        ...\n\n\nclass Cart:\n"),
        ("class Cart:\n", "class Cart:\n    size: int = Field(\n        ...,\n        gt=0,\n    )\n\n"),
        ("    def first(self) -> str:\n", OVERLOADS),
    ],
)
def test_code_that_only_looks_like_a_placeholder_is_taken(old: str, new: str) -> None:
    assert changed(old, new) == Applied(text=CART.replace(old, new))


@pytest.mark.parametrize(
    "new",
    [
        "        # remaining entries\n",
        "        self.items.clear()\n        # other fields\n",
        "        # rest of the items\n        self.count = 1\n",
        "        self.items += [item]  # ... the rest as before\n",
        "        ...\n",
        "        self.items += [item]\n        ...\n",
    ],
)
def test_where_more_goes_than_comes_it_is_a_placeholder(new: str) -> None:
    outcome = changed(ADD, new)
    assert isinstance(outcome, Refused)
    assert "placeholder" in outcome.reason
    assert outcome.if_meant is None, "lines would be lost"


@pytest.mark.parametrize(
    ("content", "lost"),
    [
        (CART.replace(ADD, "        ...\n"), True),
        (CART.replace(" -> str:\n        return self.items[0]", " -> str: ..."), True),
        (CART + "\n\nclass Sized(Protocol):\n    def size(self) -> int: ...\n", False),
    ],
)
def test_a_body_is_not_given_up_for_dots(content: str, lost: bool) -> None:
    assert isinstance(write_whole(CART, content, path="cart.py"), Refused) is lost


def test_a_line_that_is_meant_after_all_can_be_insisted_on_where_nothing_is_lost() -> None:
    new = "class Cart:\n    # ... existing code ...\n"
    outcome = changed("class Cart:\n", new)
    assert isinstance(outcome, Refused)
    assert "again" in outcome.hint
    assert outcome.if_meant == Applied(text=CART.replace("class Cart:\n", new))
    by_diff = apply_diff(CART, "@@\n class Cart:\n+    # ... existing code ...\n", path="cart.py")
    assert isinstance(by_diff, Refused)
    assert by_diff.if_meant == outcome.if_meant
    whole = write_whole(CART, CART.replace("class Cart:\n", new), path="cart.py")
    assert isinstance(whole, Refused)
    assert whole.if_meant == outcome.if_meant


def test_a_file_may_be_emptied_by_insisting() -> None:
    outcome = write_whole(CART, "", path="cart.py")
    assert isinstance(outcome, Refused)
    assert outcome.if_meant == Applied(text="")
    blank = write_whole(CART, "\n", path="cart.py")
    assert isinstance(blank, Refused)
    assert blank.if_meant is None


def test_dots_in_an_example_of_a_guide_are_text() -> None:
    guide = "# Guide\n\nRun it.\n"
    new = "Run it:\n\n```\n$ make\n...\ndone\n```\n"
    assert changed("Run it.\n", new, text=guide, path="guide.md") == Applied(
        text=guide.replace("Run it.\n", new)
    )


def test_a_sample_of_a_diff_in_a_guide_is_text() -> None:
    guide = "# Guide\n\n```diff\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n```\n"
    assert write_whole("# Guide\n", guide, path="guide.md") == Applied(text=guide)
