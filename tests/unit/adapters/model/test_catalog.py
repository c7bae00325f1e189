"""What is offered and what it costs: nothing unknown is ever taken for free."""

import sys

import pytest

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.profiles import PROFILES, PROVIDERS, Provider
from archon.adapters.model.route import ProviderKeys, Providers
from archon.domain.errors import NoModelConfigured
from archon.domain.task import FREE, Price
from archon.testing.manual_clock import ManualClock

ALL = ProviderKeys(anthropic="a", openai="b", gemini="c", deepseek="d", groq="e", openrouter="f")


def catalog(keys: ProviderKeys = ALL, prices: dict[str, Price] | None = None) -> ModelCatalog:
    return ModelCatalog(Providers(keys=keys), ManualClock(), prices or {})


def price(name: str) -> Price:
    return catalog().describe(name, why="a test").price


def test_a_known_price_is_in_micro_dollars_per_million_tokens() -> None:
    assert price("claude-haiku-4-5") == Price(
        input=1_000_000, output=5_000_000, cache_read=100_000, cache_write=1_250_000
    )
    assert price("gpt-4o").output == 10_000_000


def test_the_price_list_is_no_burden_once_it_was_asked() -> None:
    assert price("gpt-4.1-nano") == price("gpt-4.1-nano") != price("gpt-4.1-mini")
    assert "genai_prices.data" not in sys.modules


@pytest.mark.parametrize("provider", [provider for provider in PROVIDERS if provider.price_id])
def test_an_unknown_model_costs_what_its_providers_dearest_does(provider: Provider) -> None:
    default = price(provider.default_model)
    unknown = price(f"{provider.prefixes[-1]}never-heard-of-9000")
    assert not unknown.is_known
    assert unknown.input >= max(1, default.input)
    assert unknown.output >= max(1, default.output)


@pytest.mark.parametrize(
    "name", ["ollama/anything", "openrouter/a/b:free", "manual//srv/desk", "scripted/story.json"]
)
def test_what_runs_here_or_is_given_away_is_free(name: str) -> None:
    assert price(name) == FREE


def test_a_price_of_ones_own_counts_first() -> None:
    own = catalog(prices={"gpt-4o": FREE})
    assert own.describe("gpt-4o", why="a test").price == FREE


def test_a_price_that_rises_with_the_prompt_bounds_the_context() -> None:
    choice = catalog().describe("gemini/gemini-2.5-pro", why="a test")
    assert (choice.price.input, choice.context_tokens) == (1_250_000, 200_000)


def test_a_price_that_changes_with_the_hour_is_the_dearer_one() -> None:
    assert price("deepseek/deepseek-chat").input == 270_000


def test_every_default_model_of_a_provider_is_described() -> None:
    for provider in PROVIDERS:
        choice = catalog().describe(provider.default_model, why="the default")
        assert choice.price.is_known, provider.name
        assert choice.why == "the default"
        assert 0 < choice.max_output_tokens <= choice.context_tokens


def test_every_provider_has_a_profile_for_any_model() -> None:
    assert {f"{provider.name}/" for provider in PROVIDERS} <= PROFILES.keys()


@pytest.mark.parametrize("name", ["claude-sonnet-4-6", "gpt-4o", "groq/llama-3.3-70b-versatile"])
def test_a_model_without_its_key_names_the_variable_to_set(name: str) -> None:
    with pytest.raises(NoModelConfigured, match=r"Set [A-Z]+_API_KEY"):
        catalog(ProviderKeys()).describe(name, why="a test")


@pytest.mark.parametrize("name", ["", "sonnet", "ollama/", "manual/", "scripted/", "/etc/passwd"])
def test_a_name_of_nobodys_says_how_names_begin(name: str) -> None:
    with pytest.raises(NoModelConfigured, match=r"ollama/….*manual/…"):
        catalog().describe(name, why="a test")


def test_keys_print_as_nothing() -> None:
    keys = ProviderKeys(anthropic="sk-secret")
    route = Providers(keys=keys).route("claude-sonnet-4-6")
    assert "sk-secret" not in repr(keys) + repr(Providers(keys=keys)) + repr(route)
