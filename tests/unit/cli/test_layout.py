"""Lines break between words, never inside one, and only for a terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.cli.layout import cells, clipped_to, columns, wrapped


def test_what_is_no_terminal_has_no_width_and_breaks_nothing() -> None:
    assert columns(io.StringIO()) is None
    assert wrapped("word " * 100, None) == ["word " * 100]


def test_what_follows_a_break_is_indented_by_two_more() -> None:
    assert wrapped("  one two three", 10) == ["  one two", "    three"]
    assert wrapped("one two three", 8, hang=4) == ["one two", "    three"]


def test_spaces_inside_a_line_are_kept() -> None:
    assert wrapped("a  b   c", 80) == ["a  b   c"]


def test_a_word_that_is_too_long_stays_whole() -> None:
    assert wrapped("see 01M8HM4JB69TTHPZS6JTFEF3MZ now", 20) == [
        "see",
        "  01M8HM4JB69TTHPZS6JTFEF3MZ",
        "  now",
    ]


def test_a_command_is_not_broken_where_a_line_has_room_for_it() -> None:
    text = "Go on with `archon resume 01M8` now."
    assert wrapped(text, 30) == ["Go on with", "  `archon resume 01M8` now."]
    assert wrapped(text, 20) == ["Go on with `archon", "  resume 01M8` now."]


def test_wide_letters_count_as_two() -> None:
    assert cells("素数 12") == 7
    assert wrapped("素数 素数", 6) == ["素数", "  素数"]
    assert clipped_to("素数素数", 5) == "素数…"


@pytest.mark.parametrize(
    ("text", "shown"), [("as it is", "as it is"), ("one two three", "one two…"), ("x" * 20, "x" * 9 + "…")]
)
def test_clipping_ends_at_a_word_where_there_is_one(text: str, shown: str) -> None:
    assert clipped_to(text, 10) == shown


@given(st.text(st.sampled_from("ab 素\n"), max_size=60), st.integers(20, 40))
def test_nothing_is_lost_and_only_a_single_word_is_too_wide(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert all(cells(line) <= width or " " not in line.strip() for line in lines)
