"""Whatever a request went through on its way: the right file, or a refusal, never another file."""

from __future__ import annotations

import difflib
from random import Random

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from archon.tools.edits.diff import apply_diff
from archon.tools.edits.outcome import Applied, Refused
from archon.tools.edits.replace import replace
from archon.tools.edits.whole_file import write_whole
from tests.builders.edits import BLOCK_DRIFTS, WRAPPINGS, Drift, Edit, clean_edit, near_miss

seeds = st.integers(min_value=0, max_value=2**32)
block_drifts = st.lists(st.sampled_from(BLOCK_DRIFTS), max_size=2, unique=True)
wrappings = st.lists(st.sampled_from(WRAPPINGS), max_size=2, unique=True)


def edit_of(random: Random) -> Edit:
    edit = clean_edit(random)
    assume(edit is not None)
    assert edit is not None
    return edit


def drifted(random: Random, edit: Edit, drifts: list[Drift]) -> Edit:
    for drift in drifts:
        edit = drift(random, edit)
    return edit


def outcome_of(edit: Edit) -> Applied | Refused:
    return replace(edit.before, edit.old, edit.new, path=edit.path)


@given(seeds)
@settings(max_examples=300, deadline=None)
def test_an_exact_edit_with_one_place_is_applied_exactly(seed: int) -> None:
    edit = edit_of(Random(seed))
    outcome = outcome_of(edit)
    assert outcome == Applied(text=edit.before.replace(edit.old, edit.new)), edit


@given(seeds, block_drifts, wrappings)
@settings(max_examples=1500, deadline=None)
def test_drift_leads_to_the_right_file_or_to_a_refusal(
    seed: int, drifts: list[Drift], wraps: list[Drift]
) -> None:
    random = Random(seed)
    edit = drifted(random, edit_of(random), drifts + wraps)
    outcome = outcome_of(edit)
    assert isinstance(outcome, Refused) or outcome.text == edit.after, (edit, outcome)
    assert outcome == outcome_of(edit), "the same request has the same outcome"


@given(seeds, st.sampled_from((*BLOCK_DRIFTS, *WRAPPINGS)))
@settings(max_examples=300, deadline=None)
def test_one_drift_alone_is_nearly_always_bridged(seed: int, drift: Drift) -> None:
    random = Random(seed)
    edits = [edit for _ in range(40) if (edit := clean_edit(random)) is not None]
    assume(len(edits) > 15)
    right = sum(isinstance(outcome_of(drift(random, edit)), Applied) for edit in edits)
    assert right >= 0.75 * len(edits), drift


@given(
    seeds,
    block_drifts,
    st.lists(st.sampled_from([w for w in WRAPPINGS if w.__name__ != "listed"]), max_size=1),
)
@settings(max_examples=1000, deadline=None)
def test_a_near_miss_is_never_applied(seed: int, drifts: list[Drift], wraps: list[Drift]) -> None:
    random = Random(seed)
    missed = near_miss(random, edit_of(random))
    assume(missed is not None)
    assert missed is not None
    outcome = outcome_of(drifted(random, missed, drifts + wraps))
    assert isinstance(outcome, Refused), (missed, outcome)
    assert outcome.reason


@given(seeds, st.lists(st.sampled_from(BLOCK_DRIFTS), max_size=1))
@settings(max_examples=300, deadline=None)
def test_a_text_that_stands_twice_is_never_applied(seed: int, drifts: list[Drift]) -> None:
    random = Random(seed)
    edit = drifted(random, edit_of(random), drifts)
    before = edit.before + edit.before
    outcome = replace(before, edit.old, edit.new, path=edit.path)
    assert isinstance(outcome, Refused), (edit, outcome)
    assert outcome.reason


@given(seeds)
@settings(max_examples=200, deadline=None)
def test_an_applied_edit_is_not_applied_again(seed: int) -> None:
    edit = edit_of(Random(seed))
    assume(edit.old not in edit.after or edit.old in edit.new)
    again = replace(edit.after, edit.old, edit.new, path=edit.path)
    assert isinstance(again, Refused), (edit, again)


@given(
    seeds,
    st.integers(min_value=1, max_value=3),
    st.sampled_from(["", "counts", "numbers", "markers", "fence"]),
)
@settings(max_examples=400, deadline=None)
def test_a_diff_leads_to_the_right_file_or_to_a_refusal(seed: int, context: int, drift: str) -> None:
    edit = edit_of(Random(seed))
    lines = list(
        difflib.unified_diff(
            edit.before.splitlines(keepends=True), edit.after.splitlines(keepends=True), "a", "b", n=context
        )
    )[2:]
    if drift in ("counts", "numbers"):
        header = "@@ -1,99 +1,99 @@\n" if drift == "counts" else "@@\n"
        lines = [header if line.startswith("@@") else line for line in lines]
    if drift == "markers":
        lines = [line[1:] if line.startswith(" ") else line for line in lines]
    diff = "".join(lines)
    outcome = apply_diff(edit.before, f"```diff\n{diff}```\n" if drift == "fence" else diff, path=edit.path)
    assert isinstance(outcome, Refused) or outcome.text == edit.after, (edit, diff, outcome)


@given(st.text(), st.text(), st.text(), st.booleans(), st.one_of(st.none(), st.integers()))
@example("", "", "", True, 0)
@settings(max_examples=300, deadline=None)
def test_any_texts_have_an_outcome(text: str, old: str, new: str, every: bool, line: int | None) -> None:
    outcomes = [
        replace(text, old, new, replace_all=every, line_hint=line, path="a.py"),
        apply_diff(text, old, path="a.py"),
        apply_diff(text, f"@@\n-{old}\n+{new}\n"),
        write_whole(text, new, path="a.md"),
    ]
    for outcome in outcomes:
        assert isinstance(outcome, Applied) or outcome.reason


_LINES = st.lists(
    st.sampled_from(["a", "  a", "b", "\tb", "", " ", "a b", "a  b", "}", "b = “1”"]), max_size=8
)


@given(_LINES, _LINES, _LINES, st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=1500, deadline=None)
def test_only_lines_of_the_place_change(text: list[str], old: list[str], new: list[str], end: str) -> None:
    assume("\n".join(old))
    before = "".join(line + end for line in text)
    outcome = replace(before, "\n".join(old), "\n".join(new))
    if isinstance(outcome, Applied):
        lines, after = before.splitlines(keepends=True), outcome.text.splitlines(keepends=True)
        kept = sum(
            block.size
            for block in difflib.SequenceMatcher(None, lines, after, autojunk=False).get_matching_blocks()
        )
        assert len(lines) - kept <= len(old) + 1
