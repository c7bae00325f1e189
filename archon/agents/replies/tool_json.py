"""Reads calls that are spelled as JSON, in the shapes that models were trained on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from archon.agents.replies.lenient import Reading, read_object
from archon.agents.replies.schema_check import pointer
from archon.agents.replies.strict import decoded
from archon.agents.replies.tool_forms import BadCallError, Group, TextCall, excerpt, past_blanks
from archon.domain.values import JsonObject

NAME_KEYS = ("name", "tool", "tool_name", "function", "action")
ARGUMENT_KEYS = ("arguments", "parameters", "input", "args", "action_input", "tool_input", "params", "kwargs")
_REMARKS = frozenset({"id", "type", "call_id", "tool_call_id", "index", "thought", "thoughts", "reasoning"})
_LOOKS_LIKE_CALL = re.compile(r"""\{\s*["'“](?:\w{2,20})["'”]\s*:""")
_IN_OBJECT = ("function", "tool_call", "function_call")


def read_json(
    text: str, start: int, arguments: Mapping[str, AbstractSet[str]], *, may_close: bool, is_marked: bool
) -> Group | None:
    """The calls that the JSON at `start` spells: one object, several behind each other, or a list of them.

    `is_marked` says that the text around announces a call; otherwise what has not the shape of one is none.
    Raises: BadCallError.
    """
    is_list = text.startswith("[", start)
    position = past_blanks(text, start + 1) if is_list else start
    calls: list[TextCall] = []
    while _LOOKS_LIKE_CALL.match(text, position):
        reading = read_object(text, position, may_close=may_close)
        found = _calls(reading, arguments, is_marked) if reading else ()
        if reading is None or not found:
            break
        calls += found
        end = reading.end
        position = past_blanks(text, end)
        if is_list and text.startswith(",", position):
            position = past_blanks(text, position + 1)
        elif not is_list and not text.startswith("{", position):
            return Group(tuple(calls), end)
    if not is_list:
        return Group(tuple(calls), end) if calls else None
    return _closed_list(text, position, calls, may_close)


def _closed_list(text: str, position: int, calls: list[TextCall], may_close: bool) -> Group | None:
    if not calls:
        return None
    if text.startswith("]", position):
        return Group(tuple(calls), position + 1)
    if position == len(text) and may_close:
        return Group(tuple(calls), position)
    raise BadCallError(
        f"in the list of calls stands {excerpt(text, position)} where the next call or ] is expected."
    )


def _calls(
    reading: Reading, arguments: Mapping[str, AbstractSet[str]], is_marked: bool
) -> tuple[TextCall, ...]:
    """The calls an object spells. Raises: BadCallError for one that is meant as a call and broken."""
    several = reading.value.get("tool_calls")
    objects = several if isinstance(several, list) else [reading.value]
    calls = [_call(item, arguments, is_marked) for item in objects if isinstance(item, dict)]
    if any(call is None for call in calls) or len(calls) != len(objects):
        if is_marked:
            raise BadCallError('it announces a call, but is not {"name": …, "arguments": {…}}.')
        return ()
    if reading.problem is not None:
        raise BadCallError(
            f"the JSON of the call cannot be read: {pointer(reading.problem.path)}: {reading.problem.reason}."
        )
    return tuple(call for call in calls if call is not None)


def _call(value: JsonObject, arguments: Mapping[str, AbstractSet[str]], is_marked: bool) -> TextCall | None:
    for key in _IN_OBJECT:
        inner = value.get(key)
        if isinstance(inner, dict) and value.keys() <= {key} | _REMARKS:
            return _call(inner, arguments, is_marked)
    name_key = next((key for key in NAME_KEYS if isinstance(value.get(key), str)), None)
    if name_key is None:
        return None
    name = str(value[name_key])
    given = [key for key in ARGUMENT_KEYS if key in value and key not in arguments.get(name, ())]
    rest = value.keys() - {name_key, *given} - _REMARKS
    if not given:
        is_flat = name in arguments and rest <= arguments[name] and (rest or name_key != "name" or is_marked)
        return TextCall(name, {key: value[key] for key in value if key in rest}) if is_flat else None
    if len(given) > 1 or (rest and (is_marked or name in arguments)):
        surplus = ", ".join(sorted(rest or set(given)))
        raise BadCallError(f"the call of {name} has {surplus} beside its arguments: put all into one object.")
    inner = value[given[0]]
    found = _members(inner)
    is_known = name in arguments or is_marked or given[0] in ("arguments", "parameters")
    if found is None and name in arguments:
        raise BadCallError(f'the arguments of {name} are no object: write "arguments": {{…}}.')
    return TextCall(name, found) if found is not None and is_known and not rest else None


def _members(value: object) -> JsonObject | None:
    if value in (None, ""):
        return {}
    found = decoded(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else None
