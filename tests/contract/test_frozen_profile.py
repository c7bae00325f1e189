"""A model is asked by the profile that its task froze, whatever the tables say by then."""

from __future__ import annotations

from archon.adapters.model.profile_rows import best_row, shipped_rows
from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.source import Models
from archon.domain.profile import ModelProfile
from archon.testing.manual_clock import ManualClock
from archon.testing.model_contract import TOOLS, asked, whole
from archon.testing.model_server import ModelServer

FROZEN = ModelProfile(
    context_tokens=2_048, max_output_tokens=99, takes_tools=False, output_limit_field="max_completion_tokens"
)


async def test_the_frozen_profile_shapes_the_request() -> None:
    async with ModelServer(ollama_models=("llama3.2",)) as server:
        urls = {"ollama": server.url, "openai": f"{server.url}/v1"}
        models = Models(Providers(keys=ProviderKeys(openai="k"), base_urls=urls), ManualClock())
        server.play("one", "two", "three")
        await whole(models.open("ollama/llama3.2", FROZEN), asked("a", tools=TOOLS))
        await whole(models.open("ollama/llama3.2"), asked("b", tools=TOOLS))
        await whole(models.open("gpt-4o", FROZEN), asked("c", tools=TOOLS))
        await models.aclose()
        frozen, assumed, other = (entry["body"] for entry in server.finished)
    known = best_row(shipped_rows(), "ollama/llama3.2")
    assert known is not None and known.takes_tools
    assert (frozen["options"]["num_ctx"], frozen["options"]["num_predict"]) == (2_048, 99)
    assert "tools" not in frozen
    assert assumed["options"]["num_ctx"] == known.context_tokens and assumed["tools"]
    assert other["max_completion_tokens"] == 99 and "max_tokens" not in other and "tools" not in other


def test_the_same_name_and_profile_is_the_same_model() -> None:
    models = Models(Providers(), ManualClock())
    assert models.open("ollama/a", FROZEN) is models.open("ollama/a", FROZEN)
    assert models.open("ollama/a", FROZEN) is not models.open("ollama/a")
    assert models.open("scripted/a.json", FROZEN) is models.open("scripted/a.json"), "a script goes on"
