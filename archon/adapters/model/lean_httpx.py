"""httpx without its own command line, which would import rich and click: 45 ms of CPU and 6 MB."""

from __future__ import annotations

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

import httpx  # noqa: E402

__all__ = ["httpx"]
