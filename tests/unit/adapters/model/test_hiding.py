"""No error repeats a key, or the larger part of one, whatever a provider says."""

from __future__ import annotations

import json

import pytest

from archon.adapters.model import litellm
from archon.adapters.model.failures import of_other_answer, of_status
from archon.adapters.model.hiding import hidden
from archon.adapters.model.profiles import LITELLM
from archon.adapters.model.route import ProviderKeys, Providers, Route
from archon.adapters.model.source import Models
from archon.domain.errors import ModelError, ModelRefusedRequest
from archon.domain.profile import ModelProfile
from archon.domain.values import JsonObject
from archon.testing.manual_clock import ManualClock
from archon.testing.model_contract import asked, failure
from tests.builders.wire import loopback

KEY = "sk-Very/Secret0123456789"
ROUTE = Providers(keys=ProviderKeys(openai=KEY)).route("gpt-4o")


@pytest.mark.parametrize("echo", [KEY, KEY.lower(), KEY[:-1] + "*", KEY[5:17], f"{KEY}{KEY}", KEY.upper()])
def test_a_long_run_of_a_key_is_hidden(echo: str) -> None:
    assert hidden(f"İ say {echo}, yes", KEY) in {
        "İ say [key], yes",
        "İ say [key]*, yes",
        "İ say [key][key], yes",
    }


@pytest.mark.parametrize("text", ["", "sk-Very", "nothing of the kind", "0123456 and ret0123"])
def test_what_gives_no_key_away_stays(text: str) -> None:
    assert hidden(text, KEY) == text


def told(status: int, words: str) -> str:
    return str(of_status(ROUTE, status, json.dumps({"error": {"message": words}}), {}))


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_key_in_the_words_of_an_error_is_hidden(status: int) -> None:
    message = told(status, f"Bad API key provided: {KEY[:-1]}*. {'x' * 900}")
    assert KEY[:8] not in message and len(message) < 600


async def test_a_key_in_a_reply_that_is_none_is_hidden() -> None:
    chunk: JsonObject = {"choices": [{"index": 0, "delta": {}, "finish_reason": KEY}]}
    assert KEY[3:11].lower() not in (await _failed(chunk, "text/event-stream")).lower()
    assert KEY[3:11].lower() not in (await _failed(chunk, f"text/{KEY}")).lower()
    assert len(await _failed(chunk, "text/" + "x" * 5000)) < 400


async def _failed(chunk: JsonObject, content_type: str) -> str:
    with loopback() as server:
        server.content_type = content_type
        server.answer = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
        providers = Providers(keys=ProviderKeys(openai=KEY), base_urls={"openai": server.url})
        models = Models(providers, ManualClock())
        try:
            error: ModelError = await failure(models.open("gpt-4o"), asked())
        finally:
            await models.aclose()
    return str(error)


def test_the_keys_that_litellm_finds_for_itself_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEBODYS_API_KEY", KEY)
    profile = ModelProfile(context_tokens=9, max_output_tokens=9)
    route = Route(provider=LITELLM, model="somebody/x", profile=profile, base_url="")

    class BadRequestError(Exception):
        status_code = 400
        message = f"litellm.BadRequestError: no such page as https://models.example/x?key={KEY}"

    error = litellm._failure(route, BadRequestError(), is_answered=False)
    assert "?key=[key]" in str(error) and KEY not in repr(error)


LISTED = '[{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}]'


def test_the_error_that_gemini_puts_into_a_list_is_read() -> None:
    error = of_status(ROUTE, 400, LISTED, {})
    assert isinstance(error, ModelRefusedRequest)
    assert error.message.endswith("for gpt-4o: API key not valid.")
    assert "API key not valid." in of_other_answer(ROUTE, "application/json", LISTED).message


@pytest.mark.parametrize("body", ["[]", "[1]", "[", '["x"]', '[{"error": 5}]'])
def test_a_list_that_holds_no_error_is_no_fault_of_ours(body: str) -> None:
    assert "(HTTP 400)" in of_status(ROUTE, 400, body, {}).message
