"""Of several ways to isolate, the first that works is used, and what the others lack is told."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from archon.adapters.sandbox.ordered import OrderedProvider
from archon.domain.errors import InvalidInput, SandboxUnavailable
from archon.domain.execution import Command, ExecResult, Guarantees, SandboxSpec
from archon.ports.sandbox import Heard

SPEC = SandboxSpec(workspace=Path("/nowhere"))


class Room:
    """A sandbox that starts with its first command, or cannot."""

    def __init__(self, refusal: Exception | None) -> None:
        self.commands: list[tuple[str, ...]] = []
        self.is_closed = False
        self._refusal = refusal

    async def exec(self, command: Command, *, heard: Heard | None = None) -> ExecResult:
        await asyncio.sleep(0)
        if self._refusal is not None:
            raise self._refusal
        self.commands.append(command.argv)
        return ExecResult(exit_code=0, stdout=b"", stderr=b"")

    async def read(self, path: str) -> bytes:
        return b""

    async def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        pass

    async def close(self) -> None:
        self.is_closed = True


class Rooms:
    def __init__(self, name: str, *, refusal: Exception | None = None) -> None:
        self.name = name
        self.refusal = refusal
        self.made: list[Room] = []
        self.probes = 0

    async def probe(self) -> Guarantees:
        self.probes += 1
        if self.refusal is not None:
            raise self.refusal
        return Guarantees(
            provider=self.name,
            isolated=True,
            filesystem="",
            network="",
            processes="",
            user="",
            kernel="",
            limits="",
        )

    async def create(self, spec: SandboxSpec) -> Room:
        self.made.append(Room(self.refusal))
        return self.made[-1]


@pytest.fixture
def strong() -> Rooms:
    return Rooms("strong")


@pytest.fixture
def broken() -> Rooms:
    return Rooms("broken", refusal=SandboxUnavailable("No namespaces.", hint="Allow them."))


@pytest.fixture
def weak() -> Rooms:
    return Rooms("weak")


async def test_the_first_that_works_is_used_and_no_other_is_tried(strong: Rooms, weak: Rooms) -> None:
    provider = OrderedProvider([strong, weak])
    assert provider.name == "strong"
    assert (await provider.probe()).provider == "strong"
    await provider.create(SPEC)
    assert (weak.probes, weak.made) == (0, [])


async def test_a_sandbox_is_up_when_it_is_first_made_without_a_probe(broken: Rooms, weak: Rooms) -> None:
    provider = OrderedProvider([broken, weak])
    sandbox = await provider.create(SPEC)
    assert (provider.name, sandbox) == ("weak", weak.made[0])
    assert (broken.probes, weak.probes) == (0, 0)
    assert broken.made[0].is_closed
    assert not weak.made[0].is_closed


async def test_what_was_found_is_remembered(broken: Rooms, weak: Rooms) -> None:
    provider = OrderedProvider([broken, weak])
    await provider.probe()
    broken.refusal = None
    await provider.create(SPEC)
    await provider.probe()
    assert (broken.probes, broken.made) == (1, [])
    assert (weak.probes, weak.made[0].commands) == (2, [])


async def test_sandboxes_made_at_once_choose_once(broken: Rooms, weak: Rooms) -> None:
    provider = OrderedProvider([broken, weak])
    await asyncio.gather(*(provider.create(SPEC) for _ in range(5)))
    assert (len(broken.made), len(weak.made)) == (1, 5)


async def test_that_a_weaker_one_is_used_is_said_with_the_reason(
    broken: Rooms, weak: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await OrderedProvider([broken, weak]).probe()
    assert "weak, since broken cannot: No namespaces. Allow them." in caplog.text


async def test_when_none_works_all_that_is_lacking_is_named_and_the_strongest_cure_comes_first(
    broken: Rooms,
) -> None:
    old = Rooms("old", refusal=SandboxUnavailable("The kernel is old.", hint="Take a newer one."))
    provider = OrderedProvider([broken, old])
    for act in (provider.probe(), provider.create(SPEC)):
        with pytest.raises(SandboxUnavailable) as refused:
            await act
        assert refused.value.message == (
            "No sandbox can be made here. broken: No namespaces. old: The kernel is old."
        )
        assert refused.value.hint == "For broken: Allow them. Or, for old: Take a newer one."
    broken.refusal = None
    assert (await provider.probe()).provider == "broken"


async def test_a_wrong_request_is_no_reason_for_another_sandbox(weak: Rooms) -> None:
    picky = Rooms("picky", refusal=InvalidInput("There is no such folder."))
    with pytest.raises(InvalidInput):
        await OrderedProvider([picky, weak]).create(SPEC)
    assert picky.made[0].is_closed
    assert weak.made == []
