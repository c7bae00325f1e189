"""Runs inside a sandbox, by itself: prints what can be seen and done from there as one JSON object."""

import json
import os
import socket
import sqlite3
import ssl
import sys
from pathlib import Path

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


if __name__ == "__main__":
    own = status()
    json.dump(
        {
            "user": os.getuid(),
            "groups": [group for group in os.getgroups() if group != os.getgid()],
            "capabilities": int(own["CapEff"], 16) | int(own["CapPrm"], 16) | int(own["CapBnd"], 16),
            "no_new_privileges": own["NoNewPrivs"] == "1",
            "interfaces": [name for _, name in socket.if_nameindex()],
            "processes": [int(name.name) for name in Path("/proc").iterdir() if name.name.isdigit()],
            "writable": [place for place in PLACES if can_write(place)],
            "libraries": [ssl.OPENSSL_VERSION, sqlite3.sqlite_version],
        },
        sys.stdout,
    )
