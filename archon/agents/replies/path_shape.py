"""Tells a file's name from a word."""

from __future__ import annotations

import re

from archon.agents.replies.languages import KNOWN_EXTENSIONS, extension

_BARE_NAMES = {
    "dockerfile",
    "makefile",
    "procfile",
    "license",
    "readme",
    "gemfile",
    "jenkinsfile",
    "justfile",
}
_NOT_FILES = {"node.js", "vue.js", "next.js", "react.js", "express.js", "three.js", "d3.js", "nuxt.js"}
"""Names of libraries that look like names of files."""


def is_bare_name(text: str) -> bool:
    """Whether it is a file's usual name without an extension, such as `Dockerfile`."""
    return text.lower() in _BARE_NAMES


def looks_like_path(text: str, *, known_only: bool = True) -> bool:
    """Whether a text is a file's name rather than a word: by its extension, its folders or a known name."""
    if not text or len(text) > 300 or re.search(r"://|[`*<>|\"]", text) or text.lower() in _NOT_FILES:
        return False
    if " " in text and not re.match(r"\S*/", text):
        return False
    if is_bare_name(text.rsplit("/", 1)[-1]) or re.fullmatch(r"\.[A-Za-z][\w.-]*", text):
        return True
    if text.startswith(("/", "~/", "../", "\\\\")) or re.match(r"[A-Za-z]:[\\/]", text):
        return not text.endswith(("/", "."))
    ending = extension(text.replace("\\", "/"))
    if not re.fullmatch(r"[a-z][a-z0-9_+-]{0,9}", ending):
        return bool(re.match(r"[\w.@-]+(?:/[\w.@-]+)+$", text)) and not text.endswith(".")
    return ending in KNOWN_EXTENSIONS or ("/" in text) or not known_only
