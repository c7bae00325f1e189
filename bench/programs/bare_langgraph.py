"""A bare LangGraph agent of two nodes: a model writes a program, and a subprocess runs it.

`python -m bench.programs.bare_langgraph httpx|langchain_openai`, with the model's address in the environment.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import re
import subprocess
import sys
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph

SYSTEM = "You write small Python programs that do exactly what an objective asks."


class State(TypedDict):
    objective: str
    reply: str
    output: str


async def ask_with_httpx(objective: str) -> str:
    import httpx

    body = {
        "model": "gpt-4o",
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": objective}],
        "stream": True,
    }
    reply = ""
    url = f"{os.environ['OPENAI_BASE_URL']}/chat/completions"
    async with httpx.AsyncClient() as client, client.stream("POST", url, json=body) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line[6:])["choices"]
                reply += "".join(choice["delta"].get("content", "") for choice in choices)
    return reply


async def ask_with_provider_package(objective: str) -> str:
    model: Any = importlib.import_module("langchain_openai").ChatOpenAI(model="gpt-4o", streaming=True)
    reply: str = (await model.ainvoke([("system", SYSTEM), ("user", objective)])).content
    return reply


def run(state: State) -> dict[str, str]:
    found = re.search(r"```python main\.py\n(.*?)```", state["reply"], re.DOTALL)
    assert found is not None
    done = subprocess.run([sys.executable, "-c", found[1]], capture_output=True, text=True, check=True)
    return {"output": done.stdout}


async def main(package: str, objective: str) -> None:
    ask = ask_with_httpx if package == "httpx" else ask_with_provider_package

    async def write(state: State) -> dict[str, str]:
        return {"reply": await ask(state["objective"])}

    graph = StateGraph(State)
    graph.add_node("write", write)
    graph.add_node("run", run)
    graph.add_edge(START, "write")
    graph.add_edge("write", "run")
    graph.add_edge("run", END)
    ended = await graph.compile().ainvoke({"objective": objective, "reply": "", "output": ""})
    print(ended["output"], end="")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
