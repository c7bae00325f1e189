"""`.env.example` shows every setting with its default, and nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from archon.settings import ALIASES, Settings, load_settings, variables

EXAMPLE = Path(__file__).parents[2] / ".env.example"
LINES = EXAMPLE.read_text("utf-8").splitlines()
ASSIGNMENTS = [number for number, line in enumerate(LINES) if line and not line.startswith("#")]


def test_every_setting_is_shown_once_and_nothing_else() -> None:
    shown = [LINES[number].partition("=")[0] for number in ASSIGNMENTS]
    assert sorted(shown) == sorted(set(variables()) - set(ALIASES))


def test_the_second_names_are_mentioned() -> None:
    assert [name for name in ALIASES if name not in EXAMPLE.read_text("utf-8")] == []


def test_every_setting_has_a_comment_right_above() -> None:
    assert [LINES[number] for number in ASSIGNMENTS if not re.match(r"# \w", LINES[number - 1])] == []


def test_a_copy_of_the_example_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(EXAMPLE, tmp_path / ".env")
    monkeypatch.chdir(tmp_path)
    assert load_settings({}) == Settings()


def test_every_default_that_is_not_empty_is_written_out() -> None:
    empty = {LINES[number].partition("=")[0] for number in ASSIGNMENTS if LINES[number].endswith("=")}
    optional = {name for name, field in variables().items() if not getattr(Settings(), field)}
    assert empty - {"ARCHON_DATA_DIR"} == optional - {"ARCHON_UNSAFE_NO_SANDBOX"}
