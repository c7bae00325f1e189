"""Runs inside a sandbox, by itself: prints what can be seen and done from there as one JSON object."""

import ctypes
import json
import os
import socket
import sqlite3
import ssl
import sys
from pathlib import Path

NEW_USER_NAMESPACE = 0x10000000
SYSTEM_CALLS = (
    {"unshare": 272, "io_uring_setup": 425, "keyctl": 250}
    if os.uname().machine == "x86_64"
    else {"unshare": 97, "io_uring_setup": 425, "keyctl": 219}
)
"""Some that escapes start with, as far as trying them does no harm."""
PLACES = ("/", "/etc", "/usr", "/workspace", "/tmp")  # noqa: S108


def can_write(folder: str) -> bool:
    try:
        file = Path(folder) / ".archon-probe"
        file.write_text("")
        file.unlink()
    except OSError:
        return False
    return True


def status() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def reached() -> list[str]:
    """Parts of the kernel that can be spoken to and need not be."""
    call = ctypes.CDLL(None).syscall
    open_calls = {
        "user namespaces": call(SYSTEM_CALLS["unshare"], NEW_USER_NAMESPACE) == 0,
        "io_uring": call(SYSTEM_CALLS["io_uring_setup"], 1, ctypes.create_string_buffer(120)) >= 0,
        "keyrings": call(SYSTEM_CALLS["keyctl"], 0, -3, 0) >= 0,
    }
    return [name for name, is_open in open_calls.items() if is_open] + [
        name for name in ("AF_ALG", "AF_PACKET", "AF_VSOCK") if can_make(getattr(socket, name))
    ]


def can_make(family: int) -> bool:
    try:
        socket.socket(family, socket.SOCK_SEQPACKET if family == socket.AF_ALG else socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    own = status()
    json.dump(
        {
            "user": os.getuid(),
            "groups": [group for group in os.getgroups() if group != os.getgid()],
            "capabilities": int(own["CapEff"], 16) | int(own["CapPrm"], 16) | int(own["CapBnd"], 16),
            "no_new_privileges": own["NoNewPrivs"] == "1",
            "is_filtered": own["Seccomp"] == "2",
            "reached": reached(),
            "descriptors": [int(each.name) for each in Path("/proc/self/fd").iterdir()][:-1],
            "host": os.uname().nodename,
            "interfaces": [name for _, name in socket.if_nameindex()],
            "processes": [int(name.name) for name in Path("/proc").iterdir() if name.name.isdigit()],
            "writable": [place for place in PLACES if can_write(place)],
            "libraries": [ssl.OPENSSL_VERSION, sqlite3.sqlite_version],
        },
        sys.stdout,
    )
