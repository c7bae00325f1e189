"""Which names a model may give to a file: plain relative paths below the workspace, nothing else."""

from __future__ import annotations

import re
import unicodedata

MAX_PATH_BYTES = 1024
MAX_NAME_BYTES = 255
"""What Linux file systems take for one component."""

_DRIVE = re.compile(r"[A-Za-z]:")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control characters, invisible and direction-changing ones, lone surrogates, line separators."""


def normalised(path: str) -> str:
    """One spelling per path: without `./` and doubled slashes. Says nothing about safety."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def refusal(path: str) -> str | None:
    """Why a path may not be written, said so that a model can mend it; None when it is safe."""
    if any(unicodedata.category(char) in _HIDDEN_CATEGORIES for char in path):
        return "it has control or invisible characters"
    if path.startswith("/"):
        return "it is absolute: use a path relative to the workspace"
    if _DRIVE.match(path):
        return "it names a drive: use a path relative to the workspace"
    if "\\" in path:
        return "it has a backslash: separate folders with /"
    if path.endswith("/") or not normalised(path).strip():
        return "it names no file"
    if len(path.encode()) > MAX_PATH_BYTES:
        return f"it is longer than {MAX_PATH_BYTES} bytes"
    return next(filter(None, map(_part_refusal, path.split("/"))), None)


def _part_refusal(part: str) -> str | None:
    if part == "..":
        return "it leaves the workspace by .."
    if part.startswith("~"):
        return "~ stands for a home folder"
    if _is_git(part):
        return "git's own folder may not be written"
    if len(part.encode()) > MAX_NAME_BYTES:
        return f"a name in it is longer than {MAX_NAME_BYTES} bytes"
    return None


def _is_git(part: str) -> bool:
    """Also in the spellings that other file systems take for `.git`: case, trailing dots, 8.3, streams."""
    plain = unicodedata.normalize("NFKC", part).casefold().split(":")[0].rstrip(". ")
    return plain in (".git", "git~1")
