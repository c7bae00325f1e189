"""`archon workflows`: looks at the workflows."""

from __future__ import annotations

from argparse import Namespace

from archon.cli.exit_codes import DONE
from archon.cli.show import out
from archon.workflows.registry import draw


def show(arguments: Namespace) -> int:
    out(draw(arguments.name))
    return DONE
