"""Providers that keep one waiting: silence is given up soon, and what only drips is given up once."""

from __future__ import annotations

from collections.abc import Iterator

from archon.domain.errors import ModelUnreachable
from archon.testing.model_cases.case import Answers, Case, Fails
from archon.testing.model_contract import TEXT
from archon.testing.model_script import ServedReply

SILENT = Fails(kind=ModelUnreachable, is_billed=True, says="was silent for", hints="LLM_SILENCE_SECONDS")
ENDLESS = Fails(
    kind=ModelUnreachable,
    is_billed=True,
    is_retryable=False,
    says="had not ended its answer",
    hints="LLM_ANSWER_SECONDS",
)
DRIP_S = 0.02


def _silences() -> Iterator[Case]:
    for what, served in {
        "before its status": ServedReply(text=TEXT, hang_after_bytes=-1),
        "inside its headers": ServedReply(text=TEXT, where="head", hang_after_bytes=30),
        "after its headers": ServedReply(text=TEXT, hang_after_bytes=0),
        "inside its stream": ServedReply(text=TEXT, hang_after_bytes=200),
    }.items():
        yield Case(promise=f"a server silent {what} is given up", served=served, ends=SILENT, is_hurried=True)
    yield Case(
        promise="a server silent after the end mark has answered",
        served=lambda protocol: ServedReply(
            stream=protocol.stream(ServedReply(text=TEXT)).decode(), hang_after_bytes=1_000_000
        ),
        ends=Answers(),
        is_hurried=True,
    )


def _drips() -> Iterator[Case]:
    yield Case(
        promise="a server that never ends its headers is given up",
        served=ServedReply(text=TEXT, where="head", hang_after_bytes=40, forever="x", pause_s=DRIP_S),
        ends=ENDLESS,
        is_hurried=True,
    )
    yield Case(
        promise="signs of life without a word are given up",
        served=lambda protocol: ServedReply(stream="", forever=protocol.nothing, pause_s=DRIP_S),
        ends=ENDLESS,
        is_hurried=True,
    )
    yield Case(
        promise="words that drip without end are given up",
        served=lambda protocol: ServedReply(stream="", forever=protocol.piece("x"), pause_s=DRIP_S),
        ends=ENDLESS,
        is_hurried=True,
    )
    yield Case(
        promise="a reply that drips slowly to its end is whole",
        served=lambda protocol: ServedReply(
            text=TEXT, write_bytes=len(protocol.stream(ServedReply(text=TEXT))) // 5, pause_s=DRIP_S
        ),
        ends=Answers(),
    )


PATIENCE = (*_silences(), *_drips())
