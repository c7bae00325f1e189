"""What a whole stream says: why it ended, what it calls, what it counts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from archon.domain.errors import ModelReplyBroken
from archon.domain.values import JsonObject
from archon.testing.model_cases.case import Answers, Case, Fails
from archon.testing.model_cases.protocol import ANTHROPIC, OLLAMA, OPENAI, WITH_EVENTS, SpokenProtocol
from archon.testing.model_contract import CALLS, TEXT, asked
from archon.testing.model_script import ServedCall, ServedReply

_USAGE = re.compile(r'"usage": \{(?:[^{}]|\{[^{}]*\})*\}')
MADE = tuple((call.name, call.arguments) for call in CALLS)
CALL = CALLS[0]
BROKEN_ARGUMENTS = {
    "cut": ('{"path": "a', "Unterminated string, at character 10"),
    "cut before a value": ('{"path": ', "at its end"),
    "without a comma": ('{"path": "a" "lines": 1}', "',' delimiter, at character 14"),
    "a list": ("[1]", "no object"),
    "a text": ('"ls"', "no object"),
    "null": ("null", "no object"),
    "no number": ('{"a": NaN}', "NaN"),
    "half a character": ('{"a": "\\ud83d"}', "half of a surrogate pair"),
    "two objects": ("{} {}", "Extra data"),
    "a name that stands twice": ('{"path": "a.py", "path": "b.py"}', "'path' stands in it twice"),
    "a name that stands twice inside": ('{"a": [{"b": 1, "b": 2}]}', "'b' stands in it twice"),
    "no end of depth": ('{"a": ' + "[" * 3_000, "nested too deeply"),
}


def _calling(*calls: ServedCall, **fields: Any) -> ServedReply:
    return ServedReply(**{"tool_calls": calls, "finish": "tool_calls", **fields})


def _ends() -> Iterator[Case]:
    yield Case(promise="an empty reply is a reply", served=ServedReply(), ends=Answers(text=""))
    yield Case(promise="blanks are a reply", served=ServedReply(text=" \n"), ends=Answers(text=" \n"))
    yield Case(
        promise="a reply cut by the length limit says so",
        served=ServedReply(text=TEXT, finish="length"),
        ends=Answers(finish="length"),
    )
    for text in ("No.", ""):
        yield Case(
            promise=f"a refusal {'with' if text else 'without'} words is no answer to ask for again",
            served=ServedReply(text=text, finish="refusal"),
            ends=Answers(text=text, finish="refusal"),
            only=WITH_EVENTS,
        )
    yield Case(
        promise="a refusal after half a reply is a refusal",
        served=ServedReply(text="Here it c", refusal="I cannot go on."),
        ends=Answers(text="Here it cI cannot go on.", finish="refusal"),
        only=WITH_EVENTS,
    )
    for reason in ("SAFETY", "content_filter: RECITATION", "PROHIBITED_CONTENT"):
        yield Case(
            promise=f"Gemini's {reason} is a refusal",
            served=_reworded('"finish_reason": "stop"', f'"finish_reason": "{reason}"'),
            ends=Answers(finish="refusal"),
            only=(OPENAI,),
        )
    yield Case(
        promise="a stop in capitals is one",
        served=_reworded('"finish_reason": "stop"', '"finish_reason": "STOP"'),
        ends=Answers(),
        only=(OPENAI,),
    )
    yield Case(
        promise="announced calls that do not come are a broken reply",
        served=ServedReply(text="I call", finish="tool_calls"),
        ends=Fails(kind=ModelReplyBroken, is_billed=True),
        only=WITH_EVENTS,
    )


def _reworded(old: str, new: str, reply: ServedReply | None = None) -> Any:
    def served(protocol: SpokenProtocol) -> ServedReply:
        stream = protocol.stream(reply or ServedReply(text=TEXT)).decode()
        assert old in stream
        return ServedReply(stream=stream.replace(old, new))

    return served


def _calls() -> Iterator[Case]:
    yield Case(
        promise="parallel calls keep their order",
        served=_calling(*CALLS, text="Now"),
        ends=Answers(text="Now", calls=MADE, finish="tool_calls"),
    )
    yield Case(
        promise="parallel calls that come in turns, the last first, keep apart",
        served=_calling(*CALLS, interleaves=True),
        ends=Answers(text="", calls=MADE, finish="tool_calls"),
        only=WITH_EVENTS,
    )
    yield Case(
        promise="calls that say stop are calls",
        served=_calling(*CALLS, finish="stop"),
        ends=Answers(text="", calls=MADE, finish="tool_calls"),
    )
    yield Case(
        promise="calls without ids get ids of their own",
        served=_calling(*(replace(call, id="") for call in CALLS)),
        ends=Answers(text="", calls=MADE, finish="tool_calls"),
    )
    yield Case(
        promise="a tool that nobody has is left to whoever asked",
        served=_calling(replace(CALL, name="no_such_tool")),
        ends=Answers(text="", calls=(("no_such_tool", CALL.arguments),), finish="tool_calls"),
    )
    yield Case(
        promise="a call without a name is a broken reply",
        served=_calling(replace(CALL, name="")),
        ends=Fails(kind=ModelReplyBroken, is_billed=True, says="no name"),
    )
    for what, (raw, fault) in BROKEN_ARGUMENTS.items():
        yield Case(
            promise=f"arguments that are {what} make a broken call beside good ones",
            served=_calling(replace(CALL, raw_arguments=raw), CALLS[1]),
            ends=Answers(text="", calls=((CALL.name, {}), MADE[1]), finish="tool_calls", faults=(fault,)),
            only=WITH_EVENTS,
        )
    yield Case(
        promise="a call that ends nowhere in a reply as long as was allowed is a cut one, whatever is said",
        served=_calling(replace(CALL, raw_arguments='{"path": "a'), output_tokens=asked().max_output_tokens),
        ends=Answers(text="", finish="length"),
        only=WITH_EVENTS,
    )
    yield from _at_once()
    for where, raw in (("inside", '{"command": "rm -rf /tm'), ("before", "")):
        yield Case(
            promise=f"a call that the length limit cut {where} its arguments is not made",
            served=_calling(CALL, ServedCall(id="c", name="run", raw_arguments=raw), finish="length"),
            ends=Answers(text="", calls=MADE[:1], finish="length"),
            only=WITH_EVENTS,
        )
    yield from _same_index()


def _at_once() -> Iterator[Case]:
    """Arguments that come as a text in one piece: so do servers that stand in for the API itself."""
    read = Answers(text="", calls=(("run", {"path": "a"}),), finish="tool_calls")
    unread = Answers(text="", calls=(("run", {}),), finish="tool_calls", faults=("Unterminated string",))
    for protocol, field, raw in ((ANTHROPIC, "input", ""), (OLLAMA, "arguments", "{}")):
        call = ServedCall(id="c", name="run", raw_arguments=raw)
        for what, text, ends in (("can", '{"path": "a"}', read), ("cannot", '{"path": "a', unread)):
            yield Case(
                promise=f"arguments that come as one text that {what} be read are taken as such",
                served=_reworded(f'"{field}": {{}}', f'"{field}": {json.dumps(text)}', _calling(call)),
                ends=ends,
                only=(protocol,),
            )


def _same_index() -> Iterator[Case]:
    """Gemini numbers every parallel call 0, and has left out their ids."""
    for promise, ids in (("with", ("call_a", "call_b")), ("without", ("", ""))):
        calls = [replace(call, id=call_id) for call, call_id in zip(CALLS, ids, strict=True)]
        yield Case(
            promise=f"parallel calls {promise} ids that share an index keep apart",
            served=_reworded('[{"index": 1,', '[{"index": 0,', _calling(*calls)),
            ends=Answers(text="", calls=MADE, finish="tool_calls"),
            only=(OPENAI,),
        )
    yield Case(
        promise="parallel calls that share an id get one each",
        served=_calling(*(replace(call, id="same") for call in CALLS)),
        ends=Answers(text="", calls=MADE, finish="tool_calls"),
        only=(ANTHROPIC, OPENAI),
    )


def _usage() -> Iterator[Case]:
    yield Case(
        promise="usage is taken over", served=ServedReply(text=TEXT), ends=Answers(usage_is_estimated=False)
    )
    yield Case(
        promise="usage that is missing is counted at the most",
        served=ServedReply(text=TEXT, reports_usage=False),
        ends=Answers(usage_is_estimated=True),
    )
    for what in ("[]", "3", '"much"', "true", "-1", '[{"output_tokens": 1}]'):
        yield Case(
            promise=f"usage that is {what} loses no reply, and is counted at the most",
            served=_counted(what),
            ends=Answers(usage_is_estimated=True),
            only=WITH_EVENTS,
        )
    for detail in ('"cache_read_input_tokens": -1', '"cache_creation": [1]', '"cache_creation": {"a": "b"}'):
        yield Case(
            promise=f"usage with {detail} loses no reply, and is counted at the most",
            served=_counted(f'{{"input_tokens": 1, "output_tokens": 1, {detail}}}'),
            ends=Answers(usage_is_estimated=True),
            only=(ANTHROPIC,),
        )


def _counted(usage: str) -> Any:
    """A reply with this wherever its usage is told."""

    def served(protocol: SpokenProtocol) -> ServedReply:
        stream, count = _USAGE.subn(f'"usage": {usage}', protocol.stream(ServedReply(text=TEXT)).decode())
        assert count
        return ServedReply(stream=stream)

    return served


def _unread() -> Iterator[Case]:
    """The provider fails at a call that the model wrote: what it wrote is the reply."""
    groq: JsonObject = {"code": "tool_use_failed", "type": "invalid_request_error", "message": "It failed."}
    ollama = "error parsing tool call: raw='run{\n\\'ls', err=invalid character 'r'"
    shown = "<function=run>ls"
    yield from _unread_by(OPENAI, {"error": {**groq, "failed_generation": shown}}, shown)
    yield from _unread_by(OLLAMA, {"error": ollama}, "run{\n\\'ls")
    for reason in ("MALFORMED_FUNCTION_CALL", "function_call_filter: MALFORMED_FUNCTION_CALL"):
        yield Case(
            promise=f"of a reply that ended with {reason} no call is made",
            served=_reworded(
                '"finish_reason": "tool_calls"',
                f'"finish_reason": "{reason}"',
                _calling(*CALLS, text="I call"),
            ),
            ends=Answers(text="I call"),
            only=(OPENAI,),
        )
    yield Case(
        promise="a call that the provider cannot read and does not show is a broken reply",
        served=ServedReply(status=400, body=json.dumps({"error": groq})),
        ends=Fails(kind=ModelReplyBroken, is_billed=True, says="cannot read a call"),
        only=(OPENAI,),
    )


def _unread_by(protocol: SpokenProtocol, said: JsonObject, written: str) -> Iterator[Case]:
    inside = protocol.around(lambda at: protocol.event(said) + at)
    for where, served in (
        ("alone", ServedReply(status=500, body=json.dumps(said))),
        ("inside a stream", ServedReply(stream=inside)),
    ):
        yield Case(
            promise=f"a call that comes {where} as the provider's own error is what the model wrote",
            served=served,
            ends=Answers(text=written, usage_is_estimated=True),
            only=(protocol,),
        )


REPLIES = (*_ends(), *_calls(), *_unread(), *_usage())
