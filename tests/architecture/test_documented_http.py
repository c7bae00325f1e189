"""What the documentation says about HTTP is what the API's own document says."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.architecture.prose import names, page

USE = page("docs/use.md")


@cache
def document() -> dict[str, Any]:
    from archon.api.app import openapi

    return openapi()


def sent(operation: dict[str, Any]) -> set[str]:
    """The fields of an operation's body."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    named = [each["$ref"].rpartition("/")[2] for each in schema.get("anyOf", [schema]) if "$ref" in each]
    schemas = document()["components"]["schemas"]
    return {field for name in named for field in schemas[name]["properties"]}


def operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document()["paths"].items()
        for method, operation in item.items()
    }


def test_every_route_stands_in_the_table() -> None:
    assert {names(row[0])[0] for row in USE.rows("route", "does")} == operations().keys()


def test_every_field_that_can_be_sent_stands_with_where_it_goes() -> None:
    wanted: dict[str, set[str]] = {}
    for route, operation in operations().items():
        for field in sent(operation):
            wanted.setdefault(field, set()).add("/" + route.rpartition("/")[2])
    both = {"/run", "/tasks"}
    written = {
        names(field)[0]: both if place == "both" else set(names(place))
        for field, place, _ in USE.rows("field", "in", "means")
    }
    assert written == wanted


def test_every_question_to_the_list_of_tasks_is_named() -> None:
    row = next(row for row in USE.rows("route", "does") if names(row[0]) == ["GET /tasks"])
    asked = {each["name"] for each in operations()["GET /tasks"]["parameters"]}
    assert asked <= set(names(row[1]))
