"""The same loop as a LangGraph agent with its usual provider package, and no checkpoints kept.

`python -m bench.programs.langgraph_turns TURNS`, with the model's address in the environment.
"""

from __future__ import annotations

import asyncio
import importlib
import operator
import subprocess
import sys
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph

from bench.programs.conversation import (
    OBJECTIVE,
    SYSTEM,
    TOOL_DESCRIPTION,
    TOOL_NAME,
    TOOL_PARAMETERS,
    Report,
)


class State(TypedDict):
    messages: Annotated[list[Any], operator.add]


async def main(turns: int) -> None:
    function = {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters": TOOL_PARAMETERS}
    model = importlib.import_module("langchain_openai").ChatOpenAI(model="gpt-4.1", streaming=True)
    bound = model.bind_tools([{"type": "function", "function": function}])
    report = Report()

    async def ask(state: State) -> State:
        return State(messages=[await bound.ainvoke(state["messages"])])

    async def act(state: State) -> State:
        call = state["messages"][-1].tool_calls[0]
        command = ["sh", "-c", call["args"]["command"]]
        done = subprocess.run(command, capture_output=True)  # noqa: ASYNC221 - the bare loop does it so
        report.turned()
        return State(messages=[{"role": "tool", "tool_call_id": call["id"], "content": done.stdout.decode()}])

    graph = StateGraph(State)
    graph.add_node("ask", ask)
    graph.add_node("act", act)
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "act")
    graph.add_conditional_edges("act", lambda _: END if len(report.cpu_s) > turns else "ask", ["ask", END])
    said = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": OBJECTIVE}]
    await graph.compile().ainvoke({"messages": said}, {"recursion_limit": 2 * turns + 10})
    report.print()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
