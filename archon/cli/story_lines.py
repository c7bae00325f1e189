"""The lines of a story, by what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from archon.agents.nudges import told
from archon.domain.events import Awaiting, Charge, FellBack, Problem, Retrying
from archon.domain.money import to_usd
from archon.domain.values import Json, JsonObject
from archon.workflows.script.results import PlanResult, RunResult

Style: TypeAlias = Literal["title", "plain", "dim", "good", "bad", "added", "removed"]

OUTPUT_LINES = 8
DIFF_LINES = 60


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    style: Style = "plain"


def command_line(argv: list[Json]) -> str:
    """A command as a person would type it."""
    match argv:
        case ["sh", "-c", str(command)]:
            return command
    return " ".join(map(str, argv))


def started_lines(effect: str, request: Json) -> Iterator[Line]:
    """Who is asked, what is run, what a tool writes."""
    for line in told(request):
        yield Line(f"  {shorten(line, 300)}", "bad")
    match effect, request:
        case "model", {"agent": str(agent), "left_out": dict(left_out)}:
            yield Line(f"  {agent}: {_compacted(left_out)}", "dim")
        case "model", {"agent": str(agent), "head": {"model": str(model)}}:
            yield Line(f"  {agent}: asking {model} …", "dim")
        case "exec", {"argv": list(argv), "mounted": None}:
            yield Line(f"  $ {shorten(command_line(argv))}")
        case "write", {"by": str(by), "files": dict(files)}:
            yield Line(f"  {by} {', '.join(files)}", "dim")


def _compacted(left_out: JsonObject) -> str:
    """What a conversation that grew too long is said without."""
    counts = {kind: count for kind, count in left_out.items() if isinstance(count, int) and count}
    tokens = counts.pop("tokens", 0)
    what = ", ".join(f"{count} {kind if count > 1 else kind[:-1]}" for kind, count in counts.items())
    return f"compacted: {what}, about {tokens:,} tokens left out"


def look_lines(reply: Json) -> Iterator[Line]:
    """What an agent looks at with tools that leave no trace of their own, such as `read main.py`."""
    calls = reply.get("tool_calls", []) if isinstance(reply, dict) else []
    for call in calls if isinstance(calls, list) else []:
        match call:
            case {"name": "read" | "list" | "search" as name, "arguments": dict(arguments)}:
                yield Line("  " + shorten(f"{name} {next(iter(arguments.values()), '')}".rstrip()), "dim")


def answer_lines(by: str, answer: JsonObject) -> Iterator[Line]:
    yield Line(f"Answered by {by}.", "dim")
    if isinstance(text := answer.get("text"), str):
        yield Line(f"  {shorten(text, 300)}", "dim")


def attempt_lines(charge: Charge, problem: Problem) -> Iterator[Line]:
    yield Line(f"  {charge.model}: {problem.message}", "bad")
    if charge.cost_microusd:
        cost = f"{to_usd(charge.cost_microusd):.4f} USD"
        yield Line(f"  it may be billed all the same, and counts as the most it can cost: {cost}", "bad")


def next_attempt(news: Retrying | FellBack | Awaiting, *, is_why_told: bool = False) -> Iterator[Line]:
    if isinstance(news, Awaiting):
        yield Line(f"  waiting for {news.place}", "title")
    elif isinstance(news, FellBack):
        why = "." if is_why_told else f", which could not be had: {news.problem.message}"
        yield Line(f"  asking {news.fallback}, the fallback, in place of {news.model}{why}", "bad")
    else:
        count = f"retry {news.retry} of {news.max_retries}"
        yield Line(f"  asking {news.model} again in {news.wait_s:.0f} s ({count}) …", "dim")


def headline_of(step: str) -> Iterator[Line]:
    name, _, visit = step.partition(".")
    titles = {
        "plan": "Plan",
        "draft": "Draft",
        "run": f"Run {visit or 1}",
        "check": "Check",
        "repair": "Repair",
    }
    if name in titles:
        yield Line(titles[name], "title")


def plan_lines(result: PlanResult) -> Iterator[Line]:
    for number, step in enumerate(result["steps"], start=1):
        yield Line(f"  {number}. {shorten(step)}")
    checks = result["checks"]
    for name in checks["names"]:
        yield Line(f"  □ {name}: {checks['demands'].get(name, '')}")
    for refused in checks["refused"]:
        yield Line(f"  refused check {refused['name']}: it {refused['reason']}", "bad")


def run_lines(result: RunResult) -> Iterator[Line]:
    yield from clipped(result["stdout"], "plain")
    if result["exit_code"] != 0:
        yield from clipped(result["stderr"], "bad", from_end=True)
    ended = "timed out" if result["timed_out"] else f"exit code {result['exit_code']}"
    if result.get("out_of_disk"):
        ended = "wrote more than it may"
    yield from (Line(f"  refused: {shorten(line)}", "bad") for line in result.get("refused", []))
    yield Line(f"  {ended}, {result['duration_ms'] / 1000:.2f} s", "dim")


def diff_lines(diff: str) -> Iterator[Line]:
    styles: dict[str, Style] = {"+": "added", "-": "removed"}
    lines = diff.splitlines()
    for line in lines[:DIFF_LINES]:
        yield Line(f"  {line}", styles.get(line[:1], "dim"))
    if len(lines) > DIFF_LINES:
        yield Line(f"  … {counted(len(lines) - DIFF_LINES, 'more line')}", "dim")


def clipped(text: str, style: Style, *, from_end: bool = False) -> Iterator[Line]:
    lines = text.rstrip("\n").splitlines() if text.strip() else []
    shown = lines[-OUTPUT_LINES:] if from_end else lines[:OUTPUT_LINES]
    yield from (Line(f"  | {shorten(line)}", style) for line in shown)
    if len(lines) > OUTPUT_LINES:
        yield Line(f"  | … {counted(len(lines) - OUTPUT_LINES, 'more line')}", "dim")


def counted(number: int, what: str) -> str:
    """A number of things, such as `1 line` or `2 lines`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def shorten(text: str, limit: int = 160) -> str:
    one_line = " ".join(text.split()) if "\n" in text else text
    return one_line if len(one_line) <= limit else one_line[: limit - 1] + "…"
