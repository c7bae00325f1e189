"""What can be written on the command line. Standard library only, so that `--help` is quick."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser
from typing import TYPE_CHECKING

from archon.cli.argument_types import (
    at_least,
    destination,
    dollars,
    none_or_more,
    port,
    role_model,
    seconds,
    whole,
)
from archon.cli.exit_codes import MEANINGS
from archon.cli.parameter_option import add_parameter_option
from archon.cli.usage import Formatter, Parser, Version

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[ArgumentParser]


def build_parser() -> ArgumentParser:
    parser: ArgumentParser = Parser(
        prog="archon",
        description='An objective in, working code out. Try: archon run "print the first ten primes"',
        epilog=MEANINGS,
        formatter_class=Formatter,
    )
    parser.add_argument("--version", action=Version)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_work(commands)
    _add_reading(commands)
    _add_recordings(commands)
    _add_models(commands)
    _add_operation(commands)
    return parser


def _add(
    commands: Subparsers, name: str, module: str, function: str, text: str, *, has_json: bool = False
) -> ArgumentParser:
    parser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        formatter_class=Formatter,
    )
    parser.set_defaults(module=module, function=function)
    if has_json:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def _add_work(commands: Subparsers) -> None:
    run = _add(commands, "run", "run", "run", "turn an objective into a working script", has_json=True)
    run.epilog = (
        "Progress goes to stderr; stdout gets the paths of the files, one a line.\n"
        "Standard input that is a pipe or a file becomes the script's input.\n\n" + MEANINGS
    )
    run.add_argument(
        "objective", metavar="OBJECTIVE", help="what the program should do; - reads it from stdin"
    )
    run.add_argument(
        "--input", metavar="FILE", action="append", default=[], help="copy a file into the workspace"
    )
    run.add_argument("--output", metavar="DIR", help="where the result goes (default: LOCAL_OUTPUT_DIR)")
    run.add_argument("--max-iterations", metavar="N", type=whole, help="how often the script may be run")
    run.add_argument("--max-budget-usd", metavar="X", type=dollars, help="what the task may cost at most")
    run.add_argument(
        "--model",
        metavar="ROLE=NAME",
        action="append",
        default=[],
        type=role_model,
        help="the model of a role: planner, coder, fixer, checker, judge or fallback; "
        "NAME alone sets the first three",
    )
    add_parameter_option(run)
    run.add_argument(
        "--agent-loop",
        choices=("auto", "always"),
        default="auto",
        help="write and repair with tools: always, or only where several files are repaired (default: auto)",
    )
    run.add_argument(
        "--max-turns",
        metavar="N",
        type=whole,
        help="how often an agent with tools may answer (default: 100)",
    )
    run.add_argument("--quiet", action="store_true", help="show no progress")
    resume = _add(
        commands, "resume", "resume", "resume", "go on with a task that was paused or waits", has_json=True
    )
    resume.add_argument("id", metavar="ID")
    resume.add_argument("--max-budget-usd", metavar="X", type=dollars, help="the task's new ceiling, in all")
    resume.add_argument("--quiet", action="store_true", help="show no progress")
    reply = _add(commands, "reply", "reply", "reply", "answer what a task asks, and go on", has_json=True)
    reply.add_argument("id", metavar="ID")
    reply.add_argument("text", metavar="TEXT", help="what to tell the agent; - reads it from stdin")
    reply.add_argument(
        "--question",
        metavar="N",
        type=whole,
        help="which question is answered, as the task shows it (default: the one that is open)",
    )
    reply.add_argument("--quiet", action="store_true", help="show no progress")
    cancel = _add(
        commands, "cancel", "cancel", "cancel", "end a task that is not wanted any more", has_json=True
    )
    cancel.add_argument("id", metavar="ID")


def _add_reading(commands: Subparsers) -> None:
    tasks = _add(commands, "tasks", "tasks", "tasks", "list the tasks, or show one", has_json=True)
    tasks.add_argument("id", metavar="ID", nargs="?")
    tasks.add_argument("--limit", metavar="N", type=whole, default=20, help="how many to list (default: 20)")
    logs = _add(commands, "logs", "logs", "logs", "tell the story of a task", has_json=True)
    logs.add_argument("id", metavar="ID")
    logs.add_argument("-f", "--follow", action="store_true", help="go on until the task ends or waits")


def _add_recordings(commands: Subparsers) -> None:
    replay = _add(
        commands,
        "replay",
        "recordings",
        "replay",
        "run a task's record again, with nothing done",
        has_json=True,
    )
    replay.add_argument("id", metavar="ID")
    rehearse = _add(
        commands,
        "rehearse",
        "recordings",
        "rehearse",
        "run a recording's words, all else for real",
        has_json=True,
    )
    rehearse.add_argument("source", metavar="ID|FILE", help="a task of this machine, or an exported file")
    rehearse.add_argument("--output", metavar="DIR", help="where the result goes (default: LOCAL_OUTPUT_DIR)")
    rehearse.add_argument("--quiet", action="store_true", help="show no progress")
    export = _add(
        commands, "export", "recordings", "export", "write a task's whole record to a file", has_json=True
    )
    export.add_argument("id", metavar="ID")
    export.add_argument("file", metavar="FILE")


def _add_models(commands: Subparsers) -> None:
    models = _add(
        commands, "models", "models", "models", "list the models, or measure what one can do", has_json=True
    )
    models.add_argument("--all", action="store_true", help="list every model that is known, not only yours")
    actions = models.add_subparsers(title="commands", metavar="COMMAND", required=False)
    text = "measure what a model can do, with about a dozen small calls"
    probe = _add(actions, "probe", "models", "probe", text, has_json=True)
    probe.add_argument("name", metavar="NAME", help="such as ollama/gemma:2b or claude-sonnet-4-6")
    probe.add_argument(
        "--max-usd", metavar="X", type=dollars, help="what it may cost at most (default: 0.05)"
    )
    probe.add_argument(
        "--context-tokens",
        metavar="N",
        type=none_or_more,
        help="how long a prompt is tried at most (default: 32000; 0 leaves it out)",
    )
    probe.add_argument("--quiet", action="store_true", help="show no progress")


def _add_operation(commands: Subparsers) -> None:
    serve = _add(commands, "serve", "serve", "serve", "serve the HTTP API and work on tasks")
    serve.add_argument("--host", default="127.0.0.1", help="where to listen (default: 127.0.0.1)")
    serve.add_argument("--port", type=port, default=8000, help="on which port (default: 8000)")
    _add(commands, "doctor", "doctor", "doctor", "look at models, sandbox, database and disk", has_json=True)
    database = _group(commands, "db", "look after the database")
    _add(database, "upgrade", "db", "upgrade", "bring the database to this version's schema", has_json=True)
    workflows = _group(commands, "workflows", "look at the workflows")
    show = _add(workflows, "show", "workflows", "show", "draw a workflow as a Mermaid diagram", has_json=True)
    show.add_argument("name", metavar="NAME")
    _add_sandbox(_group(commands, "sandbox", "use the sandbox directly"))


def _group(commands: Subparsers, name: str, text: str) -> Subparsers:
    parser = commands.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + ".", formatter_class=Formatter
    )
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _add_sandbox(commands: Subparsers) -> None:
    _add(commands, "probe", "sandbox", "probe", "say what the sandbox keeps apart here", has_json=True)
    run = _add(commands, "exec", "sandbox", "execute", "run a command in the sandbox")
    run.add_argument(
        "--workspace", metavar="DIR", help="the folder that is /workspace (default: an empty one)"
    )
    run.add_argument("--timeout", metavar="S", type=seconds, default=60.0, help="seconds (default: 60)")
    run.add_argument(
        "--memory-mb", metavar="N", type=at_least(16), help="of all its processes together (default: 1024)"
    )
    run.add_argument(
        "--pids", metavar="N", type=at_least(4), help="how many processes and threads (default: 128)"
    )
    run.add_argument(
        "--disk-mb",
        metavar="N",
        type=whole,
        help="how much the workspace may grow, size of /tmp and of a file (default: 1024)",
    )
    run.add_argument(
        "--allow",
        metavar="HOST:PORT",
        action="append",
        type=destination,
        help="let it reach this through a proxy (may be given again; default: nothing)",
    )
    run.add_argument("--raw", action="store_true", help="pass control characters on to a terminal, too")
    run.add_argument("command", metavar="-- CMD …", nargs=argparse.REMAINDER)
    prepare = _add(
        commands,
        "prepare",
        "prepare",
        "prepare",
        "build the libraries that sandboxes show, once",
        has_json=True,
    )
    prepare.add_argument(
        "names", metavar="NAME", nargs="*", help="python-web or node-web (default: all of them)"
    )
    prepare.add_argument("--clean", action="store_true", help="remove them instead, to free the disk")
    read = _add(commands, "read", "sandbox", "read", "print a file of a workspace, following no link")
    read.add_argument("--workspace", metavar="DIR", required=True)
    read.add_argument("path", metavar="PATH")
