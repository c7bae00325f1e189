"""One name, one model; a script goes on where it was."""

import subprocess
import sys
from pathlib import Path

import pytest

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.source import Models
from archon.domain.conversation import ModelResponse
from archon.domain.errors import ConfigurationError, NoModelConfigured
from archon.ports.model import ModelSource
from archon.testing.manual_clock import ManualClock
from archon.testing.model_contract import asked, whole

SOURCE: ModelSource = Models(Providers(keys=ProviderKeys(anthropic="k")), ManualClock())


def test_the_same_name_is_the_same_model() -> None:
    assert SOURCE.open("claude-sonnet-4-6") is SOURCE.open("claude-sonnet-4-6")
    assert SOURCE.open("ollama/gemma:2b") is not SOURCE.open("claude-sonnet-4-6")


async def test_roles_that_share_a_script_share_its_place(tmp_path: Path) -> None:
    (tmp_path / "story.json").write_text('["one", "two"]')
    answers: list[ModelResponse] = [
        await whole(SOURCE.open(f"scripted/{tmp_path}/story.json"), asked()) for _ in range(2)
    ]
    assert [answer.text for answer in answers] == ["one", "two"]


async def test_a_script_that_is_not_there_is_said_at_the_first_call(tmp_path: Path) -> None:
    model = SOURCE.open(f"scripted/{tmp_path}/none.json")
    with pytest.raises(ConfigurationError, match=r"none\.json cannot be played"):
        await whole(model, asked())


def test_a_model_without_a_key_cannot_be_opened() -> None:
    with pytest.raises(NoModelConfigured):
        SOURCE.open("gpt-4o")


def test_scripts_and_people_need_no_http_library_and_no_price_list() -> None:
    program = (
        "import sys, archon.adapters.model.source, archon.adapters.model.catalog;"
        "assert not {'httpx', 'genai_prices', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_litellm_its_models_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)
    catalog = ModelCatalog(Providers(), ManualClock())
    for ask in (Providers().route, lambda name: catalog.describe(name, why="")):
        with pytest.raises(NoModelConfigured, match="needs LiteLLM") as refused:
            ask("litellm/mistral/mistral-large-latest")
        assert "uv sync --extra litellm" in refused.value.hint
