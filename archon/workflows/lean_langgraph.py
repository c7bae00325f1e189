"""LangGraph without the clients of its makers' services, which it imports whether they are used or not.

The one for tracing takes 300 ms of CPU and 12 MB at each start, and would send prompts away where its
variables happen to be set; the one for graphs that run elsewhere, and `requests`, 70 ms and 8 MB more. What
LangGraph asks of them stands here, and says that nothing is traced.
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


def _lent() -> dict[str, ModuleType]:
    """What is asked for a class or two while LangGraph is loaded, and never again."""
    modules = (
        _module("requests", HTTPError=type("HTTPError", (OSError,), {}), Response=_Nothing),
        _module("langgraph_sdk", __path__=[]),
        _module("langgraph_sdk.auth", __path__=[]),
        _module("langgraph_sdk.auth.types", BaseUser=_Nothing),
    )
    return {each.__name__: each for each in modules if each.__name__ not in sys.modules}


def _load() -> None:
    """Import LangGraph over the stand-ins; over the real thing where it needs more of it than they have."""
    if "langsmith" in sys.modules or "langgraph.graph" in sys.modules:
        return
    lent = _lent()
    sys.modules.update(_stand_ins() | lent)
    try:
        import langgraph.graph  # noqa: F401
    except (ImportError, AttributeError, TypeError):
        half = {"langgraph", "langchain_core", "langsmith"}
        for name in [each for each in sys.modules if each.partition(".")[0] in half]:
            del sys.modules[name]
    finally:
        for name in lent:
            sys.modules.pop(name, None)


_load()

from langgraph.graph import END, START, StateGraph  # noqa: E402

__all__ = ["END", "START", "StateGraph"]
