"""What it takes for an attack to work where nothing protects from it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.security.battery.tellers import has_ipv6

TRACING = "leave to look into other processes of this user"
ROOT = "the rights of root"
NETWORK = "an interface beside the loopback"
ROUTE = "a route out of this machine"
TYPING = "a kernel that lets programs type into terminals"
IPV6 = "IPv6 on the loopback device"
GIT = "git"
PS = "ps"
KEYRINGS = "a kernel that keeps keys"
VIRTUAL_SOCKETS = "a kernel that speaks to the machine around it"
HANDLES = "the rights of root and a file system whose files have handles"


def _setting(path: str, default: str) -> str:
    file = Path("/proc/sys") / path
    return file.read_text().strip() if file.exists() else default


def _is_root() -> bool:
    return os.geteuid() == 0


def _has_virtual_sockets() -> bool:
    try:
        socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True


CONDITIONS: Mapping[str, Callable[[], bool]] = {
    ROOT: _is_root,
    HANDLES: _is_root,
    IPV6: has_ipv6,
    GIT: lambda: shutil.which("git") is not None,
    PS: lambda: shutil.which("ps") is not None,
    KEYRINGS: lambda: Path("/proc/keys").exists(),
    VIRTUAL_SOCKETS: _has_virtual_sockets,
    TRACING: lambda: _is_root() or _setting("kernel/yama/ptrace_scope", "0") == "0",
    NETWORK: lambda: len(Path("/proc/net/dev").read_text().splitlines()) > 3,
    ROUTE: lambda: len(Path("/proc/net/route").read_text().splitlines()) > 1,
    TYPING: lambda: _is_root() and _setting("dev/tty/legacy_tiocsti", "1") == "1",
}


def must_have(condition: str) -> None:
    """Skip the test where this machine does not have what it takes."""
    if condition and not CONDITIONS[condition]():
        pytest.skip(f"it takes {condition}")
