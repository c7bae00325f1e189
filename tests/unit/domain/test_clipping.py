"""What a cut text still shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archon.domain.clipping import clipped, clipped_line


@given(st.text(max_size=200), st.integers(2, 50))
def test_a_clipped_text_keeps_its_ends_and_counts_the_rest(text: str, limit: int) -> None:
    cut = clipped(text, limit)
    if len(text) <= limit:
        assert cut == text
    else:
        half = limit // 2
        assert cut.startswith(text[:half]) and cut.endswith(text[-half:])
        assert f"{len(text) - 2 * half} characters left out" in cut


def test_a_clipped_line_keeps_its_beginning() -> None:
    assert clipped_line("abc", 3) == "abc"
    assert clipped_line("x" * 1_300, 100) == "x" * 100 + " [… 1,200 characters left out …]"
