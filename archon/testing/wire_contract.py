"""What every provider's adapter does when the provider or the network does not keep to the protocol."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import ClassVar, cast

import pytest

from archon.domain.conversation import Delta, TextDelta
from archon.domain.errors import (
    ModelError,
    ModelOverloaded,
    ModelRefusedRequest,
    ModelReplyBroken,
    ModelUnauthorized,
    ModelUnreachable,
    RateLimited,
)
from archon.testing.model_contract import CALLS, TEXT, TOOLS, ModelContract, Stage, asked, failure, whole
from archon.testing.model_script import Cut, ServedCall, ServedReply
from archon.testing.model_server import ModelServer

KEY = "sk-very-secret-0123456789"
STATUSES: dict[int, type[ModelError]] = {
    307: ModelRefusedRequest,
    400: ModelRefusedRequest,
    401: ModelUnauthorized,
    402: ModelUnauthorized,
    403: ModelUnauthorized,
    404: ModelRefusedRequest,
    413: ModelRefusedRequest,
    429: RateLimited,
    500: ModelOverloaded,
    503: ModelOverloaded,
    529: ModelOverloaded,
}
PATIENCE_S = 10
"""How long a test waits for what must happen at once."""


class WireContract(ModelContract):
    """Needs a `server` fixture, and a `stage` whose model asks it with `KEY` and reads for 0.3 s at most."""

    events: ClassVar[Callable[[ServedReply, str], Iterator[bytes]]]
    """The protocol, as the server speaks it."""
    malformed: ClassVar[tuple[str, ...]]
    """Whole events that are not of the protocol."""
    stream_errors: ClassVar[dict[str, type[ModelError]]]
    """Names of error events inside a stream, and what they mean."""

    def stream(self, reply: ServedReply) -> bytes:
        return b"".join(type(self).events(reply, "any"))

    async def test_reported_usage_is_taken_over(self, stage: Stage) -> None:
        stage.play(ServedReply(text="hi", input_tokens=120, output_tokens=7))
        usage = (await whole(stage.model, asked())).usage
        assert (usage.input_tokens, usage.output_tokens, usage.is_estimated) == (120, 7, False)

    @pytest.mark.parametrize("write_bytes", [1, 7])
    async def test_a_reply_may_drip(self, stage: Stage, write_bytes: int) -> None:
        stage.play(ServedReply(text=TEXT, tool_calls=CALLS, finish="tool_calls", write_bytes=write_bytes))
        response = await whole(stage.model, asked(tools=TOOLS))
        assert response.text == TEXT
        assert [call.arguments for call in response.tool_calls] == [call.arguments for call in CALLS]

    @pytest.mark.parametrize("cut", ["close", "reset", "clean"])
    async def test_a_stream_that_breaks_off_is_never_a_shorter_reply(self, stage: Stage, cut: Cut) -> None:
        stream = self.stream(ServedReply(text=TEXT))
        inside_a_character = stream.index("🎉".encode()) + 2
        after_an_event = stream.index(b"\n", len(stream) // 2) + 1
        for place in (0, 1, inside_a_character, after_an_event, len(stream) - 9, len(stream) - 1):
            stage.play(ServedReply(text=TEXT, cut_after_bytes=place, cut=cut))
            error = await failure(stage.model, asked())
            assert isinstance(error, ModelUnreachable), place
            assert error.retryable

    async def test_a_stream_that_broke_off_may_be_billed(self, stage: Stage) -> None:
        stage.play(ServedReply(text=TEXT, cut_after_bytes=300))
        assert (await failure(stage.model, asked())).may_be_billed

    @pytest.mark.parametrize("status", STATUSES)
    async def test_each_status_is_its_error(self, stage: Stage, status: int) -> None:
        stage.play(ServedReply(status=status, body='{"error": {"message": "the reason"}}'))
        error = await failure(stage.model, asked())
        assert type(error) is STATUSES[status]
        assert str(status) in error.message
        assert not error.may_be_billed
        assert ("the reason" in error.message) == (STATUSES[status] is not ModelUnauthorized)

    async def test_an_error_page_is_quoted_shortly(self, stage: Stage) -> None:
        stage.play(ServedReply(status=502, body="<html>\n" + "x" * 100_000))
        error = await failure(stage.model, asked())
        assert isinstance(error, ModelOverloaded)
        assert len(error.message) < 500

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry-after": "7"}, 7.0),
            ({"retry-after": "0.5"}, 0.5),
            ({"retry-after": "-1"}, 0.0),
            ({"retry-after": "nan"}, None),
            ({"retry-after": "soon"}, None),
            ({}, None),
            (
                {
                    "date": "Mon, 01 Jun 2026 10:00:00 GMT",
                    "retry-after": "Mon, 01 Jun 2026 10:00:30 GMT",
                },
                30.0,
            ),
        ],
    )
    async def test_the_wait_that_a_provider_asks_for_is_known(
        self, stage: Stage, headers: dict[str, str], seconds: float | None
    ) -> None:
        stage.play(ServedReply(status=429, body="{}", headers=headers))
        assert (await failure(stage.model, asked())).retry_after_s == seconds

    async def test_a_malformed_event_is_a_broken_reply(self, stage: Stage) -> None:
        for stream in self.malformed:
            stage.play(ServedReply(stream=stream))
            error = await failure(stage.model, asked())
            assert isinstance(error, ModelReplyBroken), stream
            assert error.may_be_billed

    @pytest.mark.parametrize(
        "reply",
        [
            ServedReply(body='{"error": {"message": "not today"}}'),
            ServedReply(body='{"id": "whole", "choices": []}'),
            ServedReply(body="<html>login</html>", headers={"content-type": "text/html"}),
        ],
    )
    async def test_a_200_that_is_no_stream_is_a_broken_reply(self, stage: Stage, reply: ServedReply) -> None:
        stage.play(reply)
        assert isinstance(await failure(stage.model, asked()), ModelReplyBroken)

    async def test_an_error_inside_a_stream_is_what_it_says(self, stage: Stage) -> None:
        for name, kind in self.stream_errors.items():
            stage.play(ServedReply(text=TEXT, stream_error=name))
            error = await failure(stage.model, asked())
            assert type(error) is kind, name
            assert error.may_be_billed

    @pytest.mark.parametrize("place", [-1, 0, 200])
    async def test_a_server_that_goes_silent_is_given_up(
        self, stage: Stage, server: ModelServer, place: int
    ) -> None:
        stage.play(ServedReply(text=TEXT, hang_after_bytes=place))
        error = await failure(stage.model, asked())
        assert isinstance(error, ModelUnreachable)
        assert "was silent for 0.3 s" in error.message
        assert error.may_be_billed
        await asyncio.wait_for(server.left.wait(), PATIENCE_S)

    async def test_closing_the_stream_closes_the_connection(self, stage: Stage, server: ModelServer) -> None:
        stage.play(ServedReply(text=TEXT, hang_after_bytes=len(self.stream(ServedReply(text=TEXT))) // 2))
        stream = cast("AsyncGenerator[Delta, None]", stage.model.respond(asked()))
        assert isinstance(await anext(stream), TextDelta)
        await stream.aclose()
        await asyncio.wait_for(server.left.wait(), PATIENCE_S)

    async def test_cancelling_a_call_closes_the_connection(self, stage: Stage, server: ModelServer) -> None:
        stage.play(ServedReply(text=TEXT, hang_after_bytes=-1))
        call = asyncio.create_task(whole(stage.model, asked()))
        async with asyncio.timeout(PATIENCE_S):
            await server.came.wait()
            call.cancel()
            await server.left.wait()
        assert (await asyncio.gather(call, return_exceptions=True))[0].__class__ is asyncio.CancelledError

    async def test_a_connection_is_used_again(self, stage: Stage, server: ModelServer) -> None:
        stage.play("one", "two")
        await whole(stage.model, asked("first"))
        await whole(stage.model, asked("second"))
        assert server.connections == 1

    async def test_a_proxy_for_the_outside_is_not_used_for_this_machine(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(variable, "http://127.0.0.1:9")
        for variable in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(variable, raising=False)
        stage.play("hi")
        assert (await whole(stage.model, asked())).text == "hi"


class BrokenArguments:
    """For protocols in which arguments arrive as text. Needs a `stage` fixture."""

    async def test_broken_arguments_are_a_broken_reply(self, stage: Stage) -> None:
        for raw in ('{"a": ', "[1]", '{"a": NaN}', '{"a": "\\ud83d"}', "{} {}"):
            call = ServedCall(id="c", name="run", raw_arguments=raw)
            stage.play(ServedReply(tool_calls=(call,), finish="tool_calls"))
            error = await failure(stage.model, asked(tools=TOOLS))
            assert isinstance(error, ModelReplyBroken), raw

    async def test_a_tool_call_cut_by_the_length_limit_is_left_out(self, stage: Stage) -> None:
        cut = ServedCall(id="c", name="run", raw_arguments='{"command": "rm -rf /tm')
        stage.play(ServedReply(text="So", tool_calls=(CALLS[0], cut), finish="length"))
        response = await whole(stage.model, asked(tools=TOOLS))
        assert [call.name for call in response.tool_calls] == ["read"]
        assert response.finish_reason == "length"

    async def test_announced_calls_that_do_not_come_are_a_broken_reply(self, stage: Stage) -> None:
        stage.play(ServedReply(text="I call", finish="tool_calls"))
        assert isinstance(await failure(stage.model, asked(tools=TOOLS)), ModelReplyBroken)

    async def test_a_refusal_says_so(self, stage: Stage) -> None:
        stage.play(ServedReply(text="No.", finish="refusal"))
        assert (await whole(stage.model, asked())).finish_reason == "refusal"


class Keyed:
    """For providers that need a key. Needs a `stage` fixture."""

    async def test_no_error_and_no_log_shows_the_key(
        self, stage: Stage, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        echo = f'{{"error": {{"message": "the key {KEY} is no good"}}}}'
        for status in STATUSES:
            stage.play(ServedReply(status=status, body=echo))
            error = await failure(stage.model, asked())
            shown = [str(error), repr(error), *traceback.format_exception(error), error.hint]
            assert KEY not in "".join(shown), status
        assert KEY not in caplog.text
        assert KEY not in repr(stage.model)

    async def test_a_wrong_key_is_one_line_that_names_the_setting(
        self, stage: Stage, server: ModelServer
    ) -> None:
        server.key = "another"
        error = await failure(stage.model, asked())
        assert isinstance(error, ModelUnauthorized)
        assert "_API_KEY" in error.hint
        assert "\n" not in str(error)
