"""Attacks on the terminal of a person who looks at what a program printed, named or was called.

A terminal obeys what it is sent: it can be made to fill a clipboard, to type, and to show what is not so.
"""

from __future__ import annotations

import json
import os
import pty
import re
import sys
from pathlib import Path

import pytest

from archon.cli.safe_text import printable
from tests.e2e.conftest import Home
from tests.e2e.conversations import CHECKS, PLAN, write_script
from tests.security.battery.cases import each

COMMANDS_A_TERMINAL = {
    "fill the clipboard": "\x1b]52;c;aGFybQ==\x07",
    "name the window": "\x1b]0;harm\x07",
    "have the window's name typed": "\x1b[21t",
    "have where the cursor is typed": "\x1b[6n",
    "clear the screen": "\x1b[2J\x1b[3J",
    "write over what stands above": "\x1b[9A\x1b[2Kall is well",
    "write over the line": "harmed\rharmless",
    "take letters back": "harmed\b\b\b\b\b\bharmless",
    "hide": "\x1b[8mharm\x1b[0m",
    "open a link": "\x1b]8;;file:///harm\x1b\\here\x1b]8;;\x1b\\",
    "change the letters": "\x0e\x1b(0",
    "ring": "\x07",
    "reset": "\x1bc",
    "send a device a string": "\x1bP$qm\x1b\\",
    "command in one byte": "\x9b2J\x9d52;c;aGFybQ==\x9c",
    "read backwards": "file\u202etxt.exe",
    "read in another order": "a\u2066b\u2067c\u2069d",
    "stop the terminal": "\x13",
    "print": "\x1b[5iharm\x1b[4i",
}
EVERYTHING = "".join(COMMANDS_A_TERMINAL.values())
HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
OBJECTIVE = "Print the sum"
PRINTS_IT = f"""```python main.py
import sys
from pathlib import Path
print({EVERYTHING!r})
print({EVERYTHING!r}, file=sys.stderr)
Path({"f" + EVERYTHING.replace("/", "")[:80]!r}).write_text("x")
raise SystemExit({EVERYTHING!r})
```
"""


def harmful(said: bytes) -> list[str]:
    return HARMFUL.findall(said.decode("utf-8", "surrogateescape"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def on_terminal(home: Home, *arguments: str) -> bytes:
    """All that a terminal is sent by a command that has nothing else for its input and outputs."""
    child, screen = pty.fork()
    if child == 0:
        os.chdir(home.root)
        os.execve(sys.executable, [sys.executable, "-m", "archon", *arguments], home.environment)
    said = b""
    while True:
        try:
            part = os.read(screen, 65536)
        except OSError:  # the other end is closed
            break
        said += part
    os.close(screen)
    os.waitpid(child, 0)
    return COLOURS.sub("", said.decode("utf-8", "surrogateescape").replace("\r\n", "\n")).encode(
        "utf-8", "surrogateescape"
    )


@each("text", COMMANDS_A_TERMINAL)
def test_text_commands_a_terminal_and_what_is_shown_of_it_does_not(text: str) -> None:
    assert HARMFUL.search(text)
    assert not HARMFUL.search(printable(text))


def test_what_a_program_prints_is_shown_to_a_terminal_and_passed_on_to_others(home: Home) -> None:
    script = (
        f"import sys; [print({EVERYTHING!r}, 'ü', end='', file=each) for each in (sys.stdout, sys.stderr)]"
    )
    command = ("sandbox", "exec", "--", "python", "-c", script)
    passed_on = home.archon(*command)
    assert passed_on.stdout == passed_on.stderr == f"{EVERYTHING} ü".encode()
    shown = on_terminal(home, *command)
    assert not harmful(shown)
    assert shown.count("ü".encode()) == 2


def test_a_file_that_is_read_is_shown_to_a_terminal_and_passed_on_to_others(home: Home) -> None:
    (home.root / "file").write_text(EVERYTHING, newline="")
    command = ("sandbox", "read", "--workspace", ".", "file")
    assert home.archon(*command).stdout == EVERYTHING.encode()
    assert not harmful(on_terminal(home, *command))


def test_errors_about_names_command_nothing(home: Home) -> None:
    name = EVERYTHING.replace("\0", "")
    for command in (
        ("sandbox", "read", "--workspace", ".", name),
        ("sandbox", "read", "--workspace", name, "x"),
        ("sandbox", "exec", "--workspace", name, "--", "true"),
        ("tasks", name),
        (name,),
    ):
        refused = home.archon(*command)
        assert refused.returncode in {1, 2}
        assert refused.stderr and not harmful(refused.stderr + refused.stdout)


def test_an_error_about_one_word_too_many_commands_nothing(home: Home) -> None:
    """A shell makes such a word of a pattern where a program left a file with that name."""
    refused = home.archon("sandbox", "read", "--workspace", ".", "file", EVERYTHING)
    assert refused.returncode == 2
    assert not harmful(refused.stderr)


def test_a_task_that_models_and_programs_filled_with_commands_shows_none(home: Home) -> None:
    plan, checks = f"1. {EVERYTHING}\n{PLAN}", CHECKS.replace("Two checks.", EVERYTHING)
    model = write_script(home.root / "script.jsonl", plan, checks, PRINTS_IT)
    run = home.archon("run", f"{OBJECTIVE} \u202e", "--model", model, "--max-iterations", "1")
    assert run.returncode == 1
    task = json.loads(home.archon("tasks", "--json").stdout)[0]["task_id"]
    shown = [run] + [home.archon(*look) for look in (("tasks",), ("tasks", task), ("replay", task))]
    for each_done in shown:
        assert not harmful(each_done.stdout + each_done.stderr), each_done.args
    story = on_terminal(home, "logs", task)
    assert b"all is well" in story and not harmful(story)
