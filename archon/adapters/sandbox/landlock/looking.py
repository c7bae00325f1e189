"""Runs inside a sandbox, by itself: tries what must not work there, and prints what did as one JSON object.

    python looking.py FOLDER PROCESS

The folder is the caller's own, with a file `canary` in it; so is the process.
"""

import ctypes
import json
import os
import socket
import sqlite3
import ssl
import struct
import sys
from collections.abc import Callable
from pathlib import Path

GET_NO_NEW_PRIVILEGES, GET_SECCOMP = 39, 21
CAPABILITIES_VERSION = 0x20080522
LIBRARY = ctypes.CDLL(None, use_errno=True)


def works(act: Callable[[], object]) -> bool:
    try:
        act()
    except OSError:
        return False
    return True


def called(name: str, *arguments: object) -> int:
    result: int = getattr(LIBRARY, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def put(file: Path) -> None:
    file.write_text("")
    file.unlink()


def capabilities() -> int:
    found = ctypes.create_string_buffer(24)
    called("capget", struct.pack("=Ii", CAPABILITIES_VERSION, 0), found)
    return sum(struct.unpack("=6I", found.raw))


def attempts(folder: Path, process: int) -> dict[str, Callable[[], object]]:
    canary = folder / "canary"
    return {
        "read a file of the host": canary.read_bytes,
        "list a folder of the host": lambda: os.listdir(folder),  # noqa: PTH208
        "write to a file of the host": lambda: canary.write_text("harmed"),
        "empty a file of the host": lambda: os.truncate(canary, 0),
        "make a file of the host": lambda: (folder / "made").write_text(""),
        "remove a file of the host": canary.unlink,
        "change the mode of a file of the host": lambda: canary.chmod(0o777),
        "change the times of a file of the host": lambda: os.utime(canary),
        "write to /tmp": lambda: put(Path("/tmp/.archon-probe")),  # noqa: S108
        "read the list of processes": lambda: os.listdir("/proc"),  # noqa: PTH208
        "read about a process of the host": lambda: Path(f"/proc/{process}/stat").read_bytes(),
        "signal a process of the host": lambda: os.kill(process, 0),
        "signal its own agent": lambda: os.kill(os.getppid(), 0),
        "slow a process of the host down": lambda: os.setpriority(os.PRIO_PROCESS, process, 1),
        "open a socket of the internet": socket.socket,
        "open a socket of the machine": lambda: socket.socket(socket.AF_UNIX),
        "make shared memory": lambda: called("shmget", 0, 4096, 0o600 | 0o1000),
    }


if __name__ == "__main__":
    tries = attempts(Path(sys.argv[1]), int(sys.argv[2]))
    own = Path("own")
    needed = {
        "write to its workspace": lambda: own.write_text(""),
        "change the mode of its own file": lambda: own.chmod(0o700),
        "remove its own file": own.unlink,
        "write to its private folder": lambda: put(Path.home() / "own"),
    }
    json.dump(
        {
            "user": os.getuid(),
            "is_without_privileges": LIBRARY.prctl(GET_NO_NEW_PRIVILEGES, 0, 0, 0, 0) == 1
            and capabilities() == 0,
            "is_filtered": LIBRARY.prctl(GET_SECCOMP, 0, 0, 0, 0) == 2,
            "done": [name for name, act in tries.items() if works(act)],
            "missed": [name for name, act in needed.items() if not works(act)],
            "libraries": [ssl.OPENSSL_VERSION, sqlite3.sqlite_version],
        },
        sys.stdout,
    )
