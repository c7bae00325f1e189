"""Which addresses a listed name may lead to, and which not even a person may list."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.adapters.sandbox.egress.addresses import never, not_public


@pytest.mark.parametrize(
    "text",
    [
        *("1.1.1.1", "8.8.8.8", "151.101.0.223", "9.255.255.255", "100.63.255.255", "100.128.0.0"),
        *("172.15.255.255", "172.32.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"),
        *("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"),
        *("2606:4700::1111", "2a04:4e42::223", "2001:4860:4860::8888", "2001:200::1"),
        *("::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"),
    ],
)
def test_public_addresses_may_be_reached(text: str) -> None:
    assert not_public(ip_address(text)) is None
    assert never(ip_address(text)) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((each, "loopback") for each in ("127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1")),
        *((each, "private") for each in ("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1")),
        *((each, "private") for each in ("fc00::1", "fdff::1", "fec0::1", "::ffff:10.0.0.1")),
        *((each, "private") for each in ("64:ff9b::a00:1", "2002:a00:1::1", "2002:c0a8:101::")),
        *((each, "unspecified") for each in ("0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0")),
        *((each, "shared behind a carrier's NAT") for each in ("100.64.0.1", "100.127.255.255")),
        *((each, "for benchmarks") for each in ("198.18.0.1", "198.19.255.255", "2001:2::1")),
        *((each, "multicast") for each in ("224.0.0.1", "239.255.255.250", "ff02::1")),
        *((each, "reserved") for each in ("240.0.0.1", "255.255.255.255", "192.0.0.8", "192.88.99.1")),
        *((each, "reserved") for each in ("::8.8.8.8", "64:ff9b:1::808:808", "100::1", "4000::1")),
        ("2001:0:a00:1::f7f7:f7f7", "private"),  # Teredo: a private server, a public client
        ("2001:0:808:808::f5ff:fffe", "private"),  # Teredo: a public server, the client 10.0.0.1
    ],
)
def test_addresses_of_the_inside_are_named_by_their_kind(text: str, kind: str) -> None:
    assert not_public(ip_address(text)) == kind
    assert never(ip_address(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        *("169.254.169.254", "169.254.0.1", "169.254.170.2", "fe80::1", "fe80::1%lo", "febf::1"),
        *("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"),
        *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254"),
        *("64:ff9b:1::a9fe:a9fe", "2001:0:808:808::5601:5601", "::ffff:100.100.100.200"),
    ],
)
def test_what_hands_out_credentials_is_for_nobody(text: str) -> None:
    assert never(ip_address(text)) in {"link-local", "a cloud's metadata"}
    assert not_public(ip_address(text)) == never(ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_as_bad_as_itself(address: IPv4Address) -> None:
    number = int(address)
    disguises = [
        IPv6Address((0xFFFF << 32) + number),
        IPv6Address((0x64FF9B << 96) + number),
        IPv6Address((0x2002 << 112) + (number << 80) + 1),
        IPv6Address((0x20010000 << 96) + (0x08080808 << 64) + (number ^ 0xFFFFFFFF)),
    ]
    assert {not_public(each) for each in disguises} == {not_public(address)}


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_never_public_but_for_the_blocks_of_documentation(
    address: IPv4Address,
) -> None:
    documentation = str(address).startswith(("192.0.2.", "198.51.100.", "203.0.113."))
    assert not address.is_private or documentation or not_public(address)
