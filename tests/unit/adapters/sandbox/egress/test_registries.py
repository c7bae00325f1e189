"""Where packages come from, as the environment says it."""

from __future__ import annotations

import pytest

from archon.adapters.sandbox.egress.registries import PACKAGE_HOSTS, registries
from archon.domain.egress import Destination


def test_the_public_ones_are_there_without_being_told() -> None:
    assert registries({"PIP_NO_CACHE_DIR": "https://not-a-registry.example"}) == PACKAGE_HOSTS
    assert {Destination("pypi.org", 443), Destination("registry.npmjs.org", 443)} <= set(PACKAGE_HOSTS)
    assert all(Destination.parse(str(each)) == each for each in PACKAGE_HOSTS)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PIP_INDEX_URL", "https://user:secret@Pip.Corp.example/simple", ["pip.corp.example:443"]),
        (
            "PIP_EXTRA_INDEX_URL",
            "http://a.example:3141/x https://b.example",
            ["a.example:3141", "b.example:443"],
        ),
        ("UV_INDEX_URL", "https://uv.example:8443", ["uv.example:8443"]),
        ("UV_DEFAULT_INDEX", "http://[fd00::1]:80/simple?a=b", ["[fd00::1]:80"]),
        (
            "UV_INDEX",
            "inside=https://u:p=w@uv.example/ https://c.example/",
            ["uv.example:443", "c.example:443"],
        ),
        ("npm_config_registry", "https://npm.example/", ["npm.example:443"]),
        ("NPM_CONFIG_REGISTRY", "https://pypi.org/", []),
        ("PIP_INDEX_URL", "", []),
        ("PIP_INDEX_URL", "file:///srv/wheels", []),
        ("PIP_INDEX_URL", "../wheels", []),
        ("PIP_INDEX_URL", "https://", []),
        ("PIP_INDEX_URL", "https://a.example:99999/", []),
        ("PIP_INDEX_URL", "https://[::1/", []),
        ("PIP_INDEX_URL", "https://*.example/", []),
    ],
)
def test_host_and_port_of_what_is_set_are_added(name: str, value: str, expected: list[str]) -> None:
    assert [str(each) for each in registries({name: value})[len(PACKAGE_HOSTS) :]] == expected
