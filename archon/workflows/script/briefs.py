"""The texts that the agents of `script` are given about the task and its rounds."""

from __future__ import annotations

import difflib
import signal
from collections.abc import Mapping, Sequence
from itertools import pairwise

from archon.agents.prompts import render
from archon.domain.clipping import clipped
from archon.domain.task import TaskSpec
from archon.workflows.script.results import CheckResult, RunResult
from archon.workflows.script.samples import sample
from archon.workflows.script.state import Round

SHOWN_CHARS = 6_000
"""How much of one file's or stream's text a prompt shows at most."""


def _shown(text: str) -> str:
    return clipped(text, SHOWN_CHARS)


def describe_inputs(spec: TaskSpec, contents: Mapping[str, bytes]) -> str:
    """The input files, with a sample of each that is text."""
    if not spec.inputs:
        return "There are no input files."
    lines = ["Input files in the working folder:"]
    for path in sorted(spec.inputs):
        lines.append(f"- {path} ({_size(spec.inputs[path])} bytes)")
        if path == spec.stdin:
            lines[-1] += ", also given to the program on standard input"
        lines += sample(contents.get(path, b""))
    return "\n".join(lines)


def _size(entry: object) -> int:
    match entry:
        case [_, int(size), _]:
            return size
    return 0


def show_code(code: Mapping[str, str]) -> str:
    return "\n\n".join(
        f"```python {path}\n{_shown(text).rstrip()}\n```" for path, text in sorted(code.items())
    )


def show_output(run: RunResult | None, *, but: str = "") -> str:
    """What a run printed; standard error only where it is not part of `but`."""
    if run is None:
        return "(it was not run)"
    said = run["stdout"].strip()
    parts = ["Standard output:", f"```\n{_shown(run['stdout']).rstrip()}\n```" if said else "(nothing)"]
    if run["stderr"].strip() and run["stderr"].strip() not in but:
        parts += ["Standard error:", f"```\n{_shown(run['stderr']).rstrip()}\n```"]
    return "\n".join(parts)


def diff_code(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """A unified diff of two versions of a program."""
    parts = [
        line if line.endswith("\n") else f"{line}\n"
        for path in sorted({*before, *after})
        for line in difflib.unified_diff(
            before.get(path, "").splitlines(keepends=True),
            after.get(path, "").splitlines(keepends=True),
            f"a/{path}",
            f"b/{path}",
        )
    ]
    return "".join(parts)


def describe_run_failure(run: RunResult) -> str:
    """Why a run failed before any check; empty when it did not."""
    if run["timed_out"]:
        return "The program did not end in time and was killed."
    if run["out_of_memory"]:
        return "The program used more memory than it may and was killed."
    if run.get("out_of_disk"):
        return "The program wrote more into its workspace than it may and was killed."
    if run["exit_code"] != 0:
        return _shown(run["stderr"]).strip() or _silent_failure(run["exit_code"])
    return ""


def describe_refusals(run: RunResult) -> list[str]:
    """What the sandbox refused the program on the network, said so that it need not be tried again."""
    return [f"The sandbox refused the network to {line}" for line in run.get("refused", [])]


def _silent_failure(exit_code: int) -> str:
    ended_by = signal.strsignal(exit_code - 128) if 128 < exit_code < 128 + signal.NSIG else None
    if ended_by:
        return f"It was ended by a signal: {ended_by} (exit code {exit_code})."
    return f"It exited with code {exit_code} and wrote nothing to standard error."


def describe_check_failure(checks: Sequence[Mapping[str, object]], demands: Mapping[str, str]) -> str:
    failing = [c for c in checks if not c["passed"]]
    return "\n".join(f"{c['name']} ({demands.get(str(c['name']), '')}): {c['message']}" for c in failing)


def brief_fixer(spec: TaskSpec, inputs: str, plan: str, latest: Round, earlier: Sequence[Round]) -> str:
    """Everything the fixer is told: the round that failed, and what the earlier ones changed."""
    run, check = latest.run, latest.check
    assert run is not None and check is not None  # noqa: PT018 - a round that failed has both
    return render(
        "fixer_brief",
        objective=spec.objective,
        inputs=inputs,
        plan=plan,
        round=f"{latest.number} of at most {spec.max_rounds}",
        code=show_code(latest.code),
        command=run["command"],
        exit_code=str(run["exit_code"]),
        failure=_failure(run, check),
        earlier=_earlier(earlier, latest),
    )


def _failure(run: RunResult, check: CheckResult) -> str:
    parts = [f"Error signature: {check['signature']}", "", check["error"], ""]
    parts.append(show_output(run, but=check["error"]))
    passed = [c["name"] for c in check["checks"] if c["passed"]]
    if passed:
        parts.append(f"Checks that pass: {', '.join(passed)}")
    return "\n".join(parts)


def _earlier(earlier: Sequence[Round], latest: Round) -> str:
    """What each earlier round changed and what came of it."""
    rounds = [*earlier, latest]
    texts = []
    for before, after in pairwise(rounds):
        outcome = after.check["error"] if after.check else ""
        change = diff_code(before.code, after.code)
        texts.append(
            f"After round {before.number} this was changed:\n```diff\n{_shown(change).rstrip()}\n```\n"
            f"The reason given: {after.explanation or 'none'}\nIt led to: {clipped(outcome, 800)}"
        )
    if latest.disputes:
        texts += [
            f"Your dispute of {d['check']} was turned down: {d['ruling']}"
            for d in latest.disputes
            if not d["upheld"]
        ]
    return "\n\n".join(texts) or "This is the first repair."
