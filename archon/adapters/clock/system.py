"""The machine's own time and randomness."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def new_id(self) -> str:
        """A ULID: 48 bits of milliseconds and 80 random ones in Crockford's base 32.

        Source: https://github.com/ulid/spec
        """
        number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
        return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
