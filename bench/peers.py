"""Agents of other frameworks that go through the same turns, where they are installed."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

HOW = "`uv sync --group bench` installs it, and --peer-python names an interpreter that has it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    name: str
    program: str
    """Of `bench/programs`."""
    packages: tuple[str, ...]

    def is_installed(self, python: str) -> bool:
        """Whether that interpreter has its packages; none of them is imported."""
        look = "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))"
        return subprocess.run([python, "-c", look, *self.packages]).returncode == 0


LANGGRAPH = Peer(name="LangGraph", program="langgraph_turns", packages=("langgraph", "langchain_openai"))
PYDANTIC_AI = Peer(name="pydantic-ai", program="pydantic_ai_turns", packages=("pydantic_ai", "openai"))
PEERS = (LANGGRAPH, PYDANTIC_AI)
