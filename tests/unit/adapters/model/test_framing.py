"""Server-sent events as the standard has them, and lines as they come."""

from archon.adapters.model.framing import Lines, ServerSentEvents


def test_an_event_ends_at_a_blank_line_and_nowhere_else() -> None:
    stream = b'event: x\ndata: {"a":\n: a comment\nid: 7\ndata: 1}\n\n: only a comment\n\ndata:two\n\n'
    assert list(ServerSentEvents().feed(stream)) == ['{"a":\n1}', "two"]


def test_an_event_that_has_not_ended_is_not_given_out() -> None:
    assert list(ServerSentEvents().feed(b"data: one\n")) == []


def test_blank_lines_are_no_events() -> None:
    assert list(Lines().feed(b"\n1\n \r\n2\n3")) == ["1", "2"]
