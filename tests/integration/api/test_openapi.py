"""The API's description of itself is whole, and says how things fail."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from archon.api.app import openapi, routes

DOCUMENT = openapi()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}


def test_every_reference_leads_somewhere() -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert named - DOCUMENT["components"]["schemas"].keys() == set()


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_every_operation_is_described(operation: dict[str, Any]) -> None:
    assert operation["summary"] and operation["description"] and operation["tags"]
    errors = [answer for status, answer in operation["responses"].items() if status >= "4"]
    assert all(list(answer["content"]) == ["application/problem+json"] for answer in errors)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))


def test_all_but_health_asks_for_the_key() -> None:
    open_to_all = {route for route, operation in OPERATIONS.items() if "security" not in operation}
    assert open_to_all == {"GET /health", "GET /healthz", "GET /readyz"}


def test_every_field_that_can_be_sent_has_a_description() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    sent = [schemas[name] for name in ("RunRequest", "TaskRequest", "ResumeRequest")]
    assert all("description" in field for schema in sent for field in schema["properties"].values())


def test_the_routes_are_those_of_the_document_and_its_pages() -> None:
    assert set(routes()) - OPERATIONS.keys() == {"GET /docs", "GET /openapi.json"}
