"""Which toolchains sandboxes show, as a person reads it."""

from __future__ import annotations

from archon.bootstrap import toolchains
from archon.settings import Settings


def prepared_names(settings: Settings) -> list[str]:
    """None at all where programs run without a sandbox: there is nothing to show them in."""
    if settings.archon_unsafe_no_sandbox:
        return []
    return [toolchain.name for toolchain in toolchains(settings).prepared()]


def prepared_line(settings: Settings) -> str:
    """What is there, and how to get what is not."""
    if settings.archon_unsafe_no_sandbox:
        return "none: there is no sandbox to show them in"
    known = toolchains(settings)
    there = prepared_names(settings)
    missing = [name for name in known.names if name not in there]
    parts = [f"{' and '.join(there)} prepared"] if there else []
    if missing:
        parts.append(f"{' and '.join(missing)} not prepared (`archon sandbox prepare`)")
    parts.append(f"browser {known.browser or 'missing (`apt install chromium`)'}")
    return "; ".join(parts)
