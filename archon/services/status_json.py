"""A task's view in the one JSON shape that the command line and `GET /status` share."""

from __future__ import annotations

from typing import cast

from archon.domain.money import to_usd
from archon.domain.values import Json, JsonObject
from archon.services.task_view import RoundView, TaskView


def status_json(view: TaskView) -> JsonObject:
    """Money in dollars, times in ISO 8601; a field that has no value yet is None or empty."""
    latest = view.latest
    return {
        "task_id": view.id,
        "status": str(view.status),
        "reason": view.reason or None,
        "error": view.error,
        "advice": view.advice or None,
        "question": view.question,
        "objective": view.spec.objective,
        "mode": view.spec.mode,
        "executed": view.spec.use_sandbox,
        "isolation": view.spec.isolation,
        "models": {role: choice.name for role, choice in view.spec.models.items()},
        "round": len(view.rounds),
        "max_rounds": view.spec.max_rounds,
        "plan": cast("Json", view.plan_steps),
        "checks": cast("Json", view.checks),
        "code": cast("Json", latest.code if latest else {}),
        "command": latest.command if latest else None,
        "stdout": latest.stdout if latest else None,
        "stderr": latest.stderr if latest else None,
        "exit_code": latest.exit_code if latest else None,
        "files": cast("Json", view.files),
        "output_path": view.output_path,
        "rounds": [round_json(round_) for round_ in view.rounds],
        "cost_usd": to_usd(view.cost_microusd),
        "budget_usd": to_usd(view.limit_microusd),
        "price_known": view.price_known,
        "tokens": view.tokens,
        "created_at": view.created_at.isoformat(),
        "updated_at": view.updated_at.isoformat(),
    }


def round_json(round_: RoundView) -> JsonObject:
    return {
        "number": round_.number,
        "code": cast("Json", round_.code),
        "explanation": round_.explanation,
        "diff": round_.diff,
        "command": round_.command,
        "output": round_.stdout,
        "stderr": round_.stderr,
        "truncated": round_.is_truncated,
        "exit_code": round_.exit_code,
        "passed": round_.passed,
        "checks": cast("Json", round_.checks),
        "disputes": cast("Json", round_.disputes),
        "error": round_.error or None,
        "signature": round_.signature or None,
        "model": round_.model,
        "tokens": round_.tokens,
        "cost_usd": to_usd(round_.cost_microusd),
        "seconds": round_.seconds,
    }
