"""Runs of `script` with tools: what scripted models call, and models that can do less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from archon.adapters.model.scripted import Reply, ScriptedModel
from archon.agents.replies.tool_text import spell_calls
from archon.domain.conversation import ModelRequest, ToolCall, ToolResult
from archon.domain.values import Json
from archon.ports.catalog import Catalog
from archon.services.platform import Platform
from archon.services.task_view import TaskView
from tests.builders.platform import build_platform, run

WRONG = "print(sum(range(1, 10)))"
Given: TypeAlias = tuple[str, Mapping[str, Json]]
"""A tool's name and what it is given."""
FINISH: Given = ("finish", {"summary": "It adds up."})


def calls(*called: Given, text: str = "") -> Reply:
    """A reply that calls tools; the first one's id is `call_1`."""
    return {"text": text, "tool_calls": [{"name": name, "arguments": {**given}} for name, given in called]}


def writes(path: str, content: str) -> Given:
    return "write", {"path": path, "content": content}


def runs(command: str) -> Given:
    return "run", {"command": command}


async def always(folder: Path, model: ScriptedModel, **fields: Any) -> TaskView:
    view = await run(build_platform(folder, model), agent_loop="always", **fields)
    assert model.unplayed == 0
    return view


def results(request: ModelRequest) -> list[ToolResult]:
    """The results that a request's last message brings."""
    return [part for part in request.messages[-1].parts if isinstance(part, ToolResult)]


def in_words(*called: Given) -> str:
    """A reply that calls tools as a model without native tools does."""
    return "I go on.\n\n" + spell_calls(
        [ToolCall(id="", name=name, arguments={**given}) for name, given in called]
    )


class Lesser:
    """A catalog whose models can do less."""

    def __init__(self, inner: Catalog, **fields: Any) -> None:
        self.offer = inner.offer
        self._inner = inner
        self._fields = fields

    def describe(self, name: str, *, why: str) -> Any:
        return replace(self._inner.describe(name, why=why), **self._fields)


def toolless(platform: Platform) -> Platform:
    return replace(platform, catalog=Lesser(platform.catalog, takes_tools=False))
