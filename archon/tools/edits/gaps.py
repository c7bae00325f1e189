"""Requests whose old and new text leave the same middle out: the file's own lines stay there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archon.domain.placeholders import STUBS
from archon.tools.edits.drift import Level
from archon.tools.edits.elision import stretches_of
from archon.tools.edits.lines import FileLines, indent_of, is_blank
from archon.tools.edits.locate import ALREADY, Located, Picker, is_repeating, usable_levels
from archon.tools.edits.merge import Part, fits, merge_parts
from archon.tools.edits.outcome import Refused, ambiguous
from archon.tools.edits.places import Place, places_of

_MOST_CHAINS = 50
_STEPS = 10
"""What looking at a line costs, in steps of the inner loops of a comparison."""

_UNPAIRED = Refused(
    reason="old was not found as it stands: a placeholder in it leaves text out that new does "
    "not keep in the same way, and text that is not quoted is not deleted",
    hint="Write out every line, or put the same placeholder into the old and the new text.",
)

_SHIFTED = Refused(
    reason="the placeholder of new is indented otherwise than that of old: how the lines that it stands for "
    "are to be indented cannot be told",
    hint="Write out every line whose indentation changes.",
)


def locate_elided(
    file: FileLines, old: list[str], new: list[str], *, path: str, choose: Picker
) -> Located | Refused | None:
    """The edits of the stretches around the middle that both texts leave out. None: nothing is left out."""
    elided, kept = stretches_of(old, path), stretches_of(new, path)
    olds, news = elided.stretches, kept.stretches
    if len(olds) == 1 or _has_own_dots(file, old, path):
        return None
    if len(olds) != len(news):
        return _UNPAIRED
    if elided.widths != kept.widths:
        return _SHIFTED
    pairs = [(list(gone), list(come)) for gone, come in zip(olds, news, strict=True)]
    if any(_is_empty(gone) and not _is_empty(come) for gone, come in pairs):
        return _UNPAIRED
    pairs = [(gone, come) for gone, come in pairs if not _is_empty(gone)]
    if not pairs:
        return None
    return _at_one_chain(file, pairs, choose)


def _has_own_dots(file: FileLines, old: list[str], path: str) -> bool:
    """Whether dots of the old text may be code, as the file has such lines itself."""
    dots = {line.strip() for line in old} & {"..."}
    return bool(dots) and path.lower().endswith(STUBS) and any(line.strip() in dots for line in file.contents)


def _is_empty(lines: Sequence[str]) -> bool:
    return all(is_blank(line) for line in lines)


def _at_one_chain(
    file: FileLines, pairs: list[tuple[list[str], list[str]]], choose: Picker
) -> Located | Refused | None:
    all_old, all_new = ([line for pair in pairs for line in pair[side]] for side in (0, 1))
    for level in usable_levels(file, all_old, all_new):
        chains = [chain for chain in _chains(file, pairs, level) if _fits(file, chain, all_old, level)]
        if not chains:
            continue
        chosen = choose([_joined(chain) for chain in chains])
        if isinstance(chosen, Refused):
            return ambiguous([chain[0].start for chain in chains])
        chain = next(chain for chain in chains if _joined(chain) == chosen)
        parts = [Part(place, *pair) for place, pair in zip(chain, pairs, strict=True)]
        edits = merge_parts(file, parts, level)
        if edits is None:
            return Refused(reason="the text is found, but how new lines are indented there cannot be told")
        if any(is_repeating(file, edit) for edit in edits):
            return Refused(reason=f"{ALREADY} (line {chain[0].start + 1})")
        return Located(edits=tuple(edits), note="kept the middle that the placeholder stands for")
    return None


def _joined(chain: Sequence[Place]) -> Place:
    return Place(tuple(partner for place in chain for partner in place.partners))


def _fits(file: FileLines, chain: Sequence[Place], old: list[str], level: Level) -> bool:
    return fits(file, _joined(chain), old, level)


def _chains(
    file: FileLines, pairs: list[tuple[list[str], list[str]]], level: Level
) -> list[tuple[Place, ...]]:
    """All ways to find the stretches in their order inside one block, the narrower reading of that first."""
    places = [places_of(file, old, level) for old, _ in pairs]
    for is_strict in (True, False):
        found: list[tuple[Place, ...]] = []
        for chain in _extended(file, (), places, is_strict=is_strict):
            found.append(chain)
            if len(found) >= _MOST_CHAINS:
                break
        if found:
            return found
    return []


def _extended(
    file: FileLines, chain: tuple[Place, ...], places: list[list[Place]], *, is_strict: bool
) -> Iterator[tuple[Place, ...]]:
    if len(chain) == len(places):
        yield chain
        return
    for place in places[len(chain)]:
        if not chain or _is_inside(file, chain[-1], place, is_strict=is_strict):
            yield from _extended(file, (*chain, place), places, is_strict=is_strict)


def _is_inside(file: FileLines, before: Place, after: Place, *, is_strict: bool) -> bool:
    """Whether the lines between belong to the block that the two stretches stand in."""
    file.effort.spend(_STEPS)
    if after.start < before.stop:
        return False
    file.effort.spend(_STEPS * (len(before.partners) + len(after.partners)))
    outer, inner = _depth(file, before), _depth(file, after)
    least = min(outer, inner)
    if not is_strict and inner > outer:
        return False
    for row in range(before.stop, after.start):
        content = file.contents[row]
        depth = _width(content)
        file.effort.spend(_STEPS)
        if not is_blank(content) and (depth <= least if is_strict else depth < least):
            return False
    return True


def _depth(file: FileLines, place: Place) -> int:
    return min(_width(file.contents[row]) for row in place.lines if not is_blank(file.contents[row]))


def _width(line: str) -> int:
    return len(indent_of(line).expandtabs(4))
