"""Recordings played: whole and exactly in a replay, for their words alone in a rehearsal."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.domain.errors import RecordingExhausted, ReplayMismatch
from archon.domain.events import Charge, Completed, EffectKind, Problem
from archon.engine.history import History
from archon.engine.modes import Live, Mode, Rehearse, Replay
from archon.engine.outcomes import Performed, Refusal
from archon.engine.scope import Scope
from archon.testing.manual_clock import ManualClock
from tests.builders.scopes import TASK, opened


class World:
    """Answers with a number that is never the same."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self) -> Performed:
        self.done += 1
        charge = Charge(reservation_id="", cost_microusd=7, model="m")
        return Performed(result=self.done, charge=charge)


Call = tuple[str, EffectKind, str]
CALLS: list[Call] = [
    ("plan", "model", "make a plan"),
    ("plan", "exec", "python checks.py"),
    ("plan", "model", "mend the plan"),
    ("draft", "model", "write it"),
]


async def play(scope: Scope, calls: Sequence[Call], world: World) -> list[object]:
    """Make each call in the named child; those of one name follow on each other."""
    results: list[object] = []
    names = list(dict.fromkeys(name for name, _, _ in calls))
    for name in names:
        async with scope.child(name) as child:
            for place, kind, request in calls:
                if place == name:
                    results.append((await child.effect(kind, request, world)).result)
    return results


async def recording(calls: Sequence[Call] = CALLS) -> History:
    journal = MemoryJournal(ManualClock())
    await play(await opened(journal), calls, World())
    return History(await journal.events(TASK))


async def played(mode: Mode, calls: Sequence[Call]) -> tuple[list[object], World]:
    world = World()
    return await play(await opened(mode=mode), calls, world), world


async def test_a_replay_gives_every_recorded_result_and_does_nothing() -> None:
    results, world = await played(Replay(await recording()), CALLS)
    assert (results, world.done) == ([1, 2, 3, 4], 0)


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ([("plan", "model", "make another plan")], r"something else at plan, effect 0\.0 \(model\)"),
        ([("plan", "exec", "make a plan")], "something else"),
        ([("sketch", "model", "make a plan")], "something else at sketch"),
        ([*CALLS, ("draft", "model", "write more")], r"ends before draft, effect 1\.1 \(model\)"),
        ([*CALLS, ("repair", "model", "mend it")], "ends before repair"),
        ([CALLS[0], CALLS[2]], "something else"),
    ],
)
async def test_a_replay_ends_at_the_first_difference(calls: list[Call], said: str) -> None:
    with pytest.raises(ReplayMismatch, match=said):
        await played(Replay(await recording()), calls)


async def test_a_replay_does_not_play_what_never_came_to_an_end() -> None:
    journal = MemoryJournal(ManualClock())
    scope = await opened(journal)

    async def fault() -> Performed:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await scope.effect("model", "a", fault)
    mode = Replay(History(await journal.events(TASK)))
    with pytest.raises(ReplayMismatch, match="ends before the task, effect 0"):
        await (await opened(mode=mode)).effect("model", "a", World())


async def test_a_recorded_refusal_is_refused_again_in_both_modes() -> None:
    journal = MemoryJournal(ManualClock())

    async def refuse() -> Performed:
        raise Refusal(Problem(code="no", message="No."))

    with pytest.raises(Refusal):
        await (await opened(journal)).effect("model", "a", refuse)
    history = History(await journal.events(TASK))
    for mode in (Replay(history), Rehearse(history)):
        with pytest.raises(Refusal, match=r"No\."):
            await (await opened(mode=mode)).effect("model", "a", World())


async def test_a_rehearsal_plays_words_and_really_does_all_else() -> None:
    results, world = await played(Rehearse(await recording()), CALLS)
    assert results == [1, 1, 3, 4], "the command is run, the models' words are played"
    assert world.done == 1


async def test_a_rehearsal_plays_the_kth_call_of_each_scope_whatever_is_asked() -> None:
    calls: list[Call] = [
        ("draft", "model", "a new prompt"),
        ("plan", "exec", "another command first"),
        ("plan", "model", "a new prompt"),
        ("plan", "exec", "and one more"),
        ("plan", "model", "a newer prompt"),
    ]
    results, world = await played(Rehearse(await recording()), calls)
    assert results == [4, 1, 1, 2, 3]
    assert world.done == 2


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ([*CALLS, ("draft", "model", "once more")], "holds 1 model results in draft; number 2"),
        ([*CALLS, ("repair", "model", "mend it")], "holds 0 model results in repair; number 1"),
        ([("plan", "question", "money?")], "holds 0 question results in plan"),
        ([("plan", "clock", "now")], "holds 0 clock results"),
    ],
)
async def test_a_rehearsal_that_needs_more_words_says_which(calls: list[Call], said: str) -> None:
    with pytest.raises(RecordingExhausted, match=said):
        await played(Rehearse(await recording()), calls)


async def test_a_resumed_rehearsal_goes_on_with_the_next_reply() -> None:
    mode = Rehearse(await recording())
    journal = MemoryJournal(ManualClock())
    await play(await opened(journal, mode=mode), CALLS[:2], World())
    world = World()
    assert await play(await opened(journal, mode=mode), CALLS, world) == [1, 1, 3, 4]
    assert world.done == 0


async def test_voided_replies_are_not_played() -> None:
    journal = MemoryJournal(ManualClock())
    world = World()
    await play(await opened(journal), CALLS, world)
    changed: list[Call] = [CALLS[0], ("plan", "exec", "another command"), *CALLS[2:]]
    assert await play(await opened(journal), changed, world) == [1, 5, 6, 7]
    results, _ = await played(Rehearse(History(await journal.events(TASK))), changed)
    assert results == [1, 1, 6, 7]


async def test_what_is_played_keeps_what_it_cost_so_that_journals_can_be_compared() -> None:
    journal = MemoryJournal(ManualClock())
    await play(await opened(journal, mode=Replay(await recording())), CALLS, World())
    bodies = [e.body for e in await journal.events(TASK) if isinstance(e.body, Completed)]
    assert [body.charge.cost_microusd for body in bodies if body.charge] == [7, 7, 7, 7]


async def test_a_rehearsal_costs_nothing_and_takes_no_files_from_its_recording() -> None:
    """Whoever wrote the recording: only words come from it."""
    recorded = MemoryJournal(ManualClock())
    charge = Charge(reservation_id="r", cost_microusd=7, model="m")

    async def smuggle() -> Performed:
        return Performed(result="word", charge=charge, manifest={"main.py": ["0" * 64, 1, 0]})

    await (await opened(recorded)).effect("model", "a", smuggle)
    journal = MemoryJournal(ManualClock())
    scope = await opened(journal, mode=Rehearse(History(await recorded.events(TASK))))
    done = await scope.effect("model", "a", World())
    assert (done.result, done.charge, done.manifest) == ("word", None, None)
    assert scope.workspace.manifest.entries == {}
    assert (await journal.row(TASK)).spent_microusd == 0


async def test_live_everything_happens() -> None:
    results, world = await played(Live(), CALLS)
    assert (results, world.done) == ([1, 2, 3, 4], 4)
