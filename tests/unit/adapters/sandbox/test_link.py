"""The link believes the agent nothing that it cannot have to say."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.sandbox.agent import received
from archon.adapters.sandbox.link import CommandEnded, Link, LinkLost


@pytest.fixture
async def link() -> AsyncIterator[Link]:
    link = Link()
    yield link
    link.close()


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


async def test_answers_come_in_any_order(link: Link) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    first, end_of_first = link.start("run", [null] * 4)
    second, end_of_second = link.start("serve", [null] * 4)
    os.close(null)
    said = [received(link.other_end) for _ in range(2)]
    assert [(words, len(files)) for words, files in said] == [
        (f"run {first}".encode(), 4),
        (f"serve {second}".encode(), 4),
    ]
    for _, files in said:
        for file in files:
            assert not os.get_inheritable(file)
            os.close(file)
    link.other_end.send(f"ended {second} 256 dirty".encode())
    link.other_end.send(f"ended {first} 9 clean".encode())
    assert await end_of_first == CommandEnded(9, True)
    assert await end_of_second == CommandEnded(256, False)


@pytest.mark.parametrize(
    "said",
    [
        b"ended 9 0 clean",
        b"ended 1 0 clean ",
        b"ended 1 -1 clean",
        b"ended 1 0",
        b"ended \xb2 0 clean",
        b"given 1",
        b"ready\n",
        b"run 1",
        b"\0" * 200,
        b"x" * 100_000,
    ],
)
async def test_nonsense_loses_the_link(link: Link, said: bytes) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    _, answer = link.start("run", [null] * 4)
    os.close(null)
    link.other_end.send(said)
    with pytest.raises(LinkLost, match="it said"):
        await answer
    with pytest.raises(LinkLost):
        link.start("run", [])


async def test_files_that_nobody_asked_for_are_closed(link: Link) -> None:
    before = open_files()
    with socket.socket() as unwanted:
        socket.send_fds(link.other_end, [b"given 7"], [unwanted.fileno()])
        with pytest.raises(LinkLost):
            await link.ready
    assert open_files() == before - 1  # the link's own


@pytest.mark.parametrize("kind", ["a file", "a unix socket", "a datagram socket", "nothing"])
async def test_only_a_connection_is_taken_for_one(link: Link, tmp_path: Path, kind: str) -> None:
    dialing = asyncio.ensure_future(link.dial(80))
    await asyncio.sleep(0)
    assert received(link.other_end) == (b"dial 1 80", [])
    with (
        (tmp_path / "file").open("wb") as file,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(type=socket.SOCK_DGRAM) as datagram,
    ):
        given = {"a file": [file.fileno()], "a unix socket": [unix.fileno()]}
        given |= {"a datagram socket": [datagram.fileno()], "nothing": []}
        socket.send_fds(link.other_end, [b"given 1"], given[kind])
    with pytest.raises(LinkLost):
        await dialing


async def test_the_end_of_the_agent_fails_whatever_is_waited_for(link: Link) -> None:
    dialing = asyncio.ensure_future(link.dial(80))
    await asyncio.sleep(0)
    link.other_end.close()
    with pytest.raises(LinkLost, match="it has ended"):
        await dialing
    with pytest.raises(LinkLost):
        await link.ready
    assert link.is_lost


async def test_an_agent_that_takes_in_nothing_is_given_up(link: Link) -> None:
    with pytest.raises(LinkLost, match="takes in nothing more"):
        for _ in range(100_000):
            link.stop(1)
