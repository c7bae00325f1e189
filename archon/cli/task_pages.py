"""Tasks as a person reads them: a list, and a page about one."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable

from archon.cli.layout import clipped_to, columns
from archon.cli.safe_text import printable
from archon.cli.show import out, out_wrapped
from archon.domain.money import to_usd
from archon.domain.row import TaskRow
from archon.domain.values import JsonObject, TaskId
from archon.services.look_at_tasks import RUNNER_DIED
from archon.services.task_view import RoundView, TaskView

ONE_LINE_FROM = 120
"""From which width on a task is one line of the list, and not two."""
MARGIN = 11
"""Where the facts of a page begin."""


def print_rows(rows: Iterable[TaskRow], rehearsals: Collection[TaskId] = ()) -> None:
    """The list, newest first: one line for each task, or two on a narrow terminal."""
    width = columns(sys.stdout)
    for row in rows:
        begun = f"{row.id}  {row.created_at:%Y-%m-%d %H:%M}"
        status, cost = _status(str(row.status), row.reason), _cost_of_row(row)
        about = ("rehearsal: " if row.id in rehearsals else "") + _first_line(row.objective)
        if width is None:
            out(f"{begun}  {status:<28}  {cost:>11}  {about[:60]}")
        elif width >= ONE_LINE_FROM:
            facts = f"{begun}  {status:<28}  {cost:>11}  "
            out(facts + clipped_to(about, width - len(facts)))
        else:
            out_wrapped(f"{begun}  {status}")
            out(clipped_to(f"  {cost}  {about}", width))


def _status(status: str, reason: str) -> str:
    """A task whose runner died is paused; here it is said for what it is."""
    if reason == RUNNER_DIED:
        return "stopped (its runner died)"
    return f"{status} ({reason})" if reason else status


def _cost_of_row(row: TaskRow) -> str:
    return f"{to_usd(row.cost_microusd):.4f} USD{'' if row.price_known else ' + ?'}"


def _first_line(text: str) -> str:
    return next(iter(printable(text).strip().splitlines()), "")


def row_json(row: TaskRow, *, is_rehearsal: bool = False) -> JsonObject:
    return {
        "task_id": row.id,
        "status": str(row.status),
        "reason": row.reason or None,
        "objective": row.objective,
        "is_rehearsal": is_rehearsal,
        "step": row.step,
        "cost_usd": to_usd(row.cost_microusd),
        "price_known": row.price_known,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }


def print_view(view: TaskView) -> None:
    """Everything a person wants to know about one task."""
    out_wrapped(f"Task {view.id}: {printable(view.spec.objective)}", hang=2)
    _fact("status", _status(str(view.status), view.reason))
    if view.spec.mode == "rehearse":
        _fact("mode", f"a rehearsal of {view.spec.source}: its models' words come from a recording")
    _fact("cost", _cost(view))
    _fact("models", _models(view))
    if view.plan_steps:
        out("Plan")
    for number, step in enumerate(view.plan_steps, start=1):
        out_wrapped(f"  {number}. {printable(step)}", hang=5)
    for round_ in view.rounds:
        _print_round(round_, is_over=view.status.is_final)
    for said in filter(None, (view.message, view.advice)):
        out_wrapped(printable(said), hang=0)
    if view.output_path:
        out_wrapped(f"Files in {printable(view.output_path)}: {', '.join(map(printable, view.files))}")


def _fact(name: str, value: str) -> None:
    out_wrapped(f"  {name:<{MARGIN - 2}}{value}", hang=MARGIN)


def _models(view: TaskView) -> str:
    """Each model with the roles that it plays."""
    roles: dict[str, list[str]] = {}
    for role, choice in view.spec.models.items():
        roles.setdefault(choice.name, []).append(role)
    return "; ".join(printable(f"{', '.join(played)}: {name}") for name, played in roles.items())


def _cost(view: TaskView) -> str:
    limit, tokens = f"{to_usd(view.limit_microusd):.2f} USD", f"{view.tokens:,} tokens"
    if view.price_known:
        return f"{to_usd(view.cost_microusd):.4f} of {limit}, {tokens}"
    return (
        f"{to_usd(view.cost_microusd):.4f} USD and an unknown price, {tokens}; "
        f"the budget counts {to_usd(view.counted_microusd):.4f} of {limit}"
    )


def _print_round(round_: RoundView, *, is_over: bool) -> None:
    unjudged = "not judged" if is_over else "open"
    verdict = {True: "passed", False: "failed", None: unjudged}[round_.passed]
    unknown = "" if round_.price_known else " and an unknown price"
    cost = f"{to_usd(round_.cost_microusd):.4f} USD{unknown}"
    paid = f" ({printable(round_.model)}, {cost})" if round_.model else ""
    out_wrapped(f"Round {round_.number}: {verdict}{paid}")
    for check in round_.checks:
        mark = "✓" if check["passed"] else "✗"
        out_wrapped(f"  {mark} {printable(check['name'])} {printable(check['message'])}".rstrip(), hang=6)
    if round_.error and not round_.checks:
        out_wrapped("  " + printable(round_.error).replace("\n", "\n  "))
