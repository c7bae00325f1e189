"""What is told about a call of a model while it is not answered yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from archon.domain.conversation import CallRef
from archon.domain.errors import ArchonError
from archon.domain.events import FellBack, Problem, Retrying

Tell: TypeAlias = Callable[[Retrying | FellBack, CallRef], Awaitable[None]]


async def untold(news: Retrying | FellBack, ref: CallRef) -> None:
    """For models that nobody watches."""


def problem_of(error: ArchonError) -> Problem:
    return Problem(code=error.code, message=error.message, hint=error.hint)
