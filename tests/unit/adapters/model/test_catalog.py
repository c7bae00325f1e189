"""What is offered and what it costs: nothing unknown is ever taken for free."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.profile_rows import shipped_rows
from archon.adapters.model.profiles import PROVIDERS, Provider
from archon.adapters.model.route import ProviderKeys, Providers
from archon.domain.errors import NoModelConfigured
from archon.domain.parameters import Layer
from archon.domain.task import FREE, Price
from archon.domain.values import JsonObject
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


@pytest.mark.parametrize("spelling", ["claude-opus-4-5", "anthropic/claude-opus-4-5"])
@pytest.mark.parametrize("said", ["claude-opus-4", "anthropic/claude-opus-4", "anthropic/"])
def test_a_price_of_ones_own_counts_for_all_that_begins_so_however_it_is_spelled(
    said: str, spelling: str
) -> None:
    assert catalog(prices={said: FREE}).describe(spelling, why="a test").price == FREE


def test_the_longest_price_that_fits_counts_even_over_what_is_free() -> None:
    dear = Price(input=1, output=2, cache_read=1, cache_write=1)
    own = catalog(prices={"ollama/": dear, "ollama/gemma": FREE})
    assert own.describe("ollama/gemma:2b", why="a test").price == FREE
    assert own.describe("ollama/llama3.2", why="a test").price == dear


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
    assert {f"{provider.name}/" for provider in PROVIDERS} <= shipped_rows().keys()


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


def asked_with(params: Layer, name: str) -> JsonObject:
    return ModelCatalog(Providers(keys=ALL), ManualClock(), params=params).describe(name, why="a test").params


starts = st.sampled_from(["o", "ollama/", "ollama/q", "ollama/qwen3", "openai/", "ollama/qwen3:8b-and-more"])
few: st.SearchStrategy[JsonObject] = st.dictionaries(
    st.sampled_from(["temperature", "top_p", "seed"]), st.integers(0, 9), max_size=4
)


@given(layer=st.dictionaries(starts, few))
def test_the_longest_beginning_wins_for_each_parameter_by_itself(layer: dict[str, JsonObject]) -> None:
    model = "ollama/qwen3:8b"
    found = asked_with(layer, model)
    for name in {name for each in layer.values() for name in each}:
        saying = [start for start in layer if model.startswith(start) and name in layer[start]]
        assert found.get(name) == (layer[max(saying, key=len)][name] if saying else None)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        ("claude", "claude-sonnet-4-6"),
        ("claude", "anthropic/claude-sonnet-4-6"),
        ("gpt", "gpt-4o"),
        ("gpt", "openai/gpt-4o"),
        ("anthropic/", "claude-sonnet-4-6"),
    ],
)
def test_a_beginning_means_the_same_for_prices_and_parameters(start: str, name: str) -> None:
    assert asked_with({start: {"seed": 1}}, name) == {"seed": 1}
    assert catalog(prices={start: FREE}).outline(name).price == FREE


@pytest.mark.parametrize("name", ["gpt-4o", "openai/gpt-4o"])
def test_the_longest_is_measured_by_the_one_spelling(name: str) -> None:
    cheap, right = replace(FREE, input=1), replace(FREE, input=2)
    own = catalog(prices={"openai/gpt-4": cheap, "gpt-4o": right})
    assert own.outline(name).price == right
    assert asked_with({"openai/gpt-4": {"seed": 1}, "gpt-4o": {"seed": 2}}, name) == {"seed": 2}


def test_two_spellings_of_a_model_add_up() -> None:
    layer: Layer = {"gpt-4o": {"temperature": 0.1}, "openai/gpt-4o": {"seed": 1}}
    assert asked_with(layer, "gpt-4o") == {"temperature": 0.1, "seed": 1}


@pytest.mark.parametrize("name", ["claude-sonnet-4-6:free", "gpt-4o:free", "litellm/openai/gpt-4o:free"])
def test_a_name_that_ends_in_free_is_free_at_openrouter_alone(name: str) -> None:
    assert catalog().outline(name).price.input > 0
