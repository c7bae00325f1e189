"""Attacks over the network and over sockets: no packet of them leaves the loopback device."""

from __future__ import annotations

from tests.security.battery.attack import attack
from tests.security.battery.conditions import IPV6, NETWORK, ROOT, ROUTE, TRACING, VIRTUAL_SOCKETS

NETWORKING = (
    attack("a port of the host", "ask(socket.AF_INET, ('127.0.0.1', PORT))"),
    attack("a port of the host by its name", "ask(socket.AF_INET, ('localhost', PORT))"),
    attack("a port of the host by no address", "ask(socket.AF_INET, ('0.0.0.0', PORT))"),
    attack(
        "a port of the host by another of its addresses", "ask(socket.AF_INET, ('127.9.9.9', PORT_ELSEWHERE))"
    ),
    attack(
        "a port of the host by an address in an address",
        "ask(socket.AF_INET6, ('::ffff:127.0.0.1', PORT))",
        needs=IPV6,
    ),
    attack("a port of the host by IPv6", "ask(socket.AF_INET6, ('::1', PORT_V6))", needs=IPV6),
    attack("a port of the host by UDP", "ask(socket.AF_INET, ('127.0.0.1', PORT_UDP), socket.SOCK_DGRAM)"),
    attack(
        "a letter to a group",
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('127.0.0.1'))\n"
        "s.sendto(b'harmed', MULTICAST)",
    ),
    attack(
        "a letter to everybody",
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1); s.sendto(b'harmed', BROADCAST)",
    ),
    attack(
        "a forged packet",
        "s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)\n"
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\n"
        "s.sendto(struct.pack('!4H', 53, BROADCAST[1], 14, 0) + b'harmed', BROADCAST)",
        needs=ROOT,
    ),
    attack(
        "listening to all packets",
        "s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); s.bind(('lo', 0)); won()",
        needs=ROOT,
    ),
    attack(
        "a route out of this machine",  # connecting a datagram socket looks for one, and sends nothing
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('203.0.113.1', 53)); won()",
        needs=ROUTE,
    ),
    attack(
        "the interfaces of this machine",
        "won() if {name for _, name in socket.if_nameindex()} - {'lo'} else None",
        needs=NETWORK,
    ),
    attack(
        "the ports that are open on this machine",
        "won() if f':{PORT:04X} ' in open('/proc/net/tcp').read() else None",
    ),
    attack(
        "the open ports, by a process",
        "won() if f':{PORT:04X} ' in open(f'/proc/{VICTIM}/net/tcp').read() else None",
    ),
    attack(
        "the names of sockets",
        "won() if ABSTRACT[1:] in open('/proc/net/unix').read() else None",
    ),
    attack(
        "the network of a process",
        "must(libc.setns(os.open(f'/proc/{VICTIM}/ns/net', os.O_RDONLY), 0)); won()",
        needs=ROOT,
    ),
    attack("a socket without a path", "ask(socket.AF_UNIX, ABSTRACT)"),
    attack("the screen of a person", "ask(socket.AF_UNIX, X11)"),
    attack("a socket in /tmp", "ask(socket.AF_UNIX, SOCKET_IN_TMP)"),
    attack("a container daemon in a home", "ask(socket.AF_UNIX, os.path.relpath(SOCKET, HERE))"),
    attack(
        "a socket through a link",
        "os.symlink(os.path.relpath(SOCKET, HERE), 's'); ask(socket.AF_UNIX, 's')",
    ),
    attack(
        "a socket through the working directory of a process",
        "ask(socket.AF_UNIX, f'/proc/{VICTIM}/cwd/.docker/run/docker.sock')",
        needs=TRACING,
    ),
    attack(
        "the machine around this machine",  # nothing is sent to it
        "s = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); s.bind((-1, -1)); won()",
        needs=VIRTUAL_SOCKETS,
    ),
)
