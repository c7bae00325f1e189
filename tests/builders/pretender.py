"""A model that pretends to have some abilities, and answers a probe accordingly."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from archon.domain.conversation import (
    Delta,
    ModelRequest,
    ModelResponse,
    TextDelta,
    ToolCall,
    ToolResult,
    Usage,
)
from archon.domain.errors import ModelRefusedRequest
from archon.domain.measured import Findings
from archon.domain.money import cost_microusd
from archon.domain.task import FREE, Price

COUNT = "\n".join(str(number) for number in range(1, 31))
FILES = """```python greet.py
def greet(name):
    return name
```

```text data/names.txt
Ada
Alan
```
"""
ABLE = Findings(
    reports_usage=True, obeys_system=True, reports_length=True, writes_json=True,
    takes_schema=True, writes_files=True, takes_tools=True, takes_parallel_tools=True,
    uses_tool_results=True,
)  # fmt: skip
_ALL = [name for name in Findings.__dataclass_fields__ if name != "price_known"]
ABILITIES = [name for name in _ALL if getattr(ABLE, name) is True]
"""The names of all that can be had or lacked."""


@dataclass
class Pretender:
    """A model that can do what its fields say, and counts a token for two bytes."""

    can: Findings = ABLE
    reads_tokens: int = 10**9
    """A longer prompt is cut in silence, at its beginning."""
    refuses_tools: bool = False
    refuses_long: bool = False
    spent_microusd: int = 0
    price: Price = FREE
    requests: list[ModelRequest] = field(default_factory=list)

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        self.requests.append(request)
        if request.tools and self.refuses_tools:
            raise ModelRefusedRequest("does not support tools")
        sent = sum(len(message.text) for message in request.messages) // 2
        if self.refuses_long and sent > self.reads_tokens:
            raise ModelRefusedRequest("the prompt is too long")
        text, calls, finish = self._answer(request)
        read, written = min(sent, self.reads_tokens), max(1, len(text) // 4)
        usage = Usage(input_tokens=read, output_tokens=written, is_estimated=not self.can.reports_usage)
        self.spent_microusd += cost_microusd(usage, self.price)
        for piece in re.findall(r"(?s).{1,8}", text):
            if piece:
                yield TextDelta(text=piece)
        is_cut = finish == "length" and self.can.reports_length
        yield ModelResponse(
            text=text, tool_calls=calls, finish_reason="length" if is_cut else "stop", usage=usage
        )

    def _answer(self, request: ModelRequest) -> tuple[str, tuple[ToolCall, ...], str]:
        said = request.messages[-1].text
        if request.tools:
            return *self._with_tools(request), "stop"
        if request.output_schema:
            return (
                ('{"fruit": "apple", "legs_of_a_hammer": 0}' if self.can.takes_schema else "An apple."),
                (),
                "",
            )
        if "secret word" in said:
            kept = said[-2 * self.reads_tokens :]
            return (re.findall(r"juniper-\w+", kept) or ["I see only numbers."])[0], (), ""
        if "1 to 300" in said:
            return "1, 2, 3, 4,", (), "length"
        if "1 to 30" in said:
            return COUNT, (), ""
        if "your name" in said:
            return ("Quillfeather." if self.can.obeys_system else "I am a model."), (), ""
        if "JSON" in said:
            return ('{"planet": "Earth", "moons": 1}' if self.can.writes_json else "Earth has one."), (), ""
        return (FILES if self.can.writes_files else "def greet(name): ..."), (), ""

    def _with_tools(self, request: ModelRequest) -> tuple[str, tuple[ToolCall, ...]]:
        results = [
            part for message in request.messages for part in message.parts if isinstance(part, ToolResult)
        ]
        if results:
            told = ", ".join(part.content for part in results)
            return (told if self.can.uses_tool_results else "It is warm."), ()
        if not self.can.takes_tools:
            return '{"name": "get_temperature", "arguments": {"city": "Oslo"}}', ()
        cities = ("Oslo", "Lima") if self.can.takes_parallel_tools else ("Oslo",)
        calls = (ToolCall(id=city, name="get_temperature", arguments={"city": city}) for city in cities)
        return "", tuple(calls)
