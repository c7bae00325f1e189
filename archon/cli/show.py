"""A task as the command line prints it: paths for programs, a page for people, JSON for both."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from archon.cli.safe_text import printable
from archon.domain.money import to_usd
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import JsonObject
from archon.services.platform import Platform
from archon.services.read_task import read_task
from archon.services.task_view import RoundView, TaskView


def out(text: str) -> None:
    """One line of the result. Non-text in file names is printed as the terminal can take it."""
    print(text.encode("utf-8", "replace").decode("utf-8"))  # noqa: T201


def err(text: str) -> None:
    """A line for the person who looks on, beside what a command gives."""
    sys.stderr.write(f"{text}\n")


def print_json(value: JsonObject | list[JsonObject]) -> None:
    out(json.dumps(value, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf"), indent=2))


async def print_result(platform: Platform, row: TaskRow, *, as_json: bool) -> None:
    """The paths of the files that a task made, one a line; or the whole task as JSON."""
    if as_json:
        print_json(view_json(await read_task(platform, row.id)))
    elif row.status in {Status.COMPLETED, Status.FAILED}:
        view = await read_task(platform, row.id)
        for file in view.files:
            out(printable(str(Path(view.output_path or "") / file)))


def view_json(view: TaskView) -> JsonObject:
    """The same as `GET /status/{task_id}`."""
    from archon.api.schemas.status import task_status

    return task_status(view).model_dump(mode="json")


def print_rows(rows: Iterable[TaskRow]) -> None:
    """One line for each task, newest first."""
    for row in rows:
        why = f" ({row.reason})" if row.reason else ""
        cost = f"{to_usd(row.cost_microusd):.4f} USD{'' if row.price_known else ' + ?'}"
        about = _first_line(row.objective)[:60]
        out(f"{row.id}  {row.created_at:%Y-%m-%d %H:%M}  {row.status + why:<28}  {cost:>11}  {about}")


def _first_line(text: str) -> str:
    return next(iter(printable(text).strip().splitlines()), "")


def row_json(row: TaskRow) -> JsonObject:
    return {
        "task_id": row.id,
        "status": str(row.status),
        "reason": row.reason or None,
        "objective": row.objective,
        "step": row.step,
        "cost_usd": to_usd(row.cost_microusd),
        "price_known": row.price_known,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }


def print_view(view: TaskView) -> None:
    """Everything a person wants to know about one task."""
    out(f"Task {view.id}: {printable(view.spec.objective)}")
    out(f"  status   {view.status}" + (f" ({view.reason})" if view.reason else ""))
    out(f"  cost     {_cost(view)}")
    models = ((printable(role), printable(choice.name)) for role, choice in view.spec.models.items())
    out("  models   " + ", ".join(f"{role} {name}" for role, name in models))
    if view.plan_steps:
        out("Plan")
    for number, step in enumerate(view.plan_steps, start=1):
        out(f"  {number}. {printable(step)}")
    for round_ in view.rounds:
        _print_round(round_)
    if view.message:
        out(f"{printable(view.message)} {printable(view.advice)}".rstrip())
    if view.output_path:
        out(f"Files in {printable(view.output_path)}: {', '.join(map(printable, view.files))}")


def _cost(view: TaskView) -> str:
    limit, tokens = f"{to_usd(view.limit_microusd):.2f} USD", f"{view.tokens:,} tokens"
    if view.price_known:
        return f"{to_usd(view.cost_microusd):.4f} of {limit}, {tokens}"
    return (
        f"{to_usd(view.cost_microusd):.4f} USD and an unknown price, {tokens}; "
        f"the budget counts {to_usd(view.counted_microusd):.4f} of {limit}"
    )


def _print_round(round_: RoundView) -> None:
    verdict = {True: "passed", False: "failed", None: "open"}[round_.passed]
    unknown = "" if round_.price_known else " and an unknown price"
    cost = f"{to_usd(round_.cost_microusd):.4f} USD{unknown}"
    paid = f" ({printable(round_.model)}, {cost})" if round_.model else ""
    out(f"Round {round_.number}: {verdict}{paid}")
    for check in round_.checks:
        mark = "✓" if check["passed"] else "✗"
        out(f"  {mark} {printable(check['name'])} {printable(check['message'])}".rstrip())
    if round_.error and not round_.checks:
        out("  " + printable(round_.error).replace("\n", "\n  "))
