"""What the values of options are read as. Raises: ValueError or ArgumentTypeError, told by argparse."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archon.domain.egress import Destination

MOST_SECONDS = 86_400
"""A day, as for the setting that limits how long a sandbox lives."""


def at_least(least: int) -> Callable[[str], int]:
    """A whole number with which a sandbox can come up at all."""

    def whole_number(text: str) -> int:
        if whole(text) < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more")
        return int(text)

    return whole_number


def seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"must be more than 0 and at most {MOST_SECONDS:,}")
    return value


def none_or_more(text: str) -> int:
    if int(text) < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return int(text)


def port(text: str) -> int:
    if not 0 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return int(text)


def whole(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def dollars(text: str) -> int:
    """Micro-dollars."""
    from archon.domain.money import microusd

    try:
        return microusd(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of dollars: {error}") from None


def destination(text: str) -> Destination:
    from archon.domain.egress import Destination
    from archon.domain.errors import InvalidInput

    try:
        return Destination.parse(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def role_model(text: str) -> tuple[str, str]:
    role, equals, name = text.partition("=")
    if not equals:
        return "", text
    if not role or not name:
        raise argparse.ArgumentTypeError("write ROLE=NAME, such as coder=ollama/gemma:2b")
    return role, name
