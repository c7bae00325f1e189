"""The line that a request states: it decides among places, and speaks against a place far from it."""

from __future__ import annotations

import pytest

from archon.tools.edits.diff import apply_diff
from archon.tools.edits.outcome import Applied, Refused
from archon.tools.edits.replace import replace

FAR = "".join(f"line_{number}()\n" for number in range(20))
NESTED = f"def a():\n    if b:\n        return None\n{FAR}def c():\n    return None\n"


def test_a_place_far_from_the_line_loses_to_the_same_text_at_another_depth_near_it() -> None:
    outcome = replace(NESTED, "    return None  \n", "    return 1\n", line_hint=3, path="a.py")
    assert isinstance(outcome, Refused)
    assert "ambiguous" in outcome.reason
    assert "3, 25" in outcome.reason
    near = replace(NESTED, "    return None\n", "    return 1\n", line_hint=25, path="a.py")
    assert isinstance(near, Applied)
    assert near.text.endswith("    return 1\n")


@pytest.mark.parametrize("line", [3, 10])
def test_one_line_at_another_depth_far_from_the_line_is_not_the_place(line: int) -> None:
    text = NESTED.replace("        return None", "        return 0")
    old, new = "        return None", "        return 1"
    assert isinstance(replace(text, f"{old}\n", f"{new}\n", line_hint=line, path="a.py"), Refused)
    assert isinstance(apply_diff(text, f"@@ -{line} +{line} @@\n-{old}\n+{new}\n", path="a.py"), Refused)
    assert isinstance(replace(text, f"{old}\n", f"{new}\n", path="a.py"), Applied)
    assert isinstance(replace(text, f"{old}\n", f"{new}\n", line_hint=25, path="a.py"), Applied)


def test_a_text_with_one_place_is_found_in_spite_of_a_wrong_line() -> None:
    outcome = replace(NESTED, "line_15()\n", "line()\n", line_hint=2, path="a.py")
    assert isinstance(outcome, Applied)


def test_a_stated_line_and_copied_numbers_that_differ_decide_nothing() -> None:
    text = "a:\n  x: 1\nb:\n  x: 1\n"
    assert isinstance(replace(text, "     4\t  x: 1\n", "  x: 2\n", line_hint=2, path="a.yml"), Refused)
    both = replace(text, "     4\t  x: 1\n", "  x: 2\n", line_hint=4, path="a.yml")
    assert both == Applied(text="a:\n  x: 1\nb:\n  x: 2\n", note="took line numbers off")
