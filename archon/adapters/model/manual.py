"""A model played by a person or any other program, through files in a folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from archon.adapters.model.answer import answer_from_json
from archon.adapters.model.desk import Desk, Place
from archon.domain.conversation import Delta, ModelRequest, ModelResponse, TextDelta
from archon.domain.errors import ConfigurationError, ModelRefusedRequest
from archon.domain.tokens import estimate_usage
from archon.ports.clock import Clock

POLL_S = 0.2
CURE = "Make it a folder that can be written, or name another one."


@dataclass(frozen=True)
class ManualModel:
    """Writes each request into the folder and waits, without end, for the answer beside it.

    Any number of calls may wait at once, in several processes on one folder. A call that was asked
    before, in this life or an earlier one, finds its request again, and its answer if there is one.
    An answer that cannot be understood gets a note beside it, and may be mended.
    """

    folder: Path
    clock: Clock
    name: str = "manual"

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """As the port says. Raises: ModelRefusedRequest when the folder cannot be written."""
        try:
            place = await asyncio.to_thread(Desk(self.folder).put, request)
            response = await self._wait(place, request)
        except OSError as error:
            raise ModelRefusedRequest(self._unusable(error), hint=CURE) from error
        if response.text:
            yield TextDelta(text=response.text)
        yield response

    async def place_of_answer(self, request: ModelRequest) -> str:
        """As the port says: the path of the answer in text, as the folder is named."""
        try:
            place = await asyncio.to_thread(Desk(self.folder).put, request)
        except OSError as error:
            raise ModelRefusedRequest(self._unusable(error), hint=CURE) from error
        return "" if place.seen() else str(place.file("response.md"))

    def check(self) -> None:
        """As the port says."""
        try:
            Desk(self.folder).open()
        except OSError as error:
            raise ConfigurationError(self._unusable(error), hint=CURE) from error

    def _unusable(self, error: OSError) -> str:
        return f"The manual model cannot use {self.folder}: {error.strerror}."

    async def _wait(self, place: Place, request: ModelRequest) -> ModelResponse:
        """Look until there is an answer that can be understood; look at a wrong one only once."""
        refused: object = None
        while True:
            seen = place.seen()
            if seen is not None and seen != refused:
                try:
                    response = self._read(place, request)
                except ValueError as error:
                    place.note(str(error))
                    refused = seen
                else:
                    place.forget_note()
                    return response
            await self.clock.sleep(POLL_S)

    def _read(self, place: Place, request: ModelRequest) -> ModelResponse:
        answer = place.answer()
        if answer.suffix == ".json":
            try:
                value = json.loads(answer.read_bytes())
            except (ValueError, RecursionError) as error:
                raise ValueError(f"{answer.name} is not JSON: {error}") from None
            return answer_from_json(value, request, self.name)
        try:
            text = answer.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{answer.name} is not UTF-8: {error}") from None
        return ModelResponse(text=text, usage=estimate_usage(request, text), model=self.name)
