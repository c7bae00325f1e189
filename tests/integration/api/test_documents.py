"""The page of every route needs nothing but this server."""

from __future__ import annotations

import re

from archon.api.config import ApiConfig
from archon.services.platform import Platform
from tests.integration.api.server_world import served


async def test_the_page_and_all_that_it_loads_come_from_here(platform: Platform) -> None:
    async with served(platform, ApiConfig(api_key="secret")) as client:
        page = await client.get("/docs")
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(loaded) == 3
        for address in loaded:
            assert address.startswith("/docs/static/"), "no other machine is asked"
            answer = await client.get(address)
            assert answer.status_code == 200 and answer.content
        assert "url: '/openapi.json'" in page.text
        assert (await client.get("/tasks")).status_code == 401, "only the page is open"


async def test_nothing_beside_the_pages_files_is_served(platform: Platform) -> None:
    async with served(platform, ApiConfig(api_key="secret")) as client:
        for path in ("/docs/static/../core.py", "/docs/static/%2e%2e/core.py", "/docs/static/none.js"):
            assert (await client.get(path)).status_code in {401, 404}
