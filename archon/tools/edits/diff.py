"""Applies a unified diff to a file by what its hunks say, not by what they count: whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from archon.tools.edits.effort import TOO_MUCH, TooMuchEffortError
from archon.tools.edits.elision import if_nothing_goes, lost_text
from archon.tools.edits.escapes import unescaped_lines
from archon.tools.edits.hunk_places import Wanted, locate_hunks
from archon.tools.edits.hunks import FileDiff, Hunk, read_diff
from archon.tools.edits.lines import FileLines, plain_ends, split_file
from archon.tools.edits.locate import ALREADY
from archon.tools.edits.outcome import Applied, Refused, left_out, unchanged


def apply_diff(text: str, diff: str, *, path: str = "") -> Applied | Refused:
    """The text after the hunks that the diff has for the file `path`.

    Prose and fences around the diff, wrong counts and numbers, missing headers and lost markers of context
    lines are bridged; hunks of other files are passed over. A diff of which one hunk has no sure place, or
    that creates, deletes or renames the file, is refused as a whole.
    """
    files = read_diff(unescaped_lines(plain_ends(diff)))
    if not any(one.hunks for one in files) and not any(one.is_renaming or one.is_deletion for one in files):
        return Refused(reason="the diff has no hunk: nothing to apply (empty, no change)")
    chosen = _for_path(files, path)
    if isinstance(chosen, Refused):
        return chosen
    refused = _kind_refusal(chosen, text)
    if refused is not None:
        return refused
    if chosen.is_creation or _is_first_text(chosen, text):
        return _create(text, chosen)
    note = "" if len(files) == 1 else "passed over the hunks of other files"
    try:
        return _apply(split_file(text), [hunk for hunk in chosen.hunks if _changes(hunk)], path, note)
    except TooMuchEffortError:
        return TOO_MUCH


def _for_path(files: list[FileDiff], path: str) -> FileDiff | Refused:
    """The one part of the diff that is about the file."""
    named = [file for file in files if file.paths]
    if not named:
        return _joined(files)
    if not path:
        return _joined(named) if len({tuple(file.paths) for file in named}) == 1 else _several(named)
    own = [file for file in named if any(_is_same(name, path) for name in file.paths)]
    exact = [file for file in own if path in file.paths]
    own = exact or own
    if not own:
        others = ", ".join(sorted({name for file in named for name in file.paths}))
        return Refused(reason=f"the diff is for another file ({others}), not for {path}: does not match")
    return _joined(own) if len({tuple(file.paths) for file in own}) == 1 else _several(own)


def _several(files: list[FileDiff]) -> Refused:
    names = ", ".join(sorted({name for file in files for name in file.paths}))
    return Refused(reason=f"ambiguous: the diff is for several files ({names})")


def _joined(files: list[FileDiff]) -> FileDiff:
    first = files[0]
    hunks = [hunk for file in files for hunk in file.hunks]
    return FileDiff(
        first.old_path,
        first.new_path,
        hunks,
        is_renaming=any(file.is_renaming for file in files),
        is_binary=any(file.is_binary for file in files),
    )


def _is_same(name: str, path: str) -> bool:
    """Whether a name in a header means the file: the same, or one a tail of the other."""
    one, other = (text.removeprefix("./").strip("/") for text in (name, path))
    return one == other or one.endswith("/" + other) or other.endswith("/" + one)


def _kind_refusal(file: FileDiff, text: str) -> Refused | None:
    if file.is_binary:
        return Refused(reason="the diff is binary: it has no hunk to apply")
    if file.is_deletion:
        return Refused(reason="the diff deletes the file: an edit does not do that")
    names = {name.removeprefix("./") for name in file.paths}
    if file.is_renaming or (len(names) > 1 and not _is_same(*file.paths) and not _is_spare_copy(*file.paths)):
        return Refused(
            reason=f"the diff renames the file ({' to '.join(file.paths)}): an edit does not do that"
        )
    if file.is_creation and text.strip():
        added = "\n".join(line for hunk in file.hunks for line in hunk.side("+"))
        if plain_ends(text).strip("\n") == added.strip("\n"):
            return Refused(reason=f"{ALREADY}: the file exists with this content")
        return Refused(reason="the diff creates a file that exists already: it does not match")
    return None


def _is_spare_copy(old: str, new: str) -> bool:
    """Whether one name is the other with an ending such as ".orig" or ".new"."""
    short, long = sorted((old, new), key=len)
    return long.startswith(short + ".") and "/" not in long[len(short) :]


def _is_first_text(file: FileDiff, text: str) -> bool:
    return not text.strip() and not any(line.strip() for hunk in file.hunks for line in hunk.side("-"))


def _create(text: str, file: FileDiff) -> Applied | Refused:
    lines = [line for hunk in file.hunks for line in hunk.side("+")]
    if any(line.sign == "-" for hunk in file.hunks for line in hunk.lines):
        return Refused(reason="the file is empty: the lines that the diff removes were not found")
    before = split_file(text)
    lacks = any(hunk.new_lacks_newline for hunk in file.hunks)
    body = before.end.join(lines) + ("" if lacks or not lines else before.end)
    return Applied(text=before.bom + body) if body.strip() else unchanged("the diff adds no text")


def _changes(hunk: Hunk) -> bool:
    is_changing = any(line.sign != " " for line in hunk.lines) and hunk.side("-") != hunk.side("+")
    return is_changing or hunk.old_lacks_newline != hunk.new_lacks_newline


def _apply(file: FileLines, hunks: list[Hunk], path: str, note: str) -> Applied | Refused:
    if not hunks:
        return unchanged("no hunk of the diff changes a line: nothing to apply")
    found = locate_hunks(file, list(_wanted(hunks)), path=path)
    text = "" if isinstance(found, Refused) else file.edited(found.edits)
    for hunk in hunks:
        lost = lost_text("\n".join(hunk.side("-")), "\n".join(hunk.side("+")), path)
        if lost is not None:
            return left_out(lost, "the diff", if_meant=if_nothing_goes(file.text, text))
    if isinstance(found, Refused):
        return found
    if text == file.text:
        return Refused(reason=f"{ALREADY}: nothing would change")
    return Applied(text=text, note="; ".join(part for part in (note, found.note) if part))


def _wanted(hunks: list[Hunk]) -> Iterator[Wanted]:
    for number, hunk in enumerate(hunks):
        name = f"hunk {number + 1} of {len(hunks)}" if len(hunks) > 1 else "the hunk"
        yield Wanted(name, hunk)
