"""Layers of parameters: who comes before whom, and what may not be set at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.domain.parameters import FIXED, merged, of_model, passed_on, read_layer
from archon.domain.values import JsonObject

names = st.sampled_from(["temperature", "top_p", "seed", "top_k"])
params: st.SearchStrategy[JsonObject] = st.dictionaries(names, st.integers(0, 9), max_size=4)
starts = st.sampled_from(["o", "ollama/", "ollama/q", "ollama/qwen3", "openai/", "ollama/qwen3:8b-and-more"])


@given(layer=st.dictionaries(starts, params))
def test_the_longest_beginning_wins_for_each_parameter_by_itself(layer: dict[str, JsonObject]) -> None:
    model = "ollama/qwen3:8b"
    found = of_model(layer, model)
    for name in {name for each in layer.values() for name in each}:
        saying = [start for start in layer if model.startswith(start) and name in layer[start]]
        assert found.get(name) == (layer[max(saying, key=len)][name] if saying else None)


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
