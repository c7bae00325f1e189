"""How the command line explains itself: help, usage errors, and the first steps."""

from __future__ import annotations

import argparse
import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import NoReturn

from archon.cli.exit_codes import USAGE
from archon.cli.layout import wrapped
from archon.cli.safe_text import printable

FIRST_STEPS = """Archon turns an objective into a working, checked program.

The first three things to do:
  archon doctor                             what is here, and what is missing
  archon run "print the first ten primes"   a sentence becomes a program
  archon tasks                              what has run, and what came of it

All commands: archon --help"""

TABLE_MARGIN = 7
"""Where the meanings of the exit codes begin."""
_NO_COMMAND = "the following arguments are required: COMMAND"


_UNKNOWN_COMMAND = re.compile(
    r"argument COMMAND: invalid choice: '(?P<word>.*)' \(choose from (?P<known>.*)\)", re.DOTALL
)


class UsageError(SystemExit):
    """The words of a command line that is not understood; what there is to say was said."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(USAGE)
        self.message = message
        self.hint = hint


class Formatter(RawDescriptionHelpFormatter):
    """Keeps lines as they are written where they fit, and gives commands the room that their names need."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        parts = [
            part
            for line in text.splitlines()
            for part in wrapped(indent + line, width, hang=TABLE_MARGIN if line.startswith(" ") else 0)
        ]
        return "\n".join(parts)

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        names = [len(name) for name in action.choices or ()] if _holds_commands(action) else []
        self._action_max_length = max(self._action_max_length, *(length + 4 for length in names), 0)


def _unknown(word: str, known: str) -> str:
    """What is said of a command that there is not, with the one that was probably meant."""
    from difflib import get_close_matches

    names = re.findall(r"[\w-]+", known)
    meant = get_close_matches(word, names, n=1)
    return f"there is no command {word!r}" + (f"; did you mean {meant[0]!r}?" if meant else "")


def _holds_commands(action: argparse.Action) -> bool:
    return isinstance(action, argparse._SubParsersAction)


class Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Repeat no word so that a terminal obeys it; show the commands where none was given."""
        said = printable(message)
        if wrong := _UNKNOWN_COMMAND.match(message):
            said = _unknown(printable(wrong["word"]), wrong["known"])
        if said == _NO_COMMAND:
            self.print_help(sys.stderr)
        else:
            self.print_usage(sys.stderr)
            self._print_message(f"{self.prog}: error: {said}\n", sys.stderr)
        raise UsageError(said, hint=f"`{self.prog} --help` shows what can be written.")


class Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __init__(self, option_strings: list[str], dest: str, **_: object) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version")

    def __call__(self, parser: ArgumentParser, *_: object, **__: object) -> None:
        from importlib.metadata import version

        parser._print_message(f"archon {version('archon')}\n", sys.stdout)
        parser.exit()
