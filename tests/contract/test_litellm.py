"""LiteLLM as one more model: the port's promises, errors in our own words, and nothing on the side.

Only where it is installed: `make test` sees to that.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.route import Providers
from archon.adapters.model.source import Models
from archon.adapters.model.timeouts import Timeouts
from archon.domain.conversation import BrokenCall, ModelResponse
from archon.domain.errors import (
    ModelError,
    ModelOverloaded,
    ModelRefusedRequest,
    ModelUnauthorized,
    ModelUnreachable,
    RateLimited,
)
from archon.ports.model import Model
from archon.testing.manual_clock import ManualClock
from archon.testing.model_contract import TEXT, TOOLS, ModelContract, asked, failure, whole
from archon.testing.model_protocols import openai_events
from archon.testing.model_script import ServedCall, ServedReply
from archon.testing.model_server import ModelServer

KEY = "sk-very-secret-0123456789"

pytestmark = pytest.mark.skipif(find_spec("litellm") is None, reason="LiteLLM is not installed")


@dataclass
class Served:
    model: Model
    server: ModelServer

    def play(self, *replies: ServedReply | str) -> None:
        self.server.play(*replies)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer(key=KEY) as server:
        yield server


@pytest.fixture
def stage(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    providers = Providers(base_urls={"litellm": f"{server.url}/v1"})
    source = Models(providers=providers, clock=ManualClock(), timeouts=Timeouts(read_s=5))
    return Served(source.open("litellm/openai/gpt-4o"), server)


class TestLiteLLM(ModelContract):
    async def test_the_model_is_asked_by_its_own_name(self, stage: Served) -> None:
        stage.play("hi")
        request = replace(asked(tools=TOOLS), temperature=0.25, parameters={"seed": 7})
        await whole(stage.model, request)
        body = stage.server.finished[-1]["body"]
        assert (body["model"], body["temperature"], body["seed"]) == ("gpt-4o", 0.25, 7)
        assert [tool["function"]["name"] for tool in body["tools"]] == ["read", "run"]
        assert body["stream_options"] == {"include_usage": True}

    async def test_reported_usage_is_taken_over(self, stage: Served) -> None:
        stage.play(ServedReply(text="hi", input_tokens=5, cache_read_tokens=70, output_tokens=7))
        usage = (await whole(stage.model, asked())).usage
        assert (usage.input_tokens, usage.cache_read_tokens, usage.output_tokens) == (5, 70, 7)
        assert not usage.is_estimated

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, ModelRefusedRequest),
            (401, ModelUnauthorized),
            (404, ModelRefusedRequest),
            (429, RateLimited),
            (500, ModelOverloaded),
            (503, ModelOverloaded),
        ],
    )
    async def test_each_status_is_its_error_and_is_met_once(
        self, stage: Served, status: int, kind: type[ModelError]
    ) -> None:
        body = '{"error": {"message": "the reason"}}'
        stage.play(ServedReply(status=status, body=body, headers={"retry-after": "7"}, repeats=True))
        error = await failure(stage.model, asked())
        assert type(error) is kind
        assert len(stage.server.received) == 1
        assert not error.may_be_billed
        assert KEY not in f"{error!r} {error}"
        assert error.retry_after_s == (7.0 if kind is RateLimited else error.retry_after_s)

    async def test_a_stream_that_breaks_off_is_never_a_shorter_reply(self, stage: Served) -> None:
        stream = b"".join(openai_events(ServedReply(text=TEXT), "gpt-4o"))
        for place in (len(stream) // 2, len(stream) // 3):
            stage.play(ServedReply(text=TEXT, cut_after_bytes=place))
            error = await failure(stage.model, asked())
            assert isinstance(error, ModelUnreachable), error
            assert error.may_be_billed

    async def test_a_provider_that_goes_silent_is_given_up_and_may_be_billed(
        self, server: ModelServer, stage: Served
    ) -> None:
        providers = Providers(base_urls={"litellm": f"{server.url}/v1"})
        source = Models(providers, ManualClock(), Timeouts(read_s=0.3))
        for place in (-1, 300):
            stage.play(ServedReply(text=TEXT, hang_after_bytes=place))
            error = await failure(source.open("litellm/openai/gpt-4o"), asked())
            assert isinstance(error, ModelUnreachable)
            assert error.may_be_billed

    async def test_an_error_inside_a_stream_may_be_tried_again(self, stage: Served) -> None:
        stage.play(ServedReply(text=TEXT, stream_error="server_error"))
        error = await failure(stage.model, asked())
        assert error.retryable
        assert error.may_be_billed

    async def test_a_call_with_broken_arguments_says_what_is_wrong_with_it(self, stage: Served) -> None:
        call = ServedCall(id="c", name="run", raw_arguments='{"a": ')
        stage.play(ServedReply(tool_calls=(call,), finish="tool_calls"))
        response = await whole(stage.model, asked(tools=TOOLS))
        (called,) = response.tool_calls
        assert isinstance(called, BrokenCall)
        assert called.raw == '{"a": '
        assert called.fault

    async def test_a_port_where_nothing_listens_is_unreachable(self, stage: Served) -> None:
        source = Models(Providers(base_urls={"litellm": "http://127.0.0.1:9/v1"}), ManualClock())
        error = await failure(source.open("litellm/openai/gpt-4o"), asked())
        assert isinstance(error, ModelUnreachable)
        assert not error.may_be_billed

    async def test_leaving_a_stream_early_ends_it(self, stage: Served) -> None:
        stage.play(ServedReply(text=TEXT * 5))
        async for item in stage.model.respond(asked()):
            assert not isinstance(item, ModelResponse)
            break


def test_what_it_is_priced_at_and_can_do_is_what_stands_behind_it() -> None:
    catalog = ModelCatalog(Providers(), ManualClock())
    known = catalog.describe("litellm/anthropic/claude-sonnet-4-6", why="")
    assert known.price.is_known
    assert known.takes_tools
    assert known.profile is not None
    assert not known.profile.takes_cache_marks
    unknown = catalog.describe("litellm/bedrock/some.model", why="")
    assert not unknown.price.is_known
    assert unknown.price.output >= known.price.output
    assert catalog.describe("litellm/ollama/llama3.2", why="").price.output == 0


def test_importing_it_asks_no_network_and_reads_no_settings_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FROM_A_FILE=1\n")
    program = (
        "import os, socket\n"
        "asked = []\n"
        "socket.getaddrinfo = lambda *place, **more: asked.append(place) or []\n"
        "socket.socket.connect = lambda self, place: asked.append(place)\n"
        "from archon.adapters.model.litellm import library\n"
        "library()\n"
        "assert not asked, asked\n"
        "assert 'FROM_A_FILE' not in os.environ\n"
    )
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path, env=environ)


def test_choosing_a_model_does_not_import_it() -> None:
    program = (
        "import sys\n"
        "from archon.adapters.model.route import Providers\n"
        "from archon.adapters.model.source import Models\n"
        "from archon.testing.manual_clock import ManualClock\n"
        "Models(Providers(), ManualClock()).open('litellm/openai/gpt-4o')\n"
        "assert 'litellm' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
