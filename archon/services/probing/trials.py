"""What a model is tried with: one ability each, asked for so that the answer shows whether it is there."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from archon.agents.replies.files import parse_files
from archon.agents.replies.json_object import Parsed, parse_json
from archon.domain.conversation import Message, Text, Tool, ToolResult, user
from archon.domain.errors import ModelRefusedRequest
from archon.domain.measured import Findings
from archon.domain.values import JsonObject
from archon.services.probing.subject import Reply, Subject

LEAST_MEASURED_S = 0.05
"""An answer that comes faster says nothing about speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    label: str
    run: Callable[[Subject, Findings], Awaitable[Findings]]
    """Adds to the findings. Raises: ModelError and its kinds; BudgetExhausted."""


async def answers(subject: Subject, found: Findings) -> Findings:
    """Whether it answers at all, how fast, and whether its tokens are reported."""
    reply = await subject.ask("Count from 1 to 30. Write each number on a line of its own.")
    usage, silence = reply.response.usage, reply.first_text_s
    at_work_s = reply.seconds - (silence or 0.0)
    speed = usage.output_tokens / at_work_s if at_work_s >= LEAST_MEASURED_S else None
    return replace(
        found,
        reports_usage=not usage.is_estimated,
        first_text_s=None if silence is None else round(silence, 3),
        tokens_per_s=None if speed is None or usage.is_estimated else round(speed, 1),
    )


async def system_prompt(subject: Subject, found: Findings) -> Findings:
    reply = await subject.ask(
        "What is your name?",
        system="Your name is Quillfeather. Whenever you are asked for your name, answer with it.",
    )
    return replace(found, obeys_system="quillfeather" in reply.text.lower())


async def cut_at_length(subject: Subject, found: Findings) -> Findings:
    reply = await subject.ask("Write the numbers from 1 to 300, with commas between.", output_tokens=24)
    return replace(found, reports_length=reply.response.finish_reason == "length")


PLANET: JsonObject = {
    "type": "object",
    "properties": {"planet": {"type": "string"}, "moons": {"type": "integer"}},
    "required": ["planet", "moons"],
    "additionalProperties": False,
}


async def json_in_text(subject: Subject, found: Findings) -> Findings:
    reply = await subject.ask(
        'Answer with one JSON object with the keys "planet" (a text) and "moons" (a whole number), and '
        "nothing else: which planet do people live on, and how many moons has it?"
    )
    read = parse_json(reply.text, PLANET, finish_reason=reply.response.finish_reason)
    return replace(found, writes_json=isinstance(read, Parsed))


FRUIT: JsonObject = {
    "type": "object",
    "properties": {
        "fruit": {"type": "string", "enum": ["apple", "hammer"]},
        "legs_of_a_hammer": {"type": "integer"},
    },
    "required": ["fruit", "legs_of_a_hammer"],
    "additionalProperties": False,
}


async def schema(subject: Subject, found: Findings) -> Findings:
    """Not a word of JSON is said: only the schema can bring it about."""
    try:
        reply = await subject.ask("Which of these two is a fruit: an apple or a hammer?", schema=FRUIT)
    except ModelRefusedRequest:
        return replace(found, takes_schema=False)
    return replace(found, takes_schema=_is_fruit(reply.text))


def _is_fruit(text: str) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return (
        isinstance(value, dict)
        and set(value) == {"fruit", "legs_of_a_hammer"}
        and value["fruit"] in {"apple", "hammer"}
        and type(value["legs_of_a_hammer"]) is int
    )


async def files(subject: Subject, found: Findings) -> Findings:
    reply = await subject.ask(
        "Write two files: `greet.py`, a function greet(name) that returns a greeting, and `data/names.txt` "
        "with the names Ada and Alan, one on each line.",
        system="You write files. Put each file whole into a fenced block whose first line names its path, "
        "like this:\n\n```python path/to/file.py\nprint('hello')\n```\n\nWrite nothing else.",
    )
    read = parse_files(reply.text, default_name=None)
    is_whole = not read.is_cut and {"greet.py", "data/names.txt"} <= read.files.keys()
    return replace(found, writes_files=is_whole)


WEATHER = Tool(
    name="get_temperature",
    description="The temperature in a city at this moment, in degrees.",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The city's name."}},
        "required": ["city"],
        "additionalProperties": False,
    },
)
DEGREES = {"oslo": "-17", "lima": "23"}


async def tools(subject: Subject, found: Findings) -> Findings:
    """Two calls at once, and an answer made of what they return."""
    question = (
        "How warm is it in Oslo and in Lima? Call get_temperature for both cities at once, then tell me both."
    )
    try:
        reply = await subject.ask(question, tools=(WEATHER,))
    except ModelRefusedRequest:
        return replace(found, takes_tools=False, takes_parallel_tools=None, uses_tool_results=None)
    cities = _cities(reply)
    found = replace(found, takes_tools=bool(cities), takes_parallel_tools=len(cities) > 1)
    if not cities:
        return replace(found, takes_parallel_tools=None)
    calls = reply.response.tool_calls
    said = (Text(text=reply.text),) if reply.text else ()
    results = tuple(ToolResult(call_id=call.id, content=_degrees(call.arguments)) for call in calls)
    answered = (Message(role="assistant", parts=(*said, *calls)), Message(role="user", parts=results))
    try:
        told = await subject.ask(user(question), *answered, tools=(WEATHER,))
    except ModelRefusedRequest:
        return replace(found, uses_tool_results=False)
    is_used = all(DEGREES[city].lstrip("-") in told.text for city in cities)
    return replace(found, uses_tool_results=is_used)


def _cities(reply: Reply) -> set[str]:
    """The cities that it really asked about, by the tool and with the argument that it was given."""
    calls = [call for call in reply.response.tool_calls if call.name == WEATHER.name]
    named = [str(call.arguments.get("city", "")).lower() for call in calls]
    return {city for city in DEGREES for name in named if city in name}


def _degrees(arguments: JsonObject) -> str:
    name = str(arguments.get("city", "")).lower()
    return next((f"{degrees} degrees" for city, degrees in DEGREES.items() if city in name), "unknown city")


TRIALS = (
    Trial(label="answers, speed", run=answers),
    Trial(label="system prompt", run=system_prompt),
    Trial(label="end at the limit", run=cut_at_length),
    Trial(label="JSON in its text", run=json_in_text),
    Trial(label="JSON schema", run=schema),
    Trial(label="files in fenced blocks", run=files),
    Trial(label="tools", run=tools),
)
