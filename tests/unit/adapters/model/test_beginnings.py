"""Settings by the beginning of a model's name: what can fit none is an error that says what was meant."""

from __future__ import annotations

import pytest

from archon.adapters.model.beginnings import check_beginnings
from archon.domain.errors import ConfigurationError


@pytest.mark.parametrize(
    "start",
    ["", "g", "claude", "claude-", "anthropic/", "anthropic/claude-x", "gpt-9-of-nobody", "openai/my-",
     "ollama/", "openrouter/some/model:free", "litellm/mistral/", "scripted/", "manual/desk"],
)  # fmt: skip
def test_what_a_model_may_be_called_is_fine_whether_it_is_known_or_not(start: str) -> None:
    check_beginnings({"MODEL_PRICING": [start]})


@pytest.mark.parametrize(
    ("start", "hint"),
    [
        ("olama/", "Did you mean ollama/…?"),
        ("Ollama/", "Did you mean ollama/…?"),
        (" gpt-4o", "Did you mean gpt-…?"),
        ("gpt4o", "Did you mean gpt-…?"),
        ("cluade-opus", "Did you mean claude-…?"),
        ("mistral/", "Model names begin with anthropic/…"),
        ("ollama/*", "Write the beginning alone: 'ollama/'."),
        ("gpt-*-mini", "Write the beginning alone: 'gpt-'."),
        ("openai/gpt-4o…", "Write the beginning alone: 'openai/gpt-4o'."),
    ],
)
def test_what_no_model_is_called_is_an_error_with_the_setting_and_a_cure(start: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        check_beginnings({"MODEL_PRICING": ["gpt-"], "MODEL_LLM_PARAMS": [start]})
    assert "MODEL_LLM_PARAMS" in refused.value.message and repr(start) in refused.value.message
    assert hint in refused.value.hint
