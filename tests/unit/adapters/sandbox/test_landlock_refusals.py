"""Why a sandbox without namespaces did not start is told in words, with what to do."""

from __future__ import annotations

import pytest

from archon.adapters.sandbox.landlock.confinement import refusal
from archon.adapters.sandbox.landlock.guard import UNREACHABLE


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        (f"{UNREACHABLE} /root/x\n", f"{UNREACHABLE} /root/x", "chmod 711"),
        ("setpriv: failed to execute /root/python: Permission denied\n", "failed to execute", "chmod 711"),
        ("one\nno filter of system calls can be set\n", "start: no filter of system calls", "archon doctor"),
        ("", "without a word", "archon doctor"),
    ],
)
def test_the_last_line_is_told(said: str, message: str, hint: str) -> None:
    error = refusal(said.encode())
    assert message in error.message
    assert hint in error.hint
