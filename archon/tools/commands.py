"""Commands in the sandbox, as journaled effects."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from archon.domain.egress import Refusal
from archon.domain.execution import Command, ExecResult, Mount, SandboxSpec
from archon.domain.values import Json, JsonObject, digest, digest_bytes
from archon.engine.outcomes import Performed
from archon.engine.scope import Scope
from archon.ports.sandbox import SandboxProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command came to, as it is recorded."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    is_truncated: bool
    timed_out: bool
    out_of_memory: bool
    duration_ms: int
    out_of_disk: bool = False
    refusals: tuple[Refusal, ...] = ()
    """What it tried to reach on the network in vain."""


async def run_command(
    scope: Scope,
    provider: SandboxProvider,
    command: Command,
    *,
    mounts: Mapping[str, Mount] | None = None,
    mounted: Json = None,
    read_only: bool = False,
) -> Ran:
    """Run a command in the workspace; what it changed there becomes part of the manifest.

    `mounted` says what the extra mounts hold, since the record must know all that a result depends
    on. Raises: SandboxUnavailable.
    """
    workspace = scope.workspace
    request: JsonObject = {
        "argv": list(command.argv),
        "stdin": digest_bytes(command.stdin) if command.stdin else None,
        "timeout_s": command.timeout_s,
        "manifest": workspace.manifest.id,
        "mounted": None if mounted is None else digest(mounted),
    }

    async def perform() -> Performed:
        await workspace.restore()
        spec = SandboxSpec(
            workspace=workspace.root, read_only=read_only, mounts=tuple((mounts or {}).values())
        )
        result = await workspace.sessions.exec(provider, spec, command)
        if read_only:
            return Performed(result=to_json(result))
        delta, blobs = await workspace.look()
        return Performed(result=to_json(result), manifest=delta, blobs=blobs)

    done = await scope.effect("exec", request, perform)
    return from_json(done.result)


def to_json(result: ExecResult) -> JsonObject:
    """What is recorded; what is seldom so is only said where it is."""
    seldom: JsonObject = {"out_of_disk": True} if result.out_of_disk else {}
    if result.refusals:
        seldom["refusals"] = [{"target": each.target, "reason": each.reason} for each in result.refusals]
    return seldom | {
        "exit_code": result.exit_code,
        "stdout": _output_to_json(result.stdout),
        "stderr": _output_to_json(result.stderr),
        "is_truncated": result.stdout_truncated or result.stderr_truncated,
        "timed_out": result.timed_out,
        "out_of_memory": result.out_of_memory,
        "duration_ms": round(result.duration_s * 1000),
    }


def from_json(value: Json) -> Ran:
    """A recorded result. Raises: ValueError when it is none."""
    match value:
        case {
            "exit_code": int(exit_code),
            "stdout": stdout,
            "stderr": stderr,
            "is_truncated": bool(is_truncated),
            "timed_out": bool(timed_out),
            "out_of_memory": bool(out_of_memory),
            "duration_ms": int(duration_ms),
            **seldom,
        }:
            return Ran(
                exit_code=exit_code,
                stdout=_output_from_json(stdout),
                stderr=_output_from_json(stderr),
                is_truncated=is_truncated,
                timed_out=timed_out,
                out_of_memory=out_of_memory,
                duration_ms=duration_ms,
                out_of_disk=seldom.get("out_of_disk") is True,
                refusals=_refusals(seldom.get("refusals", [])),
            )
    raise ValueError("not the result of a command")


def _refusals(value: object) -> tuple[Refusal, ...]:
    match value:
        case [*entries]:
            return tuple(
                Refusal(target, reason)
                for entry in entries
                if isinstance(entry, dict)
                and isinstance(target := entry.get("target"), str)
                and isinstance(reason := entry.get("reason"), str)
            )
    raise ValueError("not what a command was refused")


def _output_to_json(data: bytes) -> Json:
    """Text as text; anything else so that no byte is lost."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _output_from_json(value: Json) -> bytes:
    match value:
        case str():
            return value.encode("utf-8", "surrogatepass")
        case {"base64": str(data)}:
            return base64.b64decode(data)
    raise ValueError("not a command's output")


def as_text(data: bytes) -> str:
    """Output for people and models: what is no UTF-8 is shown as the replacement character."""
    return data.decode("utf-8", "replace")
