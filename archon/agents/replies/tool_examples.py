"""Values for the examples that show a model how a tool is called."""

from __future__ import annotations

from archon.domain.values import Json, JsonObject

_USUAL: dict[str, str] = {
    "path": "app/main.py",
    "pattern": "def total",
    "old": "    total = 0\n    for item in items:",
    "new": "    total = 0.0\n    for item in items:",
    "content": "def total(items):\n    return sum(items)",
    "command": "python -m pytest -q",
    "summary": "Totals are exact now; all tests pass.",
}
_OF_TYPE: dict[str, Json] = {
    "string": "text", "integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {},
}  # fmt: skip


def example_value(name: str, schema: JsonObject) -> Json:
    """The schema's own example, its first allowed value, or one that the argument's name suggests."""
    for key in ("examples", "enum"):
        given = schema.get(key)
        if isinstance(given, list) and given:
            return given[0]
    kind = schema.get("type", "string")
    first = kind[0] if isinstance(kind, list) and kind else kind
    return _USUAL.get(name, "text") if first == "string" else _OF_TYPE.get(str(first))
