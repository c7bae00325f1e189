"""The `archon` command: reads the command line, runs one command, says what went wrong in one line."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import NoReturn

from archon.cli import exit_codes
from archon.cli.parser import build_parser
from archon.cli.safe_text import printable
from archon.domain.errors import ArchonError

NEW_OBJECTS = 10_000
"""After how many the collector looks for cycles. Importing makes 120,000, and looking at Python's usual 700
takes a tenth of a start's CPU."""


def main() -> NoReturn:
    sys.exit(run(sys.argv[1:]))


def run(argv: list[str]) -> int:
    """Run one command and return its exit code. Nothing that belongs to a command is imported before."""
    gc.set_threshold(NEW_OBJECTS)
    arguments = build_parser().parse_args(argv)
    try:
        command = import_module(f"archon.cli.commands.{arguments.module}")
        code: int = getattr(command, arguments.function)(arguments)
        sys.stdout.flush()
        return code
    except ArchonError as error:
        print(f"archon: {printable(str(error))}", file=sys.stderr)  # noqa: T201
        return exit_codes.of_error(error)
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return exit_codes.FAILED
