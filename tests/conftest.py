"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# How long one example takes says more about the machine's other work than about the code.
settings.register_profile("archon", deadline=None)
settings.load_profile("archon")
