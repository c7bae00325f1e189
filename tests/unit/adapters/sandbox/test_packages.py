"""Who decides about packages."""

from __future__ import annotations

import asyncio

import pytest

from archon.adapters.sandbox.packages import Policy, reach
from archon.domain.egress import Destination

INDEX = Destination("pypi.org", 443)
FILES = Destination("files.pythonhosted.org", 443)
OWN = Destination("packages.example.org", 8443)
ELSEWHERE = Destination("example.com", 443)


class Person:
    def __init__(self, answer: bool) -> None:
        self.asked: list[Destination] = []
        self._answer = answer

    async def ask(self, destination: Destination) -> bool:
        self.asked.append(destination)
        await asyncio.sleep(0)
        return self._answer


@pytest.mark.parametrize(("policy", "is_asked"), [("deny", True), ("ask", False)])
def test_denied_or_with_nobody_to_ask_nothing_more_is_reached(policy: Policy, is_asked: bool) -> None:
    found = reach(policy, (ELSEWHERE,), {}, Person(True).ask if is_asked else None)
    assert (found.destinations, found.ask, dict(found.variables), found.programs) == (
        (ELSEWHERE,),
        None,
        {},
        "",
    )


def test_allowed_registries_are_those_of_everybody_and_of_this_host() -> None:
    found = reach("allow", (ELSEWHERE,), {"PIP_INDEX_URL": f"https://me:secret@{OWN}/simple"}, None)
    assert {INDEX, FILES, OWN, ELSEWHERE} <= set(found.destinations)
    assert found.variables["PYTHONUSERBASE"] == "/workspace/.packages"
    assert "secret" not in repr(found)


@pytest.mark.parametrize("answer", [True, False])
async def test_a_person_is_asked_once_for_all_registries_and_for_nothing_else(answer: bool) -> None:
    person = Person(answer)
    found = reach("ask", (), {}, person.ask)
    assert found.ask is not None
    assert await found.ask(ELSEWHERE) is False
    answers = await asyncio.gather(*(found.ask(each) for each in (INDEX, FILES, INDEX)))
    assert (answers, person.asked) == ([answer] * 3, [INDEX])
