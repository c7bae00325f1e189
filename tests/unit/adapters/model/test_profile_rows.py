"""What models can do is a table: every row is read whole, or refused by its name."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.profile_rows import SHIPPED, RowsWith, best_row, read_rows, shipped_rows
from archon.adapters.model.profiles import LITELLM, PROVIDERS
from archon.adapters.model.route import Providers
from archon.domain.errors import ConfigurationError
from archon.domain.profile import ModelProfile
from archon.testing.manual_clock import ManualClock

ROWS = shipped_rows()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], RowsWith]:
    def write(text: str) -> RowsWith:
        (tmp_path / "models.toml").write_text(text)
        return RowsWith(tmp_path / "models.toml")

    return write


def test_every_row_is_a_providers_and_holds_its_reply() -> None:
    names = {provider.name for provider in (*PROVIDERS, LITELLM)}
    assert {row.partition("/")[0] for row in ROWS} == names
    assert [row for row, each in ROWS.items() if each.max_output_tokens > each.context_tokens] == []


@given(st.sampled_from(sorted(ROWS)), st.text(max_size=12))
def test_the_longest_row_that_fits_counts(row: str, rest: str) -> None:
    fitting = [each for each in ROWS if (row + rest).startswith(each)]
    assert best_row(ROWS, row + rest) is ROWS[max(fitting, key=len)]


@pytest.mark.parametrize(
    ("name", "takes_tools"),
    [
        ("ollama/gemma:2b", False),
        ("ollama/gemma3:4b", False),
        ("ollama/llama3:8b", False),
        ("ollama/llama3.1:8b", True),
        ("ollama/llama3.2:3b", True),
        ("ollama/qwen2.5-coder:7b", True),
        ("ollama/qwen3:8b", True),
        ("ollama/phi3", False),
        ("ollama/phi4-mini", True),
        ("ollama/mistral", True),
        ("ollama/never-heard-of", False),
        ("groq/llama-3.3-70b-versatile", True),
        ("openrouter/somebody/new:free", False),
        ("anthropic/claude-opus-4-5", True),
        ("openai/gpt-4o-mini", True),
        ("deepseek/deepseek-reasoner", False),
    ],
)
def test_who_takes_tools(name: str, takes_tools: bool) -> None:
    found = best_row(ROWS, name)
    assert found is not None and found.takes_tools is takes_tools


def test_a_claude_that_nobody_knows_gets_no_temperature() -> None:
    unknown, known = best_row(ROWS, "anthropic/claude-nova-9"), best_row(ROWS, "anthropic/claude-sonnet-4-6")
    assert unknown and known and (unknown.takes_temperature, known.takes_temperature) == (False, True)


def test_reasoning_models_name_the_output_limit_differently() -> None:
    named = {
        name: best_row(ROWS, f"openai/{name}")
        for name in ("gpt-4o", "gpt-4.1-mini", "gpt-5-mini", "o3", "o4-mini")
    }
    fields = {name: row.output_limit_field for name, row in named.items() if row}
    assert fields == {
        "gpt-4o": "max_tokens",
        "gpt-4.1-mini": "max_tokens",
        "gpt-5-mini": "max_completion_tokens",
        "o3": "max_completion_tokens",
        "o4-mini": "max_completion_tokens",
    }


def test_reading_the_table_takes_milliseconds() -> None:
    text = SHIPPED.read_text("utf-8")
    least = 1.0
    for _ in range(5):
        start = time.process_time()
        read_rows(text, "a test", {})
        least = min(least, time.process_time() - start)
    assert least < 0.05


def test_a_row_says_only_what_differs() -> None:
    rows = read_rows(
        '["x/"]\ncontext_tokens = 10\nmax_output_tokens = 5\n["x/a"]\ntakes_tools = false\n'
        '["x/ab"]\ncontext_tokens = 4',
        "a test",
        {},
    )
    assert rows["x/a"] == ModelProfile(context_tokens=10, max_output_tokens=5, takes_tools=False)
    assert rows["x/ab"] == ModelProfile(context_tokens=4, max_output_tokens=4, takes_tools=False)


def test_an_operators_row_comes_before_the_shipped_one(write: Callable[[str], RowsWith]) -> None:
    rows = write('["ollama/gemma:2b"]\ntakes_tools = true\n["openai/my-"]\ncontext_tokens = 4096')()
    assert rows["ollama/gemma:2b"].takes_tools and not rows["ollama/"].takes_tools
    mine = best_row(rows, "openai/my-model")
    assert mine and (mine.context_tokens, mine.max_output_tokens) == (4096, 4096)
    assert rows.keys() == ROWS.keys() | {"openai/my-", "ollama/gemma:2b"}


def test_a_changed_file_counts_at_once_and_a_removed_one_no_more(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    rows = RowsWith(file)
    assert rows() is ROWS
    file.write_text('["ollama/mine"]\ntakes_tools = true')
    assert rows()["ollama/mine"].takes_tools
    file.write_text('["ollama/mine"]\ntakes_tools = false')
    assert not rows()["ollama/mine"].takes_tools
    file.unlink()
    assert "ollama/mine" not in rows()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('["ollama/a"]\nis_clever = true', r"models\.toml.*'ollama/a'.*'is_clever'.*The fields are context"),
        ('["ollama/a"]\ncontext_tokens = "many"', r"'context_tokens' of the row 'ollama/a' is 'many'.*whole"),
        ('["ollama/a"]\ncontext_tokens = 0', r"'context_tokens' of the row 'ollama/a' is '0'"),
        ('["ollama/a"]\ncontext_tokens = true', r"'context_tokens'.*'True'"),
        ('["ollama/a"]\ntakes_tools = 1', r"'takes_tools' of the row 'ollama/a' is '1'.*true or false"),
        ('["ollama/a"]\noutput_limit_field = "n"', r"'output_limit_field'.*max_completion_tokens"),
        ('["mistral"]\ntakes_tools = true', r"'mistral' begins like no provider's"),
        ('["mine/a"]\ncontext_tokens = 9\nmax_output_tokens = 9', r"begins like no provider's"),
        ("takes_tools = true", r"'takes_tools' is no row"),
        ("[ollama/a]", r"not TOML.*quotes"),
    ],
)
def test_what_is_wrong_is_named_by_file_row_and_field(
    write: Callable[[str], RowsWith], text: str, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        write(text)()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"models\.toml: it cannot be read: it is not UTF-8"):
        RowsWith(tmp_path / "models.toml")()


def test_the_catalog_freezes_what_the_table_says(write: Callable[[str], RowsWith]) -> None:
    rows = write('["ollama/gemma:2b"]\ncontext_tokens = 2048\ntakes_schema = false')
    choice = ModelCatalog(Providers(rows=rows), ManualClock()).describe("ollama/gemma:2b", why="a test")
    assert choice.profile == rows()["ollama/gemma:2b"]
    assert (choice.context_tokens, choice.max_output_tokens, choice.takes_tools) == (2048, 2048, False)
