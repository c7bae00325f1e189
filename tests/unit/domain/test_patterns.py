"""A late pattern is the pattern, compiled when it is first asked."""

from __future__ import annotations

import re

import pytest

from archon.domain.patterns import late


def test_it_finds_what_the_pattern_finds() -> None:
    words = late(r"[a-z]+", re.IGNORECASE)
    assert words.findall("One two") == ["One", "two"]
    assert words.sub("x", "One two") == "x x"
    assert words.fullmatch("One two") is None
    assert (words.pattern, words.groups) == ("[a-z]+", 0)


def test_it_is_compiled_on_first_use_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    plain = re.compile

    def noted(pattern: str, flags: int = 0) -> re.Pattern[str]:
        compiled.append(pattern)
        return plain(pattern, flags)

    monkeypatch.setattr(re, "compile", noted)
    digits = late(r"\d+")
    assert compiled == []
    assert [digits.search(text) is not None for text in ("1", "a", "b2")] == [True, False, True]
    assert compiled == [r"\d+"]


def test_what_is_wrong_with_it_is_said_on_first_use() -> None:
    with pytest.raises(re.error, match="unterminated"):
        late("(").search("")
