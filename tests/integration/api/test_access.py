"""Who may call, from where, and what every answer carries."""

from __future__ import annotations

import logging

import pytest

from archon.api.config import ApiConfig
from archon.services.platform import Platform
from tests.integration.api.server_world import served, submit

KEYED = ApiConfig(api_key="s3cret", cors_origins=("http://localhost:3000",))


@pytest.mark.parametrize("key", [None, "", "wrong", "s3cret2", "S3CRET", "s3cre", "\xfc"])
async def test_a_wrong_key_is_refused_before_the_request_is_read(platform: Platform, key: str | None) -> None:
    headers = {} if key is None else {b"X-API-Key": key.encode("latin-1")}
    async with served(platform, KEYED) as client:
        answers = [
            await client.post("/run", content=b"{no json", headers=headers),
            await client.get("/tasks", headers=headers),
            await client.get("/tasks/T1/events", headers=headers),
            await client.get("/nowhere", headers=headers),
        ]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert {answer.json()["code"] for answer in answers} == {"wrong_key"}


async def test_a_wrong_key_leaves_one_line_in_the_log(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "archon")
    async with served(platform, KEYED) as client:
        answer = await client.get("/tasks", headers={"X-API-Key": "wr0ng"})
    (record,) = [record for record in caplog.records if record.name == "archon.api.request_log"]
    assert record.getMessage().startswith("GET /tasks 401 ")
    assert record.getMessage().endswith(f"request={answer.headers['X-Request-Id']}")
    assert record.exc_info is None


async def test_the_right_key_opens_everything(platform: Platform) -> None:
    async with served(platform, KEYED) as client:
        client.headers["X-API-Key"] = "s3cret"
        task_id = await submit(client)
        assert (await client.get(f"/tasks/{task_id}")).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/healthz", "/readyz", "/docs", "/openapi.json", "/health/"])
async def test_health_and_documentation_need_no_key(platform: Platform, path: str) -> None:
    async with served(platform, KEYED) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert "s3cret" not in answer.text


async def test_without_a_key_only_requests_to_this_machine_are_served(platform: Platform) -> None:
    async with served(platform) as client:
        rebound = await client.get("/tasks", headers={"Host": "evil.example"})
        local = [
            await client.get("/tasks", headers={"Host": host})
            for host in ("localhost:8000", "127.0.0.1", "[::1]:8000", "[::1]", "LOCALHOST")
        ]
    assert (rebound.status_code, rebound.json()["code"]) == (403, "not_addressed_here")
    assert [answer.status_code for answer in local] == [200] * 5


async def test_a_page_of_an_allowed_origin_may_call(platform: Platform) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-API-Key"}
    async with served(platform, KEYED) as client:
        allowed = await client.options("/run", headers=asked | {"Origin": "http://localhost:3000"})
        other = await client.options("/run", headers=asked | {"Origin": "http://evil.example"})
        refused = await client.get("/tasks", headers={"Origin": "http://localhost:3000"})
    assert allowed.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "Access-Control-Allow-Origin" not in other.headers
    assert (refused.status_code, "Access-Control-Allow-Origin" in refused.headers) == (401, True)


async def test_a_request_keeps_its_id_and_a_bad_one_is_replaced(platform: Platform) -> None:
    async with served(platform) as client:
        kept = await client.get("/nowhere", headers={"X-Request-Id": "abc-1"})
        replaced = await client.get("/healthz", headers={"X-Request-Id": "a b\tc" + "x" * 100})
    assert kept.headers["X-Request-Id"] == kept.json()["request_id"] == "abc-1"
    assert replaced.headers["X-Request-Id"].isalnum()
