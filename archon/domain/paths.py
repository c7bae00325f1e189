"""Which names a model may give to a file: plain relative paths below the workspace, nothing else."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote

MAX_PATH_BYTES = 1024
MAX_NAME_BYTES = 255
"""What Linux file systems take for one component."""

_DRIVE = re.compile(r"[A-Za-z]:")
_VARIABLE = re.compile(r"\$(?:[A-Z_]+|\{[^}]*\}|\([^)]*\))(?:/|$)|%[A-Z_]+%")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control characters, invisible and direction-changing ones, lone surrogates, line separators."""
_LOOK_ALIKES = frozenset("∕⁄⧸∖⧵∶꞉。")
"""What looks like `/`, `\\`, `:` or `.`, beside what NFKC makes one of them."""
_LIKE_I = str.maketrans("ıі", "ii")
_MAX_DECODINGS = 3


def normalised(path: str) -> str:
    """One spelling per path: without `./` and doubled slashes. Says nothing about safety."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def refusal(path: str) -> str | None:
    """Why a path may not be written, said so that a model can mend it; None when it is safe."""
    reason = _refusal(path)
    spelled = path
    for _ in range(_MAX_DECODINGS):
        decoded = html.unescape(unquote(spelled))
        if reason is not None or decoded == spelled:
            return reason
        reason = "it is written with escapes that spell an unsafe path" if _refusal(decoded) else None
        spelled = decoded
    return reason or "it is escaped several times"


def _refusal(path: str) -> str | None:
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
    parts = next(filter(None, map(_part_refusal, path.split("/"))), None)
    return parts or _odd_refusal(path)


def _odd_refusal(path: str) -> str | None:
    """What is harmless here and something else for a shell, another system or a hasty reader."""
    if _VARIABLE.match(path):
        return "a variable stands for a folder: use a path relative to the workspace"
    if ":" in path:
        return "it has a colon, which starts a drive, a stream or an address elsewhere"
    if any(_is_look_alike(char) for char in path):
        return "it has a character that looks like / \\ : ~ or a dot"
    return None


def _is_look_alike(char: str) -> bool:
    plain = unicodedata.normalize("NFKC", char)
    return char in _LOOK_ALIKES or (not char.isascii() and any(mark in plain for mark in "./\\:~"))


def _part_refusal(part: str) -> str | None:
    if part == ".." or _is_dots(part):
        return "it leaves the workspace by .."
    if part.startswith("~"):
        return "~ stands for a home folder"
    if _is_git(part):
        return "git's own folder may not be written"
    if part not in ("", ".") and (part != part.strip() or part.endswith(".")):
        return "a name in it starts or ends with a blank, or ends with a dot"
    if len(part.encode()) > MAX_NAME_BYTES:
        return f"a name in it is longer than {MAX_NAME_BYTES} bytes"
    return None


def _is_dots(part: str) -> bool:
    """Whether some system takes the name for `..`: dots with blanks, or with a parameter behind."""
    name = part.split(";")[0]
    return part != "." and "." in name and not name.strip(". ")


def _is_git(part: str) -> bool:
    """Also in the spellings that other file systems or eyes take for `.git`: case, accents, 8.3, streams."""
    letters = unicodedata.normalize("NFKD", part).casefold().translate(_LIKE_I)
    bare = "".join(char for char in letters if not unicodedata.combining(char))
    plain = bare.split(":")[0].rstrip(". ").lstrip()
    return plain == ".git" or re.fullmatch(r"git~\d", plain) is not None
