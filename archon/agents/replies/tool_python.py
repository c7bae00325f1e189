"""Reads calls that are spelled in Python: `read(path="a.py")`, as some models were trained to."""

from __future__ import annotations

import ast
import re

from archon.agents.replies.tool_forms import BadCallError, TextCall
from archon.domain.values import Json, JsonObject

_PREFIX = re.compile(r"(?:default_api|tools?|functions?)\.")


def read_python(source: str) -> tuple[TextCall, ...] | None:
    """The calls of a text that is nothing but calls with named literal arguments; None for any other text.

    Nothing is executed. Raises: BadCallError for a call without names or with a computed argument.
    """
    try:
        body = ast.parse(source.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not body or not all(isinstance(part, ast.Expr) for part in body):
        return None
    expressions = [part.value for part in body if isinstance(part, ast.Expr)]
    if len(expressions) == 1 and isinstance(expressions[0], ast.List):
        expressions = expressions[0].elts
    calls = [_printed(expression) for expression in expressions]
    if not calls or not all(isinstance(call, ast.Call) for call in calls):
        return None
    return tuple(_call(call) for call in calls if isinstance(call, ast.Call))


def _printed(expression: ast.expr) -> ast.expr:
    """What is within `print(…)`: models print what a call returns."""
    is_print = isinstance(expression, ast.Call) and ast.unparse(expression.func) == "print"
    alone = isinstance(expression, ast.Call) and len(expression.args) == 1 and not expression.keywords
    return expression.args[0] if isinstance(expression, ast.Call) and is_print and alone else expression


def _call(call: ast.Call) -> TextCall:
    name = _PREFIX.sub("", ast.unparse(call.func))
    if call.args or any(keyword.arg is None for keyword in call.keywords):
        raise BadCallError(f"the call of {name} does not name its arguments.")
    arguments: JsonObject = {}
    for keyword in call.keywords:
        arguments[str(keyword.arg)] = _literal(name, keyword)
    return TextCall(name, arguments)


def _literal(name: str, keyword: ast.keyword) -> Json:
    try:
        value: Json = ast.literal_eval(keyword.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise BadCallError(f"the argument {keyword.arg} of {name} is not a plain value.") from None
    if not isinstance(value, str | int | float | bool | list | dict | None):
        raise BadCallError(f"the argument {keyword.arg} of {name} is not a plain value.")
    return value
