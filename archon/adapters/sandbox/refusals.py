"""What bubblewrap says when it cannot start, and what a person can do about it."""

from __future__ import annotations

from archon.domain.errors import SandboxUnavailable

_CURES = (
    (
        ("No permissions to create", "setting up uid map", "new namespace failed: Operation not permitted"),
        "Allow user namespaces (`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, on older systems "
        "kernel.unprivileged_userns_clone=1), or run Archon as root; a container needs --privileged or "
        "--security-opt seccomp=unconfined.",
    ),
    (
        ("new namespace failed: No space left", "max_user_namespaces"),
        "Raise the number of namespaces: `sysctl -w user.max_user_namespaces=10000`.",
    ),
    (
        ("mount proc",),
        "This container hides parts of /proc: start it with --security-opt systempaths=unconfined "
        "or --privileged.",
    ),
    (
        ("Unknown option",),
        "This bubblewrap is too old: install version 0.5 or newer.",
    ),
)


def refusal(said: bytes) -> SandboxUnavailable:
    """The error for what bubblewrap printed when it could not start a sandbox."""
    text = said.decode("utf-8", "replace").strip()
    line = text.splitlines()[-1] if text else "bubblewrap ended without a word"
    for marks, cure in _CURES:
        if any(mark in text for mark in marks):
            return SandboxUnavailable(f"The sandbox cannot start: {line}.", hint=cure)
    return SandboxUnavailable(f"The sandbox cannot start: {line}.", hint="See `archon doctor`.")
