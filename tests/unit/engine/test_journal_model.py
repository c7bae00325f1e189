"""The journal against a simple model: random programs, killed anywhere, upgraded in between.

The model of an effect is one line of a flat list, in program order. What a resume must leave in the
journal is what a run without any crash would have left there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from archon.adapters.folder.local import LocalFolders
from archon.adapters.memory.journal import MemoryJournal
from archon.domain.events import Body, Completed, Event, Failed, Problem, Started
from archon.domain.task import TaskSpec
from archon.domain.values import Json, OwnerId, TaskId
from archon.engine.history import History, live
from archon.engine.modes import Live, Mode, Replay
from archon.engine.outcomes import Performed, Refusal
from archon.engine.run import Run
from archon.engine.scope import Scope
from archon.engine.workspace import Workspace
from tests.builders.dying_journal import Crash, DyingJournal

Node: TypeAlias = "tuple[str, str, tuple[Node, ...]]"
"""What to do (do, refuse, step, child), its name, and what is inside."""

TASK = TaskId("01J00000000000000000000000")
SPEC = TaskSpec(
    objective="any",
    workflow="script",
    models={},
    max_rounds=1,
    run_timeout_s=1.0,
    budget_microusd=0,
    output_directory="/",
)

names = st.sampled_from(["a", "b", "c"])
leaves = st.tuples(st.sampled_from(["do", "do", "refuse"]), names, st.just(()))
programs: st.SearchStrategy[tuple[Node, ...]] = st.recursive(
    st.lists(leaves, max_size=4).map(tuple),
    lambda inner: st.lists(
        st.one_of(leaves, st.tuples(st.sampled_from(["step", "child"]), names, inner)), max_size=4
    ).map(tuple),
    max_leaves=12,
)


@dataclass
class World:
    """Answers every request the same way, and remembers what it was asked to do."""

    performed: list[str] = field(default_factory=list)

    async def answer(self, scope: Scope, what: str, name: str) -> Json:
        place = scope.upcoming

        async def perform() -> Performed:
            self.performed.append(f"{place} {what} {name}")
            if what == "refuse":
                raise Refusal(Problem(code="no", message=name))
            return Performed(result=f"{name} is done")

        try:
            return (await scope.effect("exec", {"what": what, "name": name}, perform)).result
        except Refusal as refusal:
            return f"refused {refusal.problem.message}"


async def play(scope: Scope, program: tuple[Node, ...], world: World) -> Json:
    results: list[Json] = []
    for what, name, inner in program:
        if what == "step":
            results.append(await scope.step(name, repr(inner), partial(play_in, inner, world)))
        elif what == "child":
            async with scope.child(name) as child:
                results.append(await play(child, inner, world))
        else:
            results.append(await world.answer(scope, what, name))
    return results


async def play_in(program: tuple[Node, ...], world: World, scope: Scope) -> Json:
    return await play(scope, program, world)


async def no_renewal() -> None:
    return


async def run_once(journal: MemoryJournal, program: tuple[Node, ...], world: World, mode: Mode) -> Json:
    row = await journal.row(TASK)
    epoch = await journal.claim(TASK, OwnerId("me"), from_epoch=row.lease_epoch)
    run = Run(task_id=TASK, epoch=epoch, journal=journal, mode=mode, renew=no_renewal)
    await run.catch_up()
    return await play(Scope(run, Workspace(Path("/nowhere"), LocalFolders(), journal)), program, world)


async def undisturbed(program: tuple[Node, ...]) -> tuple[Json, World, list[Event]]:
    journal, world = DyingJournal(), World()
    await journal.create(TASK, SPEC, {})
    result = await run_once(journal, program, world, Live())
    return result, world, await journal.events(TASK)


def holding(events: Sequence[Event]) -> list[tuple[str, str, str, Body]]:
    """What counts, in program order: starts and outcomes by place."""
    kept = [e for e in live(events) if isinstance(e.body, Started | Completed | Failed)]
    return sorted(((e.scope, e.key, e.hash, e.body) for e in kept), key=lambda k: (k[1], k[3].kind))


async def crash_and_resume(
    journal: DyingJournal, program: tuple[Node, ...], world: World, crashes: Sequence[tuple[int, bool]]
) -> Json:
    for dies_at, after in crashes:
        journal.dies_at, journal.dies_after_writing = journal.appends + dies_at, after
        try:
            await run_once(journal, program, world, Live())
        except Crash:
            continue
    journal.dies_at = -1
    return await run_once(journal, program, world, Live())


crash_points = st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=5)


@given(programs, crash_points)
@settings(deadline=None, max_examples=200)
def test_a_killed_and_resumed_program_ends_as_an_undisturbed_one(
    program: tuple[Node, ...], crashes: list[tuple[int, bool]]
) -> None:
    async def check() -> None:
        result, once, events = await undisturbed(program)
        journal, world = DyingJournal(), World()
        await journal.create(TASK, SPEC, {})
        assert await crash_and_resume(journal, program, world, crashes) == result
        assert holding(await journal.events(TASK)) == holding(events)
        assert len(world.performed) <= len(once.performed) + len(crashes)
        before = len(world.performed)
        assert await run_once(journal, program, world, Live()) == result
        assert len(world.performed) == before, "a finished program performs nothing again"

    asyncio.run(check())


@given(programs, programs, crash_points)
@settings(deadline=None, max_examples=200)
def test_an_upgraded_program_keeps_what_comes_before_the_first_difference(
    old: tuple[Node, ...], new: tuple[Node, ...], crashes: list[tuple[int, bool]]
) -> None:
    async def check() -> None:
        result, undisturbed_world, events = await undisturbed(new)
        journal, world = DyingJournal(), World()
        await journal.create(TASK, SPEC, {})
        await crash_and_resume(journal, old, world, crashes)
        world.performed.clear()
        assert await run_once(journal, new, world, Live()) == result
        wanted = {place[1]: place for place in holding(events)}
        left = {place[1]: place for place in holding(await journal.events(TASK))}
        assert {key: left[key] for key in wanted} == wanted
        kept = len(undisturbed_world.performed) - len(world.performed)
        assert undisturbed_world.performed[kept:] == world.performed, "one unbroken end is performed anew"
        assert kept >= common_beginning(old, new)

    asyncio.run(check())


def common_beginning(old: tuple[Node, ...], new: tuple[Node, ...]) -> int:
    """How many effects stand before the first node that differs, whole nodes only."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += effects_in((one,))
    return count


def effects_in(program: tuple[Node, ...]) -> int:
    return sum(effects_in(inner) if what in {"step", "child"} else 1 for what, _, inner in program)


@given(programs, crash_points)
@settings(deadline=None, max_examples=100)
def test_a_replay_of_what_happened_is_equal_and_performs_nothing(
    program: tuple[Node, ...], crashes: list[tuple[int, bool]]
) -> None:
    async def check() -> None:
        journal, world = DyingJournal(), World()
        await journal.create(TASK, SPEC, {})
        result = await crash_and_resume(journal, program, world, crashes)
        recorded = await journal.events(TASK)
        scratch, nothing = DyingJournal(), World()
        await scratch.create(TASK, SPEC, {})
        assert await run_once(scratch, program, nothing, Replay(History(recorded))) == result
        assert nothing.performed == []
        assert holding(await scratch.events(TASK)) == holding(recorded)

    asyncio.run(check())
