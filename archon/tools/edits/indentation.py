"""How the request's indentation stands to the file's: one rule for all lines, or none at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from archon.tools.edits.indent_rules import Rule, rule_of, step_rule
from archon.tools.edits.indent_style import Pair, style_after_bare, style_of
from archon.tools.edits.lines import indent_of, is_blank


def reindent(pairs: Sequence[Pair], new: Sequence[str], *, file_unit: int | None) -> Rule | None:
    """The rule that brings the indentation of the lines `new` into the file.

    `new` may be written in the request's way or, already, in the file's. None: the lines of `pairs` are
    nested in another way in the file, or the rule cannot be told from them.
    """
    rule = _by_one_rule(pairs, new, file_unit)
    bare = _first_bare(pairs, new, file_unit)
    if rule is None or bare is None:
        return rule or bare
    indents = {indent_of(line) for line in new if not is_blank(line)}
    return rule if all(rule(indent) == bare(indent) for indent in indents) else None


def _by_one_rule(pairs: Sequence[Pair], new: Sequence[str], file_unit: int | None) -> Rule | None:
    known = _mapping(pairs)
    if known is None:
        return None
    if all(old == held for old, held in known.items()):
        return _same
    indents = [indent_of(line) for line in new if not is_blank(line)]
    if len(pairs) == 1 and pairs[0].indents[0] == "" and new and not indent_of(new[0]):
        style = style_after_bare(pairs[0], new, unit=file_unit)
        if style == "file":
            return _first_alone(pairs[0].indents[1])
    else:
        style = style_of(pairs, new)
    if style == "file":
        return _same if rule_of(known, (), file_unit) else None
    rule = rule_of(known, indents, file_unit)
    if rule is None or style is None or any(rule(indent) is None for indent in indents):
        return None
    return rule


def _same(indent: str) -> str:
    return indent


def _first_alone(first_indent: str) -> Rule:
    """Only the first line has lost its indentation, so that it alone has none."""
    return lambda indent: indent or first_indent


def _mapping(pairs: Iterable[Pair]) -> dict[str, str] | None:
    """Old to held, where no two of either fall together: else the nesting differs."""
    known: dict[str, str] = {}
    for pair in pairs:
        old, held = pair.indents
        if known.setdefault(old, held) != held:
            return None
    return known if len(set(known.values())) == len(known) else None


def _first_bare(pairs: Sequence[Pair], new: Sequence[str], file_unit: int | None) -> Rule | None:
    """The rule where several lines were copied from the first word on, and the others are as in the file."""
    if len(pairs) < 2 or indent_of(pairs[0].old) or not indent_of(pairs[0].held):
        return None
    if new and (indent_of(new[0]) or any(line and not indent_of(line) for line in new[1:])):
        return None
    rest = _by_one_rule(pairs[1:], new[1:], file_unit)
    has_own_rest = all(pair.indents[0] == pair.indents[1] for pair in pairs[1:])
    has_other_sign = any(set(pair.indents[0]) != set(pair.indents[1]) for pair in pairs[1:])
    if rest is None or not (has_own_rest or has_other_sign):
        return None
    first = indent_of(pairs[0].held)
    return lambda indent: rest(indent) if indent else first


def own_signs_rule(
    file: Sequence[str], old: Sequence[str], new: Sequence[str], *, file_unit: int | None
) -> Callable[[str], str]:
    """Tabs for blanks, or blanks for tabs, in new lines alone, where all of the file has the other sign.

    Blanks are taken for tabs only where a line above opens a block: in a Makefile both may be meant.
    """
    there = set(old)
    first = next((at for at, line in enumerate(new) if indent_of(line) and line not in there), None)
    foreign = [
        indent_of(line) for line in new if line not in there and not is_blank(line) and indent_of(line)
    ]
    own = set("".join(foreign))
    if first is None or len(own) != 1 or own & set("".join(map(indent_of, old))):
        return _same
    signs = {line[0] for line in file if line[:1] in (" ", "\t")}
    if len(signs) != 1 or own == signs or not own <= {" ", "\t"}:
        return _same
    if own == {" "} and (first == 0 or not new[first - 1].rstrip().endswith((":", "{", "(", "["))):
        return _same
    rule = step_rule(own.pop(), foreign, file_unit)
    return (lambda indent: rule(indent) or "") if rule else _same
