"""Which IP addresses the internet has given to somebody, and which lead to the host or its own network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TypeAlias

IPAddress: TypeAlias = IPv4Address | IPv6Address
_Network: TypeAlias = IPv4Network | IPv6Network


def _kinds(table: dict[str, str]) -> tuple[tuple[_Network, str], ...]:
    return tuple((ip_network(block), kind) for kind, blocks in table.items() for block in blocks.split())


_NEVER = _kinds(
    {
        "link-local": "169.254.0.0/16 fe80::/10",
        "a cloud's metadata": "100.100.100.200 192.0.0.192 168.63.129.16 fd00:ec2::254 fd20:ce::254",
    }
)
"""Not even for those who list them: they hand out the machine's own credentials."""

_INSIDE = _kinds(
    {
        "unspecified": "0.0.0.0/8 ::",
        "loopback": "127.0.0.0/8 ::1",
        "private": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10",
        "shared behind a carrier's NAT": "100.64.0.0/10",
        "for benchmarks": "198.18.0.0/15 2001:2::/48",
        "multicast": "224.0.0.0/4 ff00::/8",
        "reserved": "192.0.0.0/24 192.88.99.0/24 240.0.0.0/4 2001::/23",
    }
)
"""Documentation's blocks (192.0.2.0/24 and so on) are left out: they belong to nobody, and some networks use
them as the public addresses of services. Source: IANA's special-purpose address registries."""

_GLOBAL = IPv6Network("2000::/3")
_TRANSLATED = tuple(IPv6Network(block) for block in ("::ffff:0:0/96", "64:ff9b::/96"))
_OLD_OR_LOCAL = tuple(IPv6Network(block) for block in ("::/96", "64:ff9b:1::/48"))


def never(address: IPAddress) -> str | None:
    """What kind of address this is that nobody may reach, listed or not; None for all others."""
    return _first(_NEVER, (address, *_carried(address), *_last_bits(address, _OLD_OR_LOCAL)))


def not_public(address: IPAddress) -> str | None:
    """What kind of address this is when it is not one of the public internet, or carries such a one."""
    forbidden = never(address)
    if forbidden:
        return forbidden
    carried = _carried(address)
    if carried:
        return _first(_INSIDE, carried)
    kind = _first(_INSIDE, (address,))
    if kind is None and isinstance(address, IPv6Address) and address not in _GLOBAL:
        return "reserved"
    return kind


def _first(kinds: tuple[tuple[_Network, str], ...], addresses: tuple[IPAddress, ...]) -> str | None:
    return next((kind for each in addresses for block, kind in kinds if each in block), None)


def _carried(address: IPAddress) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that packets to an IPv6 address end up at: mapped, NAT64, 6to4 and Teredo."""
    if isinstance(address, IPv4Address):
        return ()
    if address.sixtofour is not None:
        return (address.sixtofour,)
    return address.teredo or _last_bits(address, _TRANSLATED)


def _last_bits(address: IPAddress, blocks: tuple[IPv6Network, ...]) -> tuple[IPv4Address, ...]:
    """The last 32 bits as an address, for an IPv6 address out of one of these blocks."""
    if any(address in block for block in blocks):
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()
