"""The list, the record of what it refused, and the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from archon.adapters.sandbox.egress import answers
from archon.adapters.sandbox.egress.addresses import IPAddress
from archon.adapters.sandbox.egress.faults import Refused, shown
from archon.adapters.sandbox.egress.policy import AllowList, never_allowed
from archon.adapters.sandbox.egress.record import Record
from archon.domain.egress import Destination
from archon.domain.errors import InvalidInput

NAME = Destination("allowed.example", 443)


def listed(*destinations: Destination) -> AllowList:
    allowed = AllowList()
    allowed.add(destinations)
    return allowed


def addresses(*texts: str) -> Sequence[IPAddress]:
    return [ip_address(text) for text in texts]


def test_exactly_what_is_listed_is_in_the_list() -> None:
    allowed = listed(Destination("Allowed.Example.", 443), Destination("bücher.example", 80))
    assert NAME in allowed
    assert Destination("xn--bcher-kva.example", 80) in allowed
    others = [
        ("allowed.example", 80),
        ("sub.allowed.example", 443),
        ("example", 443),
        ("xallowed.example", 443),
    ]
    assert not any(Destination(host, port) in allowed for host, port in others)


def test_a_host_that_is_none_cannot_be_listed() -> None:
    with pytest.raises(InvalidInput):
        listed(Destination("*.example", 443))


def test_one_bad_address_spoils_the_answer_and_says_what_to_list() -> None:
    assert listed(NAME).fault_of(NAME, addresses("192.0.2.1", "2001:db8::1")) is None
    fault = listed(NAME).fault_of(NAME, addresses("192.0.2.1", "10.0.0.5"))
    assert fault == (
        "allowed.example:443 leads to 10.0.0.5, which is private. If that is meant, add --allow 10.0.0.5:443."
    )


def test_a_name_may_lead_to_an_address_that_is_listed_itself() -> None:
    allowed = listed(NAME, Destination("10.0.0.5", 443), Destination("10.0.0.6", 80))
    assert allowed.fault_of(NAME, addresses("10.0.0.5")) is None
    assert allowed.fault_of(NAME, addresses("10.0.0.6"))
    assert allowed.fault_of(NAME, addresses("10.0.0.5", "10.0.0.7"))


def test_listing_does_not_help_what_is_never_allowed() -> None:
    metadata = Destination("169.254.169.254", 80)
    assert listed(metadata).fault_of(metadata, addresses("169.254.169.254"))
    assert listed(NAME, Destination("169.254.169.254", 443)).fault_of(NAME, addresses("169.254.169.254"))
    assert never_allowed(metadata) == "169.254.169.254:80 is link-local: that cannot be allowed."
    assert never_allowed(Destination("10.0.0.1", 80)) is None


def test_the_record_is_in_order_bounded_and_emptied_by_taking() -> None:
    record = Record()
    for number in range(103):
        record.add(Refused(f"evil{number}.example:443", "no"))
    taken = record.take()
    assert [each.target for each in taken[:2]] == ["evil0.example:443", "evil1.example:443"]
    assert (len(taken), taken[-1].target) == (101, "3 more")
    assert record.take() == ()


def test_text_from_inside_is_shown_and_not_sent() -> None:
    assert shown("a\x1b[2J\r\n\0\u202e") == "a\\x1b[2J\\x0d\\x0a\\x00\\x202e"
    assert shown("a" * 200) == "a" * 200
    assert shown("\x1b" * 200) == ("\\x1b" * 50)[:197] + "..."


def test_a_refusal_says_what_was_tried_why_and_what_is_allowed() -> None:
    head, body = answers.refusal(Refused("evil\n.example:443", "It is evil."), [NAME]).split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 Refused by the sandbox: It is evil.\r\n")
    assert body.decode().splitlines() == [
        "The sandbox's proxy refused: evil\\x0a.example:443",
        "It is evil.",
        "Allowed: allowed.example:443",
    ]
    assert f"Content-Length: {len(body)}".encode() in head


def test_a_long_list_is_told_in_part() -> None:
    many = [Destination(f"host{number:02}.example", 443) for number in range(60)]
    assert answers.refusal(Refused("x", "no"), many).endswith(b"host49.example:443 and 10 more\n")
    assert answers.refusal(Refused("x", "no"), []).endswith(b"Allowed: nothing\n")
