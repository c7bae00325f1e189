"""The bare loop: a POST and a subprocess a turn, with nothing kept, isolated or counted.

`python -m bench.programs.bare_turns TURNS`, with the model's address in the environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import httpx

from bench.programs.conversation import (
    OBJECTIVE,
    SYSTEM,
    TOOL_DESCRIPTION,
    TOOL_NAME,
    TOOL_PARAMETERS,
    Report,
)


def main(url: str, turns: int) -> None:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": OBJECTIVE},
    ]
    with httpx.Client(timeout=60) as client:
        report = Report()
        for _ in range(turns):
            answer = _ask(client, url, messages)
            messages.append(answer)
            call = answer["tool_calls"][0]
            command = json.loads(call["function"]["arguments"])["command"]
            done = subprocess.run(["sh", "-c", command], capture_output=True)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": done.stdout.decode()})
            report.turned()
    report.print()


def _ask(client: httpx.Client, url: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
    tool = {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "parameters": TOOL_PARAMETERS}
    body = {
        "model": "gpt-4.1",
        "tools": [{"type": "function", "function": tool}],
        "stream": True,
        "messages": messages,
    }
    answer: dict[str, Any] = {"role": "assistant", "content": "", "tool_calls": []}
    with client.stream("POST", f"{url}/chat/completions", json=body) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    _grow(answer, choice["delta"])
    return answer


def _grow(answer: dict[str, Any], delta: dict[str, Any]) -> None:
    answer["content"] += delta.get("content", "")
    for piece in delta.get("tool_calls", ()):
        if "id" in piece:
            answer["tool_calls"].append(
                {"id": piece["id"], "type": "function", "function": piece["function"]}
            )
        else:
            answer["tool_calls"][-1]["function"]["arguments"] += piece["function"]["arguments"]


if __name__ == "__main__":
    main(os.environ["OPENAI_BASE_URL"], int(sys.argv[1]))
