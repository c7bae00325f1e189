"""`archon serve` as a process: how it ends, and how it fails to begin."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from archon.api.server import listen


@contextmanager
def start(folder: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[str]]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    desk = f"manual/{folder}/desk"
    environment = kept | {
        "HOME": str(folder),
        "ARCHON_DATA_DIR": str(folder / "data"),
        "LOCAL_OUTPUT_DIR": str(folder / "output"),
        "OLLAMA_HOST": "http://127.0.0.1:9",
        "MODEL_PLANNER": desk,
        "MODEL_CODER": desk,
        "MODEL_FIXER": desk,
    }
    command = [sys.executable, "-m", "archon", "serve", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=folder, env=environment | settings, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            yield server
        finally:
            server.kill()


def read_until(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    assert any(words in line for line in process.stderr), f"the server ended without saying {words!r}"


@pytest.fixture
def port() -> Iterator[int]:
    """A port that was free a moment ago."""
    with listen("127.0.0.1", 0) as listening:
        free: int = listening.getsockname()[1]
    yield free


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_pauses_what_runs_and_the_next_server_goes_on(
    tmp_path: Path, port: int, sent: signal.Signals
) -> None:
    address = f"http://127.0.0.1:{port}"
    with start(tmp_path, port) as server:
        read_until(server, "Started server process")
        request = {"task_description": "Add", "use_sandbox": False}
        task_id = httpx.post(f"{address}/tasks", json=request, trust_env=False).json()["task_id"]
        with httpx.stream("GET", f"{address}/tasks/{task_id}/events", trust_env=False, timeout=30) as stream:
            lines = stream.iter_lines()
            assert any('"effect": "model"' in line for line in lines)
            server.send_signal(sent)
            assert not any("event: finished" in line for line in lines)
        assert server.wait(timeout=30) == 0

    with start(tmp_path, port) as server:
        read_until(server, "Started server process")
        url = f"{address}/tasks/{task_id}/events"
        with httpx.stream("GET", url, trust_env=False, timeout=30) as stream:
            assert any("event: resume_requested" in line for line in stream.iter_lines())
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as listening, start(tmp_path, listening.getsockname()[1]) as server:
        _, errors = server.communicate(timeout=30)
    assert server.returncode == 4
    assert len(errors.splitlines()) == 1
    assert "Address already in use" in errors


def test_a_data_directory_that_cannot_be_made_is_told_without_a_traceback(tmp_path: Path, port: int) -> None:
    (tmp_path / "file").write_text("")
    with start(tmp_path, port, ARCHON_DATA_DIR=str(tmp_path / "file/data")) as server:
        _, errors = server.communicate(timeout=30)
    assert server.returncode == 4
    assert "Traceback" not in errors
    assert "Set ARCHON_DATA_DIR" in errors


def test_the_log_says_when_a_task_starts_and_how_it_ends(tmp_path: Path, port: int) -> None:
    (tmp_path / "empty.json").write_text("[]")
    scripted = {f"MODEL_{role}": "scripted/empty.json" for role in ("PLANNER", "CODER", "FIXER")}
    with start(tmp_path, port, **scripted) as server:
        assert server.stderr is not None
        before = []
        for line in server.stderr:
            before.append(line)
            if "Started server process" in line:
                break
        assert not any("alembic" in line for line in before)
        request = {"task_description": "Add", "use_sandbox": False}
        url = f"http://127.0.0.1:{port}/tasks"
        task_id = httpx.post(url, json=request, trust_env=False).json()["task_id"]
        read_until(server, f"task started task={task_id}")
        read_until(server, f"task ended task={task_id} status=paused reason=configuration")
        server.send_signal(signal.SIGHUP)
        assert server.wait(timeout=30) == 0
