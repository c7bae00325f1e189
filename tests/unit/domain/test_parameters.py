"""Layers of parameters: who comes before whom, and what may not be set at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.domain.parameters import FIXED, merged, passed_on, read_layer
from archon.domain.values import JsonObject

names = st.sampled_from(["temperature", "top_p", "seed", "top_k"])
params: st.SearchStrategy[JsonObject] = st.dictionaries(names, st.integers(0, 9), max_size=4)


@given(layers=st.lists(params, max_size=3))
def test_of_several_layers_the_last_that_says_a_parameter_counts(layers: list[JsonObject]) -> None:
    found = merged(*layers)
    for name in {name for each in layers for name in each}:
        assert found[name] == next(each[name] for each in reversed(layers) if name in each)


@pytest.mark.parametrize("name", sorted(FIXED))
def test_what_makes_the_request_cannot_be_set(name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}' of 'ollama/' cannot be set"):
        read_layer(json.dumps({"ollama/": {name: 1}}))
    assert passed_on({name: 1}) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON: .* at character 2"),
        ("[]", "no object"),
        ('{"a": 1}', "'a' has is no object"),
        ('{"a": {"x": NaN}}', "NaN is not JSON"),
        ('{"a": {"x": "\\ud83d"}}', "half a character"),
        (
            '{"a": {"temperature": "hot"}}',
            "'temperature' of 'a' is \"hot\", and must be a number from 0 to 2",
        ),
        ('{"a": {"temperature": true}}', "a number from 0 to 2"),
        ('{"a": {"max_tokens": 0}}', "a whole number above 0"),
        ('{"a": {"num_ctx": 1.5}}', "a whole number from 256"),
        ('{"a": {"thinking": "yes"}}', "true, false"),
        ('{"a": {"stop": []}}', "a text, or up to 4"),
        ('{"a": {"response_format": "json"}}', "an object"),
    ],
)
def test_a_layer_that_cannot_be_used_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_layer(text)


@pytest.mark.parametrize(
    "parameters",
    [
        {"extra_headers": {"x": "1"}},
        {"headers": {}},
        {"extra_body": {"a": 1}},
        {"extra_query": {}},
        {"Authorization": "Bearer abc"},
        {"openai_api_key": "abc"},
        {"api_base": "https://me:hunter2@models.example.org/v1"},
        {"xApiKey": "abc"},
        {"access_token": "abc"},
        {"aws_secret_access_key": "abc"},
        {"password": 1234},
        {"options": {"deep": [{"X-Api-Key": "abc"}]}},
        {"metadata": {"extra_headers": {}}},
    ],
)
def test_a_secret_is_no_parameter_and_is_not_repeated(parameters: JsonObject) -> None:
    with pytest.raises(ValueError, match="write a key into the provider's variable") as refused:
        read_layer(json.dumps({"openai/": parameters}))
    assert "abc" not in str(refused.value)


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_tokens": 9},
        {"thinking": {"type": "enabled", "budget_tokens": 2000}},
        {"stop_token_ids": [1, 2], "thinking_token_budget": 9, "skip_special_tokens": True},
        {"prompt_cache_key": "team", "num_keep": 4, "keyword": "x"},
        {"response_format": {"json_schema": {"schema": {"properties": {"key": {"type": "string"}}}}}},
    ],
)
def test_what_only_sounds_like_a_secret_is_a_parameter(parameters: JsonObject) -> None:
    assert read_layer(json.dumps({"openai/": parameters})) == {"openai/": parameters}
