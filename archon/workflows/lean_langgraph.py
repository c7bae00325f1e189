"""LangGraph without the client of its makers' tracing service, which it imports whether it is used or not.

That client takes 300 ms of CPU and 12 MB at each start, and would send prompts away where its variables
happen to be set. What LangGraph asks of it stands here, and says that nothing is traced.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Nothing:
    """In the place of a class that is only named in annotations."""

    def __init__(self, *arguments: object, **named: object) -> None:
        return


def _module(name: str, **members: Any) -> ModuleType:
    made = ModuleType(name, "A stand-in: see archon.workflows.lean_langgraph.")
    made.__dict__.update(members)
    return made


def _context(*_: object) -> dict[str, Any]:
    """What is traced at present."""
    return {"parent": None, "project_name": None, "tags": None, "metadata": None, "enabled": False}


def _no(*_: object, **__: object) -> None:
    return


def _stand_ins() -> dict[str, ModuleType]:
    utils = _module("langsmith.utils", tracing_is_enabled=lambda *_: False, get_env_var=_no)
    trees = _module("langsmith.run_trees", RunTree=_Nothing)
    runs = _module("langsmith.run_helpers", get_tracing_context=_context, _set_tracing_context=_no)
    address = _module("langsmith.address", AgentAddress=_Nothing)
    package = _module(
        "langsmith",
        __path__=[],
        RunTree=_Nothing,
        Client=_Nothing,
        get_tracing_context=_context,
        utils=utils,
        run_trees=trees,
        run_helpers=runs,
        address=address,
    )
    return {each.__name__: each for each in (package, utils, trees, runs, address)}


def _load() -> None:
    """Import LangGraph over the stand-ins; over the real client where it needs more of it than they have."""
    if "langsmith" in sys.modules or "langgraph.graph" in sys.modules:
        return
    stand_ins = _stand_ins()
    sys.modules.update(stand_ins)
    try:
        import langgraph.graph  # noqa: F401
    except (ImportError, AttributeError, TypeError):
        half = {"langgraph", "langchain_core", "langsmith"}
        for name in [each for each in sys.modules if each.partition(".")[0] in half]:
            del sys.modules[name]


_load()

from langgraph.graph import END, START, StateGraph  # noqa: E402

__all__ = ["END", "START", "StateGraph"]
