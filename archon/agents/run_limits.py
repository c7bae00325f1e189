"""What a program may use when it is run, as its authors are told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    seconds: float
    memory_mb: int

    def as_variables(self) -> dict[str, str]:
        """For a prompt's `$seconds` and `$memory_mb`."""
        return {"seconds": f"{self.seconds:g}", "memory_mb": str(self.memory_mb)}
