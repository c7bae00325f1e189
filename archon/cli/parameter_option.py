"""The option by which a call has parameters of its own. Standard library only, as the parser itself."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archon.domain.values import Json

EXAMPLE = "coder.temperature=0.2"


def add_parameter_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--param",
        metavar="AGENT.NAME=VALUE",
        action="append",
        default=[],
        type=_parameter,
        help=f"what an agent asks its model with, over the settings, such as {EXAMPLE}; "
        "NAME=VALUE alone is for planner, coder and fixer",
    )


def _parameter(text: str) -> tuple[str, str, Json]:
    """Agent (empty for none in particular), name and value."""
    from archon.domain.parameters import read_value

    place, equals, value = text.partition("=")
    agent, dot, name = place.rpartition(".")
    if not equals or not name or bool(dot) != bool(agent):
        raise argparse.ArgumentTypeError(f"write AGENT.NAME=VALUE, such as {EXAMPLE}")
    return agent, name, read_value(value)
