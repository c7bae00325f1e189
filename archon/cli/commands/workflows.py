"""`archon workflows`: looks at the workflows."""

from __future__ import annotations

from argparse import Namespace

from archon.cli.exit_codes import DONE
from archon.cli.show import out, print_json
from archon.workflows.registry import draw


def show(arguments: Namespace) -> int:
    diagram = draw(arguments.name)
    if arguments.json:
        print_json({"name": arguments.name, "mermaid": diagram})
    else:
        out(diagram)
    return DONE
