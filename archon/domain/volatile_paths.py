"""Absolute paths in a message, by the names that stay the same in every run."""

from __future__ import annotations

import re

_NAME = r"[\w.@+~%-]"
_PATH = re.compile(rf"(?<![\w.:/<-])/(?:{_NAME}+/)*{_NAME}+")
_TEMPORARY_ROOT = re.compile(r"^/(?:private/)?(?:var/)?tmp(?=/)|^/(?:private/)?var/folders/[^/]+(?=/)")
_HOME = re.compile(r"^/(?:root|(?:home|Users)/[^/]+)(?=/)")
_RANDOM_NAME = re.compile(
    r"tmp\w{6,}|tmp\.\w{6,}|[0-9a-f]{8,}|\d{4,}|pytest-\d+|pytest-of-.+|.*\d{5,}.*|\d{4}-\d\d-\d\dT.*|cc\w{6}\.\w"
    r"|[\w.-]*[-_.](?=[a-z_]*\d)[a-z0-9_]{8}|[\w.-]*-(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{6}"
)
_MAX_NAMES = 2
"""How many names of a path elsewhere tell it from another."""


def steady_paths(text: str, root: str, spelled: str) -> str:
    """Paths below `root` become relative to it; of others the last names stay.

    A path that the source code spells out stays whole.
    """
    base = root.rstrip("/")
    if base:
        text = re.sub(rf"{re.escape(base)}(?![\w.-])", ".", text.replace(f"{base}/", ""))
    beside = base.rpartition("/")[0] + "/"

    def shown(path: re.Match[str]) -> str:
        return path[0] if path[0] in spelled else _last_names(path[0], beside)

    return _PATH.sub(shown, text)


def _last_names(path: str, beside: str) -> str:
    start = 0
    if temporary := _TEMPORARY_ROOT.match(path):
        start = 1
        path = path[temporary.end() :]
    elif home := _HOME.match(path):
        path = path[home.end() :]
    elif beside != "/" and path.startswith(beside):
        path = path[len(beside) - 1 :]
    *folders, name = path[1:].split("/")
    if _RANDOM_NAME.fullmatch(name):
        return "<path>"
    random = [index for index, folder in enumerate(folders) if _RANDOM_NAME.fullmatch(folder)]
    start = max(start, random[-1] + 1 if random else 0)
    return "/".join(("<path>", *[*folders[start:], name][-_MAX_NAMES:]))
