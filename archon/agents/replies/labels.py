"""Reads a line that is nothing but a file's name, perhaps marked up and with a remark behind it."""

from __future__ import annotations

import re

from archon.agents.replies.claims import Claim
from archon.agents.replies.languages import fits
from archon.agents.replies.path_shape import looks_like_path
from archon.agents.replies.wording import only_talks, speaks_of_part

LABEL_WORD = re.compile(
    r"(?:(?:new|updated|full|complete|final|modified) )?(?:file ?name|file ?path|file|path|name|datei"
    r"|dateiname|fichier|archivo|ficheiro|bestand|файл|文件|文件名|ファイル|ファイル名|파일)"  # noqa: RUF001
    r"(?: \d{1,3})?\s*[:：]\s*(.+)",  # noqa: RUF001
    re.IGNORECASE,
)
_MAX_LINE = 400
_HTML = re.compile(r"</?(?:b|strong|code|summary|details|em|i|p|h[1-6]|file|filename|path)>", re.IGNORECASE)
_TAG = re.compile(
    r"""<(?:file|code|artifact|document)\s[^<>]{0,100}?\b(?:name|path|filename)\s*=\s*["']([^"'<>]+)["'][^<>]{0,100}>""",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:#{1,6}\s+|>\s+|[-*+]\s+|(?:step\s+)?\d{1,3}[.):]\s+|[=─—-]{2,}>?\s+|//\s+|/\*+\s+|<!--\s*|;\s+"
    r"|[\U0001F4C1-\U0001F4DD\U0001F5C2-\U0001F5D2]\ufe0f?\s*)+",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"\s*(?:<?[=─—-]{2,}>?|\*/|-->)$")
_AROUND = re.compile(r"\(([^()]+)\):?|\*([^*]+)\*:?|__([^_].*\.\w+)__:?|\[([^\[\]]+)\]:?")
_MARKED = re.compile(r"(?:\*\*|`|\[|\")+(?P<name>[^`*\"\]]+?):?(?:\*\*|`|\]|\")+:?\s*(?P<rest>.*)")
_ORDER = re.compile(r"^(?:(?:step )?\d{1,3}[.):]\s*|(?:create|write|new file|file)\s+)+", re.IGNORECASE)
_REMARK = re.compile(r"(?P<name>\S+)\s+(?P<rest>\(.*|[-–—:]\s.*)")


def read_label(line: str, language: str) -> Claim | None:
    """The claim of a label above a block of that language; None when the line says anything else."""
    if len(line) > _MAX_LINE:
        return None
    if tag := _TAG.fullmatch(line.strip()):
        return Claim(tag[1].strip(), "label")
    plain = _TRAILING.sub("", _LEADING.sub("", _HTML.sub("", line).strip()).strip())
    if around := _AROUND.fullmatch(plain):
        plain = next(text for text in around.groups() if text is not None)
    if word := LABEL_WORD.fullmatch(plain.replace("**", "").strip("`*")):
        return _labelled(word[1])
    if marked := _MARKED.match(plain):
        return _label(marked["name"], marked["rest"], language)
    if remarked := _REMARK.fullmatch(plain):
        return _label(unmarked(remarked["name"]), remarked["rest"], language)
    return _label(unmarked(plain), "", language)


def unmarked(text: str) -> str:
    """A name without quotes, asterisks and the colon behind it."""
    return text.strip(" \t`*\"'").rstrip(":：").strip(" \t`*\"'")


def _label(name: str, remark: str, language: str) -> Claim | None:
    named = _ORDER.sub("", name.strip())
    is_remark = not remark or remark.startswith(("(", "[", "–", "—", ":", "-"))
    if not looks_like_path(named) or not is_remark or only_talks(remark):
        return None
    if not fits(language, named) and not named.startswith(("~", "/", "..")):
        return None
    return Claim(without_at(named), "label", is_part=speaks_of_part(remark))


def without_at(name: str) -> str:
    """`@main.py` mentions main.py, `@scope/main.py` is a path."""
    return name if "/" in name else name.removeprefix("@")


def _labelled(text: str) -> Claim | None:
    """What a `File:` label names, without a remark behind it; words that cannot be a path are none."""
    name, remark, _ = re.split(r"(\s+(?:\(|[-–—] ).*|$)", text, maxsplit=1)
    chosen = unmarked(name if looks_like_path(unmarked(name)) else name + remark)
    if re.fullmatch(r"[A-Za-z]:", text.strip()):
        chosen = text.strip()
    is_prose = " " in chosen and "/" not in chosen and not looks_like_path(chosen.replace(" ", "_"))
    return None if is_prose or not chosen else Claim(without_at(chosen), "label")
