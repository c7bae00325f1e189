"""Bad requests: each is answered with a problem document that says what to do, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from archon.adapters.model.scripted import ScriptedModel
from archon.domain.errors import NoModelConfigured
from archon.ports.catalog import Offer
from archon.services.platform import Platform
from tests.integration.api.server_world import Catalog, GatedModel, build_platform, served, submit


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert document["title"] and document["detail"] and document["request_id"]
    return document


BAD_FIELDS: dict[str, dict[str, Any]] = {
    "empty": {"objective": ""},
    "blank": {"objective": " \t\n "},
    "a megabyte": {"objective": "x" * 1_000_000},
    "NUL": {"objective": "print\x00 hello"},
    "half a surrogate pair": {"objective": "print \ud800"},
    "no objective": {},
    "objective is a list": {"objective": ["Add"]},
    "unknown field": {"objective": "Add", "budget": 1},
    "unknown field of broken characters": {"objective": "Add", "\ud800": 1},
    "rounds as text": {"objective": "Add", "max_iterations": "3"},
    "no rounds": {"objective": "Add", "max_iterations": 0},
    "negative rounds": {"objective": "Add", "max_iterations": -1},
    "a billion rounds": {"objective": "Add", "max_iterations": 10**9},
    "rounds beyond any machine": {"objective": "Add", "max_iterations": 10**400},
    "negative budget": {"objective": "Add", "budget_usd": -0.5},
    "a budget beyond all money": {"objective": "Add", "budget_usd": 1e300},
    "budget is no number": {"objective": "Add", "budget_usd": float("nan")},
    "endless budget": {"objective": "Add", "budget_usd": float("inf")},
    "output elsewhere": {"objective": "Add", "output_directory": "/etc"},
    "output by a relative path": {"objective": "Add", "output_directory": "output"},
    "output in somebody's home": {"objective": "Add", "output_directory": "~root"},
    "output with NUL": {"objective": "Add", "output_directory": "/tmp/\x00"},
}


@pytest.mark.parametrize("fields", BAD_FIELDS.values(), ids=BAD_FIELDS.keys())
async def test_a_bad_field_is_refused(platform: Platform, fields: dict[str, Any]) -> None:
    async with served(platform) as client:
        answer = await client.post(
            "/run", content=json.dumps(fields), headers={"Content-Type": "application/json"}
        )
    assert (answer.status_code, problem(answer)["code"]) == (422, "invalid_input")
    assert await platform.journal.rows() == []


BAD_BODIES: dict[str, tuple[bytes, str, int]] = {
    "no JSON": (b"{objective}", "application/json", 422),
    "half of it": (b'{"objective": "Add', "application/json", 422),
    "nothing": (b"", "application/json", 422),
    "a list": (b"[]", "application/json", 422),
    "no UTF-8": (b'{"objective": "\xff"}', "application/json", 400),
    "deeper than anybody reads": (b"[" * 100_000, "application/json", 400),
    "a form": (b"objective=Add", "application/x-www-form-urlencoded", 422),
    "JSON that any web page could send": (b'{"objective": "Add"}', "text/plain", 422),
    "too much": (b'"' + b"x" * 2_000_001 + b'"', "application/json", 413),
}


@pytest.mark.parametrize(("body", "kind", "status"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_a_bad_body_is_refused(platform: Platform, body: bytes, kind: str, status: int) -> None:
    async with served(platform) as client:
        answer = await client.post("/run", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert problem(answer)["hint"]
    assert await platform.journal.rows() == []


async def test_a_body_is_counted_where_its_length_is_not_told(platform: Platform) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b" " * 10_000

    async with served(platform) as client:
        answer = await client.post("/run", content=pieces(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, problem(answer)["code"]) == (413, "too_large")


async def test_an_output_directory_that_cannot_be_one_is_refused(tmp_path: Path, platform: Platform) -> None:
    root = tmp_path / "output"
    root.mkdir()
    (root / "file").write_text("")
    (root / "link").symlink_to("/etc")
    wrong = [root / "file", root / "link", root / "link/sub", root / "sub/../../data", root / "file/sub"]
    async with served(platform) as client:
        answers = [
            await client.post(
                "/tasks",
                json={"task_description": "Add", "use_sandbox": False, "output_directory": str(each)},
            )
            for each in wrong
        ]
    assert [answer.status_code for answer in answers[:4]] == [422] * 4
    assert answers[4].status_code in {422, 503}
    assert await platform.journal.rows() == []


@pytest.mark.parametrize("task_id", ["T1", "0" * 26, "..%2f..", "%00", "a%0Ab", "x" * 5_000, "ü", "%ff"])
async def test_an_unknown_task_is_not_found(platform: Platform, task_id: str) -> None:
    async with served(platform) as client:
        answers = [
            await client.get(f"/status/{task_id}"),
            await client.get(f"/tasks/{task_id}"),
            await client.delete(f"/tasks/{task_id}"),
            await client.post(f"/tasks/{task_id}/resume"),
            await client.get(f"/tasks/{task_id}/events"),
        ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert [problem(answer)["instance"].isascii() for answer in answers] == [True] * 5


async def test_a_route_or_method_that_is_not_there_is_a_problem_too(platform: Platform) -> None:
    async with served(platform) as client:
        nowhere = problem(await client.get("/nowhere"))
        wrong = problem(await client.put("/run"))
    assert (nowhere["status"], nowhere["code"], nowhere["instance"]) == (404, "no_such_route", "/nowhere")
    assert (wrong["status"], wrong["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("query", ["limit=0", "limit=1000000", "limit=x", "before=../x", "status=done"])
async def test_a_bad_page_is_refused(platform: Platform, query: str) -> None:
    async with served(platform) as client:
        document = problem(await client.get(f"/tasks?{query}"))
    assert (document["status"], document["errors"][0]["field"]) == (
        422,
        query.partition("=")[0].replace("status", "status.0"),
    )


async def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    model = GatedModel(ScriptedModel([]))
    platform = build_platform(tmp_path, model, max_concurrent_tasks=1, max_queued_tasks=1)
    async with served(platform) as client:
        await submit(client)
        await model.asked.wait()
        await submit(client)
        answer = await client.post("/tasks", json={"task_description": "Add", "use_sandbox": False})
    assert (answer.status_code, problem(answer)["code"]) == (429, "queue_full")
    assert int(answer.headers["Retry-After"]) > 0


class NoModel(Catalog):
    async def offer(self) -> Offer:
        return Offer(strong=(), ollama_models=None)


async def test_no_model_is_a_problem_that_names_ways_to_get_one(platform: Platform) -> None:
    async with served(replace(platform, catalog=NoModel())) as client:
        document = problem(await client.post("/run", json={"objective": "Add"}))
    assert (document["status"], document["code"]) == (503, NoModelConfigured.code)
    assert "ollama pull" in document["hint"] and "make demo" in document["hint"]
