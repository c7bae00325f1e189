"""The installed `archon` command, in a world of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Home:
    """A data directory, an output directory and an environment that nobody else uses."""

    root: Path

    @property
    def output(self) -> Path:
        return self.root / "output"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return kept | {
            "HOME": str(self.root),
            "ARCHON_DATA_DIR": str(self.root / "data"),
            "LOCAL_OUTPUT_DIR": str(self.output),
            "OLLAMA_HOST": "http://127.0.0.1:9",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def archon(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        before: str = "",
        timeout_s: float = 60,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the command; `before` is done first, in a mount namespace that only the command sees."""
        command = [sys.executable, "-m", "archon", *arguments]
        if before:
            command = ["unshare", "-m", "sh", "-c", f'{before} && exec "$@"', "sh", *command]
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment | dict(env or {}),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=timeout_s,
        )

    async def archon_async(
        self, *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """The same, while this process goes on to serve."""
        return await asyncio.to_thread(self.archon, *arguments, env=env)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)
