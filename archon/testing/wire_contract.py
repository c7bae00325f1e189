"""What every provider's adapter does when the provider or the network does not keep to the protocol."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator
from typing import ClassVar, cast

import pytest

from archon.domain.conversation import Delta, TextDelta
from archon.domain.errors import ModelUnauthorized
from archon.testing.model_cases.case import Case, Fails
from archon.testing.model_cases.protocol import SpokenProtocol
from archon.testing.model_cases.table import cases_of
from archon.testing.model_contract import TEXT, TOOLS, ModelContract, Stage, asked, failure, whole
from archon.testing.model_script import ServedReply
from archon.testing.model_server import ModelServer

KEY = "sk-very-secret-0123456789"
PATIENCE_S = 10
"""How long a test waits for what must happen at once."""


class WireContract(ModelContract):
    """Needs a `server` fixture, a `stage` whose model asks it with `KEY`, and a `hurried_stage`.

    The model of the latter bears a fraction of a second of silence, and about a second for an answer.
    """

    protocol: ClassVar[SpokenProtocol]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", cases_of(self.protocol), ids=str)

    async def test_each_case_ends_as_promised(self, case: Case, stage: Stage, hurried_stage: Stage) -> None:
        asked_stage = hurried_stage if case.is_hurried else stage
        asked_stage.play(case.reply(self.protocol))
        async with asyncio.timeout(PATIENCE_S):
            if isinstance(case.ends, Fails):
                case.ends.hold(await failure(asked_stage.model, asked(tools=TOOLS)))
            else:
                case.ends.hold(await whole(asked_stage.model, asked(tools=TOOLS)))

    async def test_a_silent_server_is_left(self, hurried_stage: Stage, server: ModelServer) -> None:
        hurried_stage.play(ServedReply(text=TEXT, hang_after_bytes=200))
        await failure(hurried_stage.model, asked())
        await asyncio.wait_for(server.left.wait(), PATIENCE_S)

    async def test_a_redirect_takes_no_key_elsewhere(self, stage: Stage) -> None:
        async with ModelServer() as elsewhere:
            for status in (301, 302, 303, 307, 308):
                headers = {"location": f"{elsewhere.url}/v1/messages"}
                stage.play(ServedReply(status=status, body="", headers=headers))
                await failure(stage.model, asked())
            assert (elsewhere.connections, elsewhere.received) == (0, [])

    async def test_a_broken_answer_does_not_hurt_the_next(self, stage: Stage) -> None:
        stage.play(ServedReply(text=TEXT, cut_after_bytes=200), ServedReply(status=503, body="{}"), TEXT)
        await failure(stage.model, asked())
        await failure(stage.model, asked())
        assert (await whole(stage.model, asked())).text == TEXT

    async def test_closing_the_stream_closes_the_connection(self, stage: Stage, server: ModelServer) -> None:
        stage.play(
            ServedReply(text=TEXT, hang_after_bytes=len(self.protocol.stream(ServedReply(text=TEXT))) // 2)
        )
        deltas = cast("AsyncGenerator[Delta, None]", stage.model.respond(asked()))
        assert isinstance(await anext(deltas), TextDelta)
        await deltas.aclose()
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


class Keyed:
    """For providers that need a key. Needs a `stage` fixture."""

    async def test_no_error_and_no_log_shows_the_key(
        self, stage: Stage, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        echo = f'{{"error": {{"message": "the key {KEY} is no good"}}}}'
        for status in (400, 401, 403, 404, 429, 500):
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
