"""A process of the host that attacks go for."""

from __future__ import annotations

import os
import resource
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = """
import ctypes, os, sys
token = os.environ["SECRET"].encode()
buffer = ctypes.create_string_buffer(token)
file = os.open("canary", os.O_RDWR)
memory = os.memfd_create("canary")
os.write(memory, token)
print(ctypes.addressof(buffer), file, memory, flush=True)
for line in sys.stdin:
    print("here", flush=True)
"""


@dataclass(frozen=True)
class Victim:
    process: subprocess.Popen[bytes]
    address: int
    """Where the secret lies in its memory."""
    file: int
    """Its descriptor of the canary."""
    memory_file: int
    token: str

    @property
    def known(self) -> Mapping[str, object]:
        return {
            "VICTIM": self.process.pid,
            "ADDRESS": self.address,
            "FILE": self.file,
            "MEMORY_FILE": self.memory_file,
        }

    def answers(self) -> bool:
        """Whether it lives and runs: what was sent to it before has had its effect when it answers."""
        assert self.process.stdin and self.process.stdout
        try:
            os.write(self.process.stdin.fileno(), b"\n")
        except BrokenPipeError:
            return False
        while True:
            if select.select([self.process.stdout], [], [], 0.02)[0]:
                return os.read(self.process.stdout.fileno(), 99) != b""
            if self._status("State")[:1] in {"T", "t", "Z", ""}:
                return False

    def state(self) -> object:
        """Everything about it that another process can change."""
        pid = self.process.pid
        if self.process.poll() is not None:
            return None
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            memory.seek(self.address)
            remembered = memory.read(len(self.token))
        return (
            remembered,
            os.getpriority(os.PRIO_PROCESS, pid),
            os.sched_getaffinity(pid),
            os.sched_getscheduler(pid),
            resource.prlimit(pid, resource.RLIMIT_NOFILE),
            Path(f"/proc/{pid}/oom_score_adj").read_text(),
        )

    def _status(self, name: str) -> str:
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return next((line.split()[1] for line in lines if line.startswith(f"{name}:")), "")


@contextmanager
def victim(home: Path, token: str) -> Iterator[Victim]:
    argv = [sys.executable, "-c", _PROGRAM, token]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        argv, stdin=pipe, stdout=pipe, env={"SECRET": token}, cwd=home, start_new_session=True
    ) as process:
        assert process.stdout
        try:
            address, file, memory_file = map(int, process.stdout.readline().split())
            yield Victim(process, address, file, memory_file, token)
        finally:
            process.kill()
