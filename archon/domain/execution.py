"""Commands that run in a sandbox, what bounds them and what came of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from archon.domain.egress import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """What one sandbox may use at most, all its processes together."""

    memory_mb: int = 1024
    pids: int = 128
    disk_mb: int = 1024
    """How much the workspace may grow, and the size of the private /tmp."""
    files: int = 200_000
    """How many files and folders the workspace may come to hold."""
    open_files: int = 1024
    cpu_s: int = 3600
    """CPU seconds of each single process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder of the host shown read-only inside."""

    source: Path
    target: str
    """Absolute path inside the sandbox, such as `/checks`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSpec:
    workspace: Path
    """The folder of the host that is `/workspace` inside, the one place that keeps what is written."""
    read_only: bool = False
    """Whether even the workspace may not be written to."""
    mounts: tuple[Mount, ...] = ()
    hidden: tuple[str, ...] = ()
    """Names at the top of the workspace that are empty inside, and cannot be made there."""
    hands_back: bool = False
    """Whether at the close everything in the workspace is to belong again to whom the folder belonged."""
    limits: SandboxLimits = SandboxLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    argv: tuple[str, ...]
    stdin: bytes = b""
    timeout_s: float = 60.0
    """Wall-clock seconds, after which everything the command started is killed."""
    env: dict[str, str] = field(default_factory=dict)
    cwd: str = "/workspace"
    max_output_bytes: int = 1_000_000
    """How much of stdout, and as much of stderr, is kept; the rest is read and dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecResult:
    """What the world answered to a command: a failing exit code is an answer, not an error."""

    exit_code: int
    """As a shell would say it: 128 + n for signal n, 124 for a time-out, 127 when not found."""
    stdout: bytes
    stderr: bytes
    stdout_truncated: bool = False
    stderr_truncated: bool = False
    timed_out: bool = False
    out_of_memory: bool = False
    out_of_disk: bool = False
    """Whether it was ended because its workspace had grown too large."""
    refusals: tuple[Refusal, ...] = ()
    """What it tried to reach on the network in vain, as far as that was seen."""
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantees:
    """What isolation a sandbox really has on this machine: recorded with every run."""

    provider: str
    isolated: bool
    """False only for the explicit override that runs code bare."""
    filesystem: str
    network: str
    processes: str
    user: str
    kernel: str
    """How much of the kernel it can speak to."""
    limits: str
    warnings: tuple[str, ...] = ()
