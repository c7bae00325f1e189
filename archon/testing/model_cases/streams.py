"""How a stream arrives: cut anywhere it is a failed attempt, and whole it is understood in any dress."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archon.domain.errors import ModelReplyBroken, ModelUnreachable
from archon.testing.model_cases.case import Answers, Case, Fails
from archon.testing.model_cases.protocol import ALL, MARK, WITH_EVENTS, SpokenProtocol
from archon.testing.model_contract import CALLS, TEXT
from archon.testing.model_script import Cut, ServedReply

PARTY = "🎉".encode()
PLACES: dict[str, Callable[[SpokenProtocol, bytes], int]] = {
    "before its first byte": lambda spoken, stream: 0,
    "after its first byte": lambda spoken, stream: 1,
    "inside a character": lambda spoken, stream: stream.index(PARTY) + 2,
    "inside a line": lambda spoken, stream: spoken.line_of(stream, PARTY) + 9,
    "between two events": lambda spoken, stream: spoken.line_of(stream, PARTY),
    "after the text and before the usage": lambda spoken, stream: spoken.line_of(stream, spoken.usage),
    "after the usage and before the end mark": lambda spoken, stream: spoken.line_of(stream, spoken.end),
    "inside the end mark": lambda spoken, stream: spoken.line_of(stream, spoken.end) + 7,
    "before its last byte": lambda spoken, stream: len(stream) - 1,
}
WAYS: dict[Cut, str] = {
    "close": "closed",
    "reset": "reset",
    "clean": "properly ended by a gateway",
}
BROKE_OFF = Fails(kind=ModelUnreachable, is_billed=True, says="broke off")
MANY = 10_000


def _cut(place: Callable[[SpokenProtocol, bytes], int], cut: Cut) -> Callable[[SpokenProtocol], ServedReply]:
    def served(protocol: SpokenProtocol) -> ServedReply:
        stream = protocol.stream(ServedReply(text=TEXT))
        end = place(protocol, stream)
        return ServedReply(stream=stream.decode(), cut_after_bytes=end, cut=cut)

    return served


def _cuts() -> Iterator[Case]:
    for where, place in PLACES.items():
        for cut, how in WAYS.items():
            yield Case(promise=f"a stream {how} {where} breaks off", served=_cut(place, cut), ends=BROKE_OFF)
    for cut in ("close", "reset"):
        for end, what in ((5, "status line"), (40, "headers")):
            yield Case(
                promise=f"an answer {WAYS[cut]} inside its {what} breaks off",
                served=ServedReply(text=TEXT, where="head", cut_after_bytes=end, cut=cut),
                ends=BROKE_OFF,
            )
        yield Case(
            promise=f"an answer {WAYS[cut]} inside a chunk of HTTP breaks off",
            served=ServedReply(text=TEXT, where="chunk", cut_after_bytes=300, cut=cut),
            ends=BROKE_OFF,
        )
    yield Case(
        promise="a stream that ends properly without its end mark is not whole",
        served=ServedReply(text=TEXT, omits_end_mark=True),
        ends=BROKE_OFF,
    )
    yield Case(
        promise="a tool call is not made when the end mark is missing",
        served=ServedReply(tool_calls=CALLS, finish="tool_calls", omits_end_mark=True),
        ends=BROKE_OFF,
    )


def _rewritten(old: str, new: str) -> Callable[[SpokenProtocol], ServedReply]:
    return lambda protocol: ServedReply(
        stream=protocol.stream(ServedReply(text=TEXT)).decode().replace(old, new)
    )


def _dressed() -> Iterator[Case]:
    """The same reply, however it comes."""

    def whole(promise: str, only: tuple[SpokenProtocol, ...] = ALL, **served: object) -> Case:
        reply = ServedReply(**{"text": TEXT, **served})  # type: ignore[arg-type]
        return Case(promise=promise, served=reply, ends=Answers(), only=only)

    yield whole("a reply that comes byte by byte is whole", write_bytes=1)
    yield whole("a reply that comes in sevens is whole", write_bytes=7)
    yield whole("a byte order mark is passed over", byte_order_mark=True)
    yield whole("a byte order mark in three parts is passed over", byte_order_mark=True, write_bytes=1)
    yield whole("lines may end as on Windows", line_end="\r\n")
    yield whole("lines may end as on Windows byte by byte", line_end="\r\n", write_bytes=1)
    yield whole("lines may end as on an old Mac", only=WITH_EVENTS, line_end="\r")
    yield whole("lines may end as on an old Mac byte by byte", only=WITH_EVENTS, line_end="\r", write_bytes=1)
    yield whole("what follows the end mark does not matter", trailing='data: {oops\n\n{"done": \xff')
    yield whole("a body packed with gzip is unpacked", packing="gzip")
    yield whole("a body packed with deflate is unpacked", packing="deflate", write_bytes=1)
    yield whole("a provider need not name the model", names_model=False)
    for promise, old, new in (
        ("`data:` needs no blank behind it", "data: ", "data:"),
        ("data may stand in several lines", "data: {", "data: \ndata:{\ndata: "),
        ("comments, ids and retries are no data", "data: ", ": hm\nid: 7\nretry: 10\ndata: "),
        ("comments alone are no events", "data: {", ": hm\n\ndata: {"),
        ("empty data are a sign of life", "data: {", "data:\n\ndata: \n\ndata: {"),
    ):
        yield Case(promise=promise, served=_rewritten(old, new), ends=Answers(), only=WITH_EVENTS)
    yield Case(
        promise="an end mark that comes twice is one",
        served=lambda protocol: ServedReply(
            text=TEXT, trailing=list(protocol.events(ServedReply(text=TEXT), "any"))[-1].decode()
        ),
        ends=Answers(),
    )
    yield Case(
        promise="events of an unknown type are passed over",
        served=lambda protocol: ServedReply(
            stream=protocol.around(lambda at: protocol.event({"type": "rumour", "object": "rumour"}) + at)
        ),
        ends=Answers(text=MARK),
    )


def _sizes() -> Iterator[Case]:
    """What a reply may weigh."""
    yield Case(
        promise="ten megabytes in small events are a reply",
        served=lambda protocol: ServedReply(
            stream=protocol.around(lambda at: at.replace(MARK, "x" * 1000) * MANY),
            write_bytes=60_000,
        ),
        ends=Answers(text="x" * 1000 * MANY),
    )
    yield Case(
        promise="an event that is no end of large is given up",
        served=lambda protocol: ServedReply(
            stream=protocol.wrap('{"a": "' + "x" * (18 * 2**20) + '"}'), write_bytes=2**20
        ),
        ends=Fails(kind=ModelReplyBroken, is_billed=True, says="one event of it is longer"),
    )
    yield Case(
        promise="what never ends after the end mark is not waited for",
        served=lambda protocol: ServedReply(text=TEXT, forever=protocol.nothing, pause_s=0.01),
        ends=Answers(),
        is_hurried=True,
    )
    yield Case(
        promise="a reply without end is given up",
        served=lambda protocol: ServedReply(stream="", forever=protocol.piece("x" * 2**20)),
        ends=Fails(kind=ModelReplyBroken, is_billed=True, says="it is longer than"),
    )
    yield Case(
        promise="a bomb is unpacked no further than a reply may be long",
        served=lambda protocol: ServedReply(
            stream="", packing="gzip", forever=" " * 2**20 + protocol.nothing
        ),
        ends=Fails(kind=ModelReplyBroken, is_billed=True, says="it is longer than"),
    )
    yield Case(
        promise="a body packed in a way that nobody asked for is refused",
        served=ServedReply(text=TEXT, headers={"content-encoding": "br"}),
        ends=Fails(kind=ModelReplyBroken, says="it is packed as 'br'"),
    )
    yield Case(
        promise="a body that only says that it is packed is refused",
        served=ServedReply(text=TEXT, headers={"content-encoding": "gzip"}),
        ends=Fails(kind=ModelReplyBroken, says="cannot be unpacked"),
    )


def _malformed() -> Iterator[Case]:
    for protocol in ALL:
        for what, stream in protocol.malformed.items():
            yield Case(
                promise=f"a stream with {what} is broken",
                served=ServedReply(stream=stream),
                ends=Fails(kind=ModelReplyBroken, is_billed=True),
                only=(protocol,),
            )


STREAMS = (*_cuts(), *_dressed(), *_sizes(), *_malformed())
