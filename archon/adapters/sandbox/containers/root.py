"""What a container sees, made of the same layout as in a bubblewrap, so that both show the same programs.

Nothing comes from a registry: the image holds folders and links only, and everything else is mounted from
this machine, read-only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_WORDS = {
    "--bind": 2,
    "--dev": 1,
    "--dir": 1,
    "--perms": 1,
    "--proc": 1,
    "--remount-ro": 1,
    "--ro-bind": 2,
    "--ro-bind-try": 2,
    "--size": 1,
    "--symlink": 2,
    "--tmpfs": 1,
}
"""How many words follow each option of bubblewrap that the layout uses."""
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - inside


@dataclass(slots=True)
class Root:
    folders: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    """Where each leads, by its place."""
    arguments: list[str] = field(default_factory=list)
    """For `run`: mounts, and the sizes of what lives in memory."""
    hidden: list[str] = field(default_factory=list)
    """Files in /proc that nobody inside is to read: no engine mounts anything there."""


def translated(layout: Sequence[str]) -> Root:
    """The root that arguments for bubblewrap describe. Raises: KeyError for an unknown option."""
    root = Root()
    size = ""
    for option, words in _options(layout):
        match option:
            case "--dir":
                root.folders.append(words[0])
            case "--symlink":
                root.links[words[1]] = words[0]
            case "--size":
                size = words[0]
            case "--tmpfs":
                root.arguments += _in_memory(words[0], size)
            case "--ro-bind" if words[1].startswith("/proc/"):
                root.hidden.append(words[1])
            case "--bind" | "--ro-bind" | "--ro-bind-try":
                root.arguments += _mount(option, *words)
    return root


def _options(layout: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    position = 0
    while position < len(layout):
        option = layout[position]
        first, position = position + 1, position + 1 + _WORDS[option]
        yield option, layout[first:position]


def _in_memory(place: str, size: str) -> list[str]:
    if place == _SHARED_MEMORY:
        return ["--shm-size", size]
    return ["--tmpfs", f"{place}:rw,exec,nosuid,nodev,size={size},mode=1777"]


def _mount(option: str, source: str, target: str) -> list[str]:
    if option == "--ro-bind-try" and not Path(source).exists():
        return []
    fields = ["type=bind", f"source={source}", f"target={target}"]
    if option != "--bind":
        fields.append("readonly")
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return ["--mount", line.getvalue()]
