"""Of every case of the suite and every protocol: asked again by the rules, and never otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.source import Models
from archon.adapters.model.timeouts import Timeouts
from archon.domain.conversation import ModelResponse
from archon.domain.errors import ModelError
from archon.engine.models.retrying import LONGEST_WAIT_S, RetryingModel, RetryPolicy
from archon.testing.manual_clock import ManualClock
from archon.testing.model_cases.case import Case, Fails
from archon.testing.model_cases.protocol import ALL, SpokenProtocol
from archon.testing.model_cases.table import cases_of
from archon.testing.model_contract import TEXT, asked, failure, whole
from archon.testing.model_script import ServedReply
from archon.testing.model_server import ModelServer

MODELS = {"anthropic": "claude-sonnet-4-6", "openai": "gpt-4o", "ollama": "ollama/llama3.2"}
BUSY = ServedReply(status=429, body="{}")
DOWN = ServedReply(status=503, body="{}")
CUT = ServedReply(text=TEXT, cut_after_bytes=300)
FAILING = [
    pytest.param(protocol, case, id=f"{protocol.name}-{case}")
    for protocol in ALL
    for case in cases_of(protocol)
    if isinstance(case.ends, Fails) and not case.is_hurried
]


class CountingClock(ManualClock):
    """Remembers how long it was asked to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await super().sleep(seconds)


@dataclass
class Retried:
    """A protocol's model with retries around it, in front of a server."""

    server: ModelServer
    models: Models
    clock: CountingClock = field(default_factory=CountingClock)

    def model(self, protocol: SpokenProtocol, policy: RetryPolicy) -> RetryingModel:
        inner = self.models.open(MODELS[protocol.name])
        return RetryingModel(inner=inner, policy=policy, clock=self.clock)


@pytest.fixture
async def retried() -> AsyncIterator[Retried]:
    async with ModelServer(ollama_models=("llama3.2",)) as server:
        urls = {"anthropic": server.url, "openai": f"{server.url}/v1", "ollama": server.url}
        providers = Providers(keys=ProviderKeys(anthropic="k", openai="k"), base_urls=urls)
        models = Models(providers, ManualClock(), Timeouts(read_s=8.0))
        yield Retried(server, models)
        await models.aclose()


@pytest.mark.parametrize(("protocol", "case"), FAILING)
async def test_what_may_pass_is_asked_again_and_nothing_else(
    retried: Retried, protocol: SpokenProtocol, case: Case
) -> None:
    assert isinstance(case.ends, Fails)
    retried.server.play(case.reply(protocol))
    error: ModelError = await failure(retried.model(protocol, RetryPolicy(max_retries=1)), asked())
    assert type(error) is case.ends.kind
    is_patient = (case.ends.asks_s or 0) <= LONGEST_WAIT_S
    assert len(retried.server.received) == (2 if case.ends.retryable and is_patient else 1)


@pytest.mark.parametrize("protocol", ALL, ids=lambda protocol: protocol.name)
async def test_a_reply_that_comes_at_last_is_whole(retried: Retried, protocol: SpokenProtocol) -> None:
    retried.server.play(BUSY, CUT, DOWN, BUSY, CUT, DOWN, TEXT)
    *_, last = [item async for item in retried.model(protocol, RetryPolicy()).respond(asked())]
    assert isinstance(last, ModelResponse) and last.text == TEXT
    for wait, ceiling in zip(retried.clock.waits, (5.0, 10.0, 20.0, 40.0, 60.0, 60.0), strict=True):
        assert ceiling / 2 <= wait <= ceiling


@pytest.mark.parametrize("protocol", ALL, ids=lambda protocol: protocol.name)
async def test_six_retries_are_the_last(retried: Retried, protocol: SpokenProtocol) -> None:
    retried.server.play(*[BUSY] * 7, TEXT)
    await failure(retried.model(protocol, RetryPolicy()), asked())
    assert (len(retried.server.received), len(retried.clock.waits)) == (7, 6)


@pytest.mark.parametrize("protocol", ALL, ids=lambda protocol: protocol.name)
async def test_a_refusal_is_an_answer_and_not_asked_again(retried: Retried, protocol: SpokenProtocol) -> None:
    retried.server.play(ServedReply(refusal="I will not."), TEXT)
    assert (await whole(retried.model(protocol, RetryPolicy()), asked())).text == "I will not."
    assert retried.clock.waits == []
