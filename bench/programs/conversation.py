"""What both kinds of loop say, so that they differ in nothing but what carries it."""

from __future__ import annotations

import json
import resource
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from archon.domain.values import JsonObject

SYSTEM = "You repair a program step by step. " * 40
OBJECTIVE = "Make all tests of this project pass."
TOOL_NAME = "run"
TOOL_DESCRIPTION = "Runs a command in the workspace and returns what it prints."
TOOL_PARAMETERS: JsonObject = {
    "type": "object",
    "properties": {"command": {"type": "string"}},
    "required": ["command"],
}


def command_of_turn(turn: int) -> str:
    """A shell command that writes a file and prints about 1 KB, another one in each turn."""
    first = 1000 + 13 * turn
    return f"seq -s ' ' {first} 37 {first + 37 * 190} | tee notes.txt"


@dataclass
class Report:
    """What a loop used, turn by turn; printed as JSON at its end."""

    cpu_s: list[float] = field(default_factory=lambda: [time.process_time()])
    """CPU of the process before the first turn, and after each."""
    children_cpu_s: float = 0.0
    kept_bytes: dict[str, int] = field(default_factory=dict)
    """After how many turns → bytes on disk; the half of them first, then all."""
    peak_mb: float = 0.0

    def begin(self) -> None:
        """What came before this moment is no turn's."""
        self.cpu_s = [time.process_time()]

    def turned(self) -> None:
        self.cpu_s.append(time.process_time())

    def print(self) -> None:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.children_cpu_s = used.ru_utime + used.ru_stime
        self.peak_mb = peak_mb()
        print(json.dumps(asdict(self)))


def peak_mb() -> float:
    """The most memory that this process has held. (`ru_maxrss` would count that of its parent, too.)"""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
