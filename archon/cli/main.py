"""The `archon` command: reads the command line, runs one command, says what went wrong in one line."""

from __future__ import annotations

import gc
import io
import json
import os
import sys
from importlib import import_module
from typing import NoReturn

from archon.cli import exit_codes
from archon.cli.layout import columns, wrapped
from archon.cli.parser import build_parser
from archon.cli.safe_text import printable
from archon.cli.usage import FIRST_STEPS, UsageError
from archon.domain.errors import ArchonError

NEW_OBJECTS = 10_000
"""After how many the collector looks for cycles. Importing makes 120,000, and looking at Python's usual 700
takes a tenth of a start's CPU."""


def main() -> NoReturn:
    sys.exit(run(sys.argv[1:]))


def run(argv: list[str]) -> int:
    """Run one command and return its exit code. Nothing that belongs to a command is imported before."""
    gc.set_threshold(NEW_OBJECTS)
    _show_what_cannot_be_encoded()
    if not argv:
        print(FIRST_STEPS, file=sys.stderr)  # noqa: T201
        return exit_codes.USAGE
    try:
        code = _run(argv)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _let_go_of_stdout()
        return exit_codes.FAILED
    except OSError as error:
        _let_go_of_stdout()
        _complain(f"The output cannot be written: {error.strerror or error}.")
        return exit_codes.FAILED


def _run(argv: list[str]) -> int:
    is_json = "--json" in argv
    try:
        arguments = build_parser().parse_args(argv)
    except UsageError as error:
        if is_json:
            _print_error("usage", error.message, error.hint)
        return exit_codes.USAGE
    except SystemExit:  # --help and --version
        return exit_codes.DONE
    is_json = getattr(arguments, "json", False)
    try:
        command = import_module(f"archon.cli.commands.{arguments.module}")
        code: int = getattr(command, arguments.function)(arguments)
        return code
    except ArchonError as error:
        if is_json:
            _print_error(error.code, error.message, error.hint)
        _complain(str(error))
        return exit_codes.of_error(error)
    except KeyboardInterrupt:
        if is_json:
            _print_error("interrupted", "Interrupted.", "")
        return exit_codes.INTERRUPTED


def _complain(text: str) -> None:
    for line in wrapped(f"archon: {printable(text)}", columns(sys.stderr), hang=2):
        print(line, file=sys.stderr)  # noqa: T201


def _print_error(code: str, message: str, hint: str) -> None:
    """What a program gets in place of the result that it asked for as JSON."""
    print(json.dumps({"error": {"code": code, "message": message, "hint": hint}}))  # noqa: T201


def _show_what_cannot_be_encoded() -> None:
    """A terminal that knows no check mark gets a question mark, not the end of the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _let_go_of_stdout() -> None:
    """What is still to be written goes nowhere, so that the interpreter's end does not fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
