"""Toolchains that are made in a moment, and the wheels that they are made of."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

from archon.adapters.sandbox.toolchains.values import Run, Toolchain
from archon.domain.execution import Mount


class SmallRecipe:
    """Builds by a given function; its version is the given one."""

    name = "small"
    needed_mb = 1

    def __init__(self, fill: Callable[[Path, Run], None], *, version: str = "small-1") -> None:
        self._fill = fill
        self.version = version

    def build(self, folder: Path, run: Run) -> None:
        self._fill(folder, run)

    def shown(self, folder: Path) -> Toolchain:
        return Toolchain(
            name=self.name,
            mounts=(Mount(source=folder, target="/opt/toolchains/small"),),
            programs=("/opt/toolchains/small/bin",),
            environment={"SMALL": "1"},
        )


def make_wheel(folder: Path, name: str = "greeter", *, says: str = "hello") -> str:
    """Write a wheel with the command `greet`; the line that requires it with its hash."""
    file = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    members = {
        f"{name}/__init__.py": f"def greet():\n    print({says!r})\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\ngreet = {name}:greet\n",
    }
    record = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in members.items()]
    members[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    with zipfile.ZipFile(file, "w") as wheel:
        for path, text in members.items():
            wheel.writestr(path, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
